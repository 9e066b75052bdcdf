"""Many people at once, in real threads on the real database: nobody gets what another has, nothing is lost."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import close_old_connections, connection, connections

from annotator import storage
from annotator.labelmap import LabelTiff, PackedTile
from annotator.models import Image, Job, Revision, SavedRequest, TrainingRun, User
from annotator.services import images, jobs, labels, queue, review, saving, training
from annotator.services.errors import Conflict, ServiceError, StaleRevision
from annotator.services.images import Duplicate
from annotator.services.preferences import change_preferences
from annotator.services.revisions import freeze_draft
from annotator.services.steps import lock_image
from annotator.workflow import WorkflowError
from tests.conftest import make_user, picture, seen_by

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls in threads that start together; each result, or the error where one was raised."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            barrier.wait(20)
            return call()
        except (ServiceError, WorkflowError, Duplicate) as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        results = list(pool.map(run, calls))
    close_old_connections()
    return results


def waiting_images(project, user, count: int) -> None:
    """Rows of images that wait; their files do not matter to the queue."""
    Image.objects.bulk_create(
        Image(
            project=project,
            name=f"{number}.png",
            content_hash=f"{number:064x}",
            width=8,
            height=8,
            mime="image/png",
            file_key="none",
            created_by=user,
        )
        for number in range(count)
    )


def test_eight_people_who_claim_forty_images_never_get_the_same(project, alice):
    waiting_images(project, alice, 40)
    people = [make_user(f"annotator-{number}") for number in range(8)]
    claimed: list[int] = []

    def take_five(user) -> None:
        for _ in range(5):
            image = queue.claim_next_image(project=project, user=user)
            claimed.append(image.pk)
            # Done with it: another state, so that the next call gives another image.
            Image.objects.filter(pk=image.pk).update(state="accepted", claimed_by=None, claimed_until=None)

    results = at_once(*(lambda user=user: take_five(user) for user in people))
    assert results == [None] * 8
    assert Counter(claimed) == Counter(project.images.values_list("pk", flat=True))


def test_eight_people_and_three_images(project, alice):
    waiting_images(project, alice, 3)
    people = [make_user(f"annotator-{number}") for number in range(8)]
    got = at_once(*(lambda user=user: queue.claim_next_image(project=project, user=user) for user in people))
    assert sorted(image.pk for image in got if image) == sorted(project.images.values_list("pk", flat=True))


def test_two_saves_with_one_key_save_once(project, alice, add_image):
    image = add_image(1)
    sky = project.classes.get(name="Sky").pk
    tile = np.zeros((256, 256), np.uint16)
    tile[:4, :4] = 1

    def save() -> int:
        return saving.save_label_tiles(
            image=seen_by(alice, image),
            user=alice,
            tiles={0: PackedTile.of(tile)},
            segments=[{"id": 1, "class": sky}],
            base_revision=0,
            idempotency_key="one key",
        )

    assert at_once(save, save, save) == [1, 1, 1]
    assert (Revision.objects.count(), SavedRequest.objects.count()) == (1, 1)


def test_of_two_saves_from_one_revision_one_wins_and_one_is_told(project, alice, add_image):
    image = add_image(1, width=300, height=100)
    sky = project.classes.get(name="Sky").pk

    def save(index: int) -> int:
        tile = np.zeros((256, 256), np.uint16)
        tile[:4, :4] = 1
        return saving.save_label_tiles(
            image=seen_by(alice, image),
            user=alice,
            tiles={index: PackedTile.of(tile)},
            segments=[{"id": 1, "class": sky}],
            base_revision=0,
        )

    results = at_once(lambda: save(0), lambda: save(1))
    stale = [result for result in results if isinstance(result, StaleRevision)]
    assert len(stale) == 1
    assert stale[0].changed_tiles == [results.index(1)]
    image.refresh_from_db()
    assert (image.head, labels.head_layer(image).segments[0]["pixels"]) == (1, 16)


def test_submitting_while_a_save_is_under_way_loses_neither(project, alice, add_image, label):
    image = add_image(1)
    label(image, alice)
    project_classes = {row.name: row.pk for row in project.classes.all()}
    array = np.full((image.height, image.width), 1, np.uint16)

    def save() -> int:
        return saving.save_label_map(
            image=seen_by(alice, image),
            user=alice,
            array=array,
            segments=[{"id": 1, "class": project_classes["Sky"]}],
            base_revision=1,
        )

    saved, submitted = at_once(save, lambda: review.submit_image(image=seen_by(alice, image), user=alice))
    assert isinstance(submitted, Image)
    assert saved == 2
    image.refresh_from_db()
    # The owner may correct what is submitted, so both orders are possible; the saved pixels are the head in each.
    assert image.state == "submitted"
    assert np.array_equal(labels.head_layer(image).tiff().array(), array)


def test_the_same_file_from_two_people_is_one_image(project, alice):
    data = picture(5)
    results = at_once(
        *(lambda: images.add_image(project=project, user=alice, name="same.png", data=data) for _ in range(4))
    )
    assert sorted(type(result).__name__ for result in results) == ["Duplicate", "Duplicate", "Duplicate", "Image"]
    assert project.images.count() == 1


def test_of_many_deliveries_of_one_job_one_runs(project):
    ran = []
    job = Job.objects.create(kind="count", queue="io", project=project)
    at_once(*(lambda: jobs.execute(job.pk, {"count": lambda handle: ran.append(1)}) for _ in range(6)))
    assert len(ran) == 1
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("succeeded", 1)


def test_the_last_of_many_chunks_ends_the_parent(project):
    parent = Job.objects.create(kind="parent", queue="io", project=project, state="running")
    chunks = [Job.objects.create(kind="chunk", queue="gpu", project=project, parent=parent) for _ in range(6)]
    at_once(*(lambda pk=chunk.pk: jobs.execute(pk, {"chunk": lambda handle: {"images": 2}}) for chunk in chunks))
    parent.refresh_from_db()
    assert (parent.state, parent.progress, parent.result) == ("succeeded", 1.0, {"images": 12})


def test_two_reviewers_who_accept_at_once_start_one_training(project, alice, add_image, label):
    people = [alice, make_user("second")]
    people[1].is_superuser = True
    people[1].save()
    pair = [add_image(1), add_image(2)]
    for image in pair:
        label(image, alice)
        review.submit_image(image=seen_by(alice, image), user=alice)
    project.retrain_after, project.training_settings = 1, {"encoder_weights": "none"}
    project.save()
    Image.objects.update(split="train")
    at_once(
        *(
            lambda image=image, user=user: review.accept_image(image=seen_by(user, image), user=user)
            for image, user in zip(pair, people, strict=True)
        )
    )
    assert project.images.filter(state="accepted").count() == 2
    assert TrainingRun.objects.count() == 1


def test_two_training_runs_started_at_once_have_two_numbers(project, alice, add_image, accept):
    accept(add_image(1, split="train"), alice)
    settings = {"encoder_weights": "none"}
    runs = at_once(*(lambda: training.start_training(project=project, user=alice, settings=settings) for _ in range(2)))
    assert not [run for run in runs if isinstance(run, Conflict)]
    assert sorted(run.number for run in runs) == [1, 2]


def test_people_who_load_ahead_never_get_the_same(project, alice):
    waiting_images(project, alice, 20)
    people = [make_user(f"annotator-{number}") for number in range(8)]
    got: list[int] = []

    def open_and_load(user) -> None:
        opened = queue.claim_next_image(project=project, user=user)
        ahead = queue.claim_ahead(project=project, user=user, open_image=opened.pk)
        got.extend((opened.pk, ahead.pk))

    results = at_once(*(lambda user=user: open_and_load(user) for user in people))
    assert results == [None] * 8
    assert len(set(got)) == 16


def test_one_page_that_asks_ahead_several_times_at_once_claims_one_image(project, alice):
    waiting_images(project, alice, 20)
    opened = project.images.first()  # by a link: nobody has claimed it
    got = at_once(*(lambda: queue.claim_ahead(project=project, user=alice, open_image=opened.pk) for _ in range(8)))
    assert len({image.pk for image in got}) == 1
    assert project.images.filter(claimed_by=alice).count() == 2


def test_the_file_of_a_save_is_stored_before_the_image_is_locked(project, alice, add_image, monkeypatch):
    image = add_image(1)
    sky = project.classes.get(name="Sky").pk
    locked_while_storing = []
    put = storage.put

    def watched(*args, **kwargs) -> str:
        locked_while_storing.append(connection.in_atomic_block)
        return put(*args, **kwargs)

    monkeypatch.setattr(storage, "put", watched)
    saving.save_label_tiles(
        image=seen_by(alice, image),
        user=alice,
        tiles={0: PackedTile.of(spot())},
        segments=[{"id": 1, "class": sky}],
        base_revision=0,
    )
    assert locked_while_storing == [False]


def test_a_save_holds_one_image_only_when_it_renews_the_claim_ahead(project, alice, add_image, monkeypatch):
    opened = add_image(1)
    sky = project.classes.get(name="Sky").pk
    inside = []
    monkeypatch.setattr(queue, "renew_ahead", lambda **_: inside.append(connection.in_atomic_block))
    saving.save_label_tiles(
        image=seen_by(alice, opened),
        user=alice,
        tiles={0: PackedTile.of(spot())},
        segments=[{"id": 1, "class": sky}],
        base_revision=0,
    )
    assert inside == [False]


def test_classes_that_change_while_a_save_is_prepared_are_seen(project, alice, add_image, monkeypatch):
    image = add_image(1)
    cell = project.classes.get(name="Cell")

    def removed_meanwhile(locked: Image) -> Image:
        project.classes.filter(pk=cell.pk).delete()
        return lock_image(locked)

    monkeypatch.setattr(saving, "lock_image", removed_meanwhile)
    with pytest.raises(ServiceError, match="does not have"):
        saving.save_label_tiles(
            image=seen_by(alice, image),
            user=alice,
            tiles={0: PackedTile.of(spot())},
            segments=[{"id": 1, "class": cell.pk}],
            base_revision=0,
        )
    image.refresh_from_db()
    assert image.head == 0


def test_two_tabs_that_change_preferences_at_once_change_both(alice):
    def change(name: str) -> object:
        return change_preferences(user=User.objects.get(pk=alice.pk), changes={name: True})

    names = ("hatching", "rulers", "minimap", "smoothing")
    at_once(*(lambda name=name: change(name) for name in names))
    alice.refresh_from_db()
    assert alice.preferences == dict.fromkeys(names, True)


def watch_the_store(monkeypatch) -> list[bool]:
    """Whether the image was locked, for each file that is read or written from now on."""
    locked: list[bool] = []
    for name in ("get", "put"):
        act = getattr(storage, name)

        def watched(*args, act=act):
            locked.append(connection.in_atomic_block)
            return act(*args)

        monkeypatch.setattr(storage, name, watched)
    return locked


def test_a_prediction_is_read_and_stored_before_the_image_is_locked(alice, add_image, make_model, predict, monkeypatch):
    image = add_image(1)
    drawn = predict(image, make_model())
    locked = watch_the_store(monkeypatch)
    saving.accept_prediction(image=seen_by(alice, image), user=alice)
    assert locked == [False, False]
    assert np.array_equal(labels.head_layer(seen_by(alice, image)).tiff().array(), drawn)


def test_a_revision_is_read_compared_and_stored_before_the_image_is_locked(alice, add_image, label, monkeypatch):
    image = add_image(1)
    drawn = label(image, alice)
    locked = watch_the_store(monkeypatch)
    saving.restore_revision(image=seen_by(alice, image), user=alice, number=1)
    assert len(locked) == 3
    assert not any(locked)
    assert np.array_equal(labels.head_layer(seen_by(alice, image)).tiff().array(), drawn)


def meanwhile(monkeypatch, happen: Callable[[], object]) -> None:
    """Have something happen after a change was prepared and before its image is locked."""
    ahead = [happen]

    def locked_after(image: Image) -> Image:
        if ahead:
            ahead.pop()()
        return lock_image(image)

    monkeypatch.setattr(saving, "lock_image", locked_after)


def test_a_prediction_that_is_replaced_while_it_is_taken_over_is_taken_as_it_is_then(
    alice, add_image, make_model, predict, monkeypatch
):
    image, model = add_image(1), make_model()
    predict(image, model)
    blank = LabelTiff.blank(image.width, image.height)
    key = storage.put("labels", blank.to_bytes(), ".tif")
    meanwhile(monkeypatch, lambda: image.predictions.update(label_key=key, segments=[]))
    saving.accept_prediction(image=seen_by(alice, image), user=alice)
    layer = labels.head_layer(seen_by(alice, image))
    assert (layer.segments, layer.tiff().array().any()) == ([], False)


def test_a_newer_models_prediction_that_comes_meanwhile_is_not_accepted_unseen(
    alice, add_image, make_model, predict, monkeypatch
):
    image, shown, newer = add_image(1), make_model(), make_model()
    predict(image, shown)
    meanwhile(monkeypatch, lambda: predict(image, newer))
    with pytest.raises(Conflict, match="newer prediction"):
        saving.accept_prediction(image=seen_by(alice, image), user=alice, model_id=shown.pk)


def test_classes_that_change_while_a_prediction_is_taken_over_are_seen(
    project, alice, add_image, make_model, predict, monkeypatch
):
    image = add_image(1)
    drawn = predict(image, make_model())
    meanwhile(monkeypatch, lambda: project.classes.filter(name="Cell").update(kind="stuff"))
    saving.accept_prediction(image=seen_by(alice, image), user=alice)
    layer = labels.head_layer(seen_by(alice, image))
    assert np.array_equal(layer.tiff().array(), np.where(drawn == 3, 2, drawn))


def test_a_save_that_comes_while_a_revision_is_restored_is_told_of_exactly_what_changed(
    project, alice, add_image, monkeypatch
):
    image = add_image(1, width=600, height=100)
    sky = project.classes.get(name="Sky").pk

    def save(tile: int, base: int) -> int:
        return saving.save_label_tiles(
            image=seen_by(alice, image),
            user=alice,
            tiles={tile: PackedTile.of(spot())},
            segments=[{"id": 1, "class": sky}],
            base_revision=base,
        )

    save(0, 0)
    freeze_draft(seen_by(alice, image), Revision.Kind.SUBMIT)
    meanwhile(monkeypatch, lambda: save(1, 1))
    assert saving.restore_revision(image=seen_by(alice, image), user=alice, number=1) == 3
    assert labels.head_layer(seen_by(alice, image)).segments[0]["pixels"] == 16
    with pytest.raises(StaleRevision) as stale:
        save(2, 2)
    assert stale.value.changed_tiles == [1]


def spot() -> np.ndarray:
    tile = np.zeros((256, 256), np.uint16)
    tile[:4, :4] = 1
    return tile
