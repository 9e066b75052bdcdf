"""Click-to-segment: one embedding per content and weights, clicks answered from it, files that do not stay for ever."""

import io
import os
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone
from PIL import Image as PillowImage

from annotator import storage
from annotator.models import Image, Job
from annotator.services import clicks, images, jobs, maintenance, projects
from annotator.services.clicks import ClicksNotSetUp, Point
from annotator.services.errors import Conflict, ServiceError
from annotator.services.jobs import FailedLately
from segmodels.clicks import encoder
from segmodels.clicks.decoder import Candidate, ClickDecoder
from segmodels.clicks.frames import Frame
from segmodels.clicks.letterbox import Letterbox
from tests.conftest import picture
from tests.segmodels.click_weights import PUBLISHED, needs_published
from tests.services.click_setup import forget_images, set_up_clicks, use_files_in, write_weights

HERE = [Point(20, 20, True)]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


@pytest.fixture
def setup(monkeypatch, settings, tmp_path):
    return set_up_clicks(monkeypatch, settings, tmp_path)


@pytest.fixture
def ready_image(setup, add_image, alice, run_job):
    """An image that has been embedded."""
    image = add_image(1)
    assert run_job(clicks.prepare_clicks(image=image, user=alice)).state == "succeeded"
    return image


def segment(image, user, points=HERE, box=None):
    return clicks.segment_at(image=image, user=user, points=points, box=box)


def png(pixels):
    out = io.BytesIO()
    PillowImage.fromarray(pixels).save(out, "png")
    return out.getvalue()


def stored(kind: str) -> list[str]:
    return list(storage.list_keys(kind))


def age(key: str, **span: float) -> None:
    moment = (timezone.now() - timedelta(**span)).timestamp()
    os.utime(default_storage.path(key), (moment, moment))


def test_without_weights_it_says_how_to_get_them(settings, tmp_path, add_image, alice):
    settings.CLICK_WEIGHTS = tmp_path / "nowhere.pt"
    with pytest.raises(ClicksNotSetUp, match=r"fetch_weights <path") as refusal:
        segment(add_image(1), alice)
    assert refusal.value.status == 409
    assert not Job.objects.exists()


def test_the_first_click_starts_a_job_and_later_ones_are_answered(setup, add_image, alice, run_job):
    image = add_image(1)
    job = segment(image, alice)
    assert (job.kind, job.queue, job.project, job.requested_by) == ("embed", "interactive", image.project, alice)
    assert run_job(job).state == "succeeded"
    region = segment(image, alice)
    triples = [region.runs[start : start + 3] for start in range(0, len(region.runs), 3)]
    assert triples and all(0 <= y < 48 and 0 <= x0 < x1 <= 64 for y, x0, x1 in triples)
    assert 0 <= region.score <= 1


def test_all_who_wait_for_an_image_wait_for_one_job(setup, add_image, alice, bob, run_job):
    image = add_image(1)
    job = clicks.prepare_clicks(image=image, user=alice)
    assert clicks.prepare_clicks(image=image, user=bob) == segment(image, bob) == job
    run_job(job)
    assert clicks.prepare_clicks(image=image, user=alice) is None
    assert Job.objects.count() == 1


def test_a_picture_is_looked_at_once_even_in_two_projects(setup, project, add_image, alice, run_job):
    other = projects.create_project(user=alice, name="Other", task="semantic", classes=[{"name": "A"}])
    first = add_image(1)
    twin = images.add_image(project=other, user=alice, name="twin.png", data=picture(1))
    waiting = [clicks.prepare_clicks(image=image, user=alice) for image in (first, twin)]
    assert [job.project for job in waiting] == [project, other]
    assert [run_job(job).state for job in waiting] == ["succeeded"] * 2
    assert setup.embedded == [first.name]


def test_another_process_finds_the_embedding_and_answers_the_same(ready_image, alice, monkeypatch):
    points = [*HERE, Point(50, 30, False), Point(10, 40, True)]
    for count in (1, 2, 3):
        region = segment(ready_image, alice, points[:count])
    forget_images(monkeypatch)
    assert segment(ready_image, alice, points) == region


def asked_of(monkeypatch):
    """The prompts of all frames, which find the same small square each time."""
    asked = []
    logits = np.full((256, 256), -1, np.float32)
    logits[64:128, 64:128] = 1

    def segment(decoder, embedding, prompt, before=None):
        asked.append(prompt)
        return Candidate(logits, 0.5)

    monkeypatch.setattr(ClickDecoder, "segment", segment)
    return asked


def test_objects_alike_tell_how_large_the_one_at_a_click_is(ready_image, alice, monkeypatch):
    asked = asked_of(monkeypatch)
    for alike in ((9, 12, 16), (9, 12)):
        clicks.segment_at(image=ready_image, user=alice, points=HERE, box=None, alike=alike)
    clicks.segment_at(image=ready_image, user=alice, points=[], box=(1, 1, 9, 9), alike=(9, 12, 16))
    sizes = [prompt.size for prompt in asked]
    assert np.exp(sizes[0].log_median) == pytest.approx(12 * 16**2), "64 px are 1,024 of the square"
    assert sizes[1:] == [None, None]


SEEN = (1000, 500, 1300, 700)


@pytest.fixture
def large(setup, project, alice):
    return images.add_image(project=project, user=alice, name="large.png", data=picture(3, 2400, 1200))


def test_where_a_large_image_is_looked_at_closely_that_part_is_embedded(large, alice, run_job, monkeypatch):
    job = clicks.prepare_clicks(image=large, user=alice, seen=SEEN)
    assert job.arguments["frame"] == [900, 300, 1500, 900]
    assert run_job(job).state == "succeeded"
    assert clicks.prepare_clicks(image=large, user=alice, seen=(1010, 505, 1310, 705)) is None
    assert clicks.prepare_clicks(image=large, user=alice).arguments["frame"] == [0, 0, 2400, 1200]
    asked_of(monkeypatch)
    region = clicks.segment_at(image=large, user=alice, points=[Point(1050, 450, True)], box=None, seen=SEEN)
    y, x0, x1 = np.reshape(region.runs, (-1, 3)).T
    assert (x0.min(), y.min(), x1.max(), y.max() + 1) == pytest.approx((1050, 450, 1200, 600), abs=2)


def test_a_click_beside_what_was_seen_asks_for_the_wider_frame(large, alice):
    points = [Point(1050, 450, True), Point(100, 100, False)]
    job = clicks.segment_at(image=large, user=alice, points=points, box=None, seen=SEEN)
    assert job.arguments["frame"] == [0, 0, 2400, 1200]


def test_the_encoder_gets_the_pixels_of_the_frame(project, alice, monkeypatch):
    pixels = np.zeros((1200, 2400, 3), np.uint8)
    pixels[300:900, 900:1500] = 200
    image = images.add_image(project=project, user=alice, name="large.png", data=png(pixels))
    got = []
    monkeypatch.setattr(encoder, "embed_image", lambda model, part, placed: got.append((part, placed)))
    monkeypatch.setattr(clicks, "_encoder", lambda path, digest: None)
    clicks._embed(image, Frame(900, 300, 1500, 900), "digest")
    [(part, placed)] = got
    assert (part.shape, placed) == ((600, 600, 3), Letterbox(600, 600))
    assert (part == 200).all()


def test_where_one_part_of_an_image_failed_the_others_are_not_tried_at_once(large, alice, run_job, setup):
    setup.weights.write_bytes(b"something else")
    run_job(clicks.prepare_clicks(image=large, user=alice, seen=SEEN))
    with pytest.raises(FailedLately, match="could not be prepared"):
        clicks.prepare_clicks(image=large, user=alice)


def test_parts_are_kept_for_a_day_after_their_last_use(large, alice, run_job):
    for seen in (None, SEEN):
        run_job(clicks.prepare_clicks(image=large, user=alice, seen=seen))
    [(part,), (whole,)] = stored(clicks.PART_EMBEDDINGS), stored(clicks.EMBEDDINGS)
    for key in (part, whole):
        age(key, hours=23)
    assert maintenance.collect_garbage() == 0
    for key in (part, whole):
        age(key, hours=25)
    maintenance.collect_garbage()
    assert not storage.exists(part)
    assert storage.exists(whole)


def test_other_weights_need_another_embedding(ready_image, setup, alice):
    write_weights(setup.weights, seed=1)
    assert isinstance(segment(ready_image, alice), Job)


def test_an_image_that_was_deleted_meanwhile_is_told(setup, add_image, alice):
    image = add_image(1)
    Image.objects.all().delete()
    with pytest.raises(Conflict, match="deleted meanwhile"):
        clicks.prepare_clicks(image=image, user=alice)
    assert not Job.objects.exists()


def test_a_job_whose_weights_were_replaced_makes_nothing(setup, add_image, alice, run_job):
    job = segment(add_image(1), alice)
    write_weights(setup.weights, seed=1)
    assert run_job(job).state == "failed"
    assert "Click again" in job.error
    assert setup.embedded == []


def test_weights_that_are_no_mobile_sam_fail_in_words(setup, add_image, alice, run_job):
    setup.weights.write_bytes(b"something else")
    job = run_job(segment(add_image(1), alice))
    assert (job.state, job.error) == (
        "failed",
        "CheckpointError: mobile_sam.pt: not a file of tensors that can be read safely",
    )


def test_a_damaged_embedding_is_made_again(ready_image, alice, run_job, monkeypatch):
    (key,) = stored(clicks.EMBEDDINGS)
    with open(default_storage.path(key), "wb") as file:
        file.write(b"half")
    forget_images(monkeypatch)
    job = segment(ready_image, alice)
    assert run_job(job).state == "succeeded"
    assert segment(ready_image, alice).runs


@pytest.mark.parametrize(
    ("points", "box", "reason"),
    [
        ([], None, "Click at least once"),
        ([Point(20, 20, False), Point(30, 20, False)], None, "on what is meant"),
        ([Point(65, 10, True)], None, "not in the image of 64 x 48 px"),
        ([Point(64, 10, True)], None, "not in the image"),
        ([Point(10, 48, True)], None, "not in the image"),
        ([Point(10, -0.1, True)], None, "not in the image"),
        ([Point(float("nan"), 1, True)], None, "not in the image"),
        (HERE * 65, None, "at most 64"),
        ([], (10, 10, 10, 20), "holds no pixel"),
        ([], (70, 10, 90, 20), "holds no pixel"),
        ([], (float("nan"), 0, 9, 9), "holds no pixel"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_work(setup, add_image, alice, points, box, reason):
    with pytest.raises(ServiceError, match=reason):
        segment(add_image(1), alice, points, box)
    assert not Job.objects.exists()


def test_a_box_may_reach_beyond_the_image(ready_image, alice):
    inside = segment(ready_image, alice, [], (10, 10, 64, 48))
    assert segment(ready_image, alice, [], (10, 10, 500, 500)) == inside


def test_few_images_stay_in_memory(setup, add_image, alice, run_job):
    for seed in range(clicks.EMBEDDINGS_IN_MEMORY + 2):
        image = add_image(seed)
        run_job(clicks.prepare_clicks(image=image, user=alice))
        segment(image, alice)
    assert len(clicks._open_frames) == clicks.EMBEDDINGS_IN_MEMORY
    assert segment(project_image(image, 0), alice).runs


def project_image(image, place: int):
    return image.project.images.order_by("id")[place]


def test_what_is_used_stays_and_what_nobody_uses_goes(ready_image, alice, run_job, monkeypatch):
    keys = stored(clicks.EMBEDDINGS) + stored(clicks.DECODERS)
    assert len(keys) == 2
    for key in keys:
        age(key, days=15)
    forget_images(monkeypatch)
    segment(ready_image, alice)
    assert maintenance.collect_garbage() == 0
    for key in keys:
        age(key, days=15)
    assert maintenance.collect_garbage() == 2
    assert segment(ready_image, alice).runs, "an image in memory needs no file"
    forget_images(monkeypatch)
    assert run_job(segment(ready_image, alice)).state == "succeeded"
    assert segment(ready_image, alice).runs


def test_the_embedding_of_a_deleted_image_goes_with_the_other_garbage(ready_image):
    (embedding,), (decoder,) = stored(clicks.EMBEDDINGS), stored(clicks.DECODERS)
    part = embedding.replace(clicks.EMBEDDINGS, clicks.PART_EMBEDDINGS)
    default_storage.save(part, ContentFile(b"part"))
    for key in (embedding, part, decoder):
        age(key, hours=7)
    assert maintenance.collect_garbage() == 0
    projects.delete_project(project=ready_image.project)
    maintenance.collect_garbage()
    assert not storage.exists(embedding)
    assert not storage.exists(part)
    assert storage.exists(decoder)


def test_jobs_that_ended_well_do_not_pile_up(ready_image):
    maintenance.collect_garbage()
    assert Job.objects.filter(kind="embed").count() == 1
    Job.objects.update(finished=timezone.now() - timedelta(hours=2))
    maintenance.collect_garbage()
    assert not Job.objects.filter(kind="embed").exists()


def test_fetching_refuses_another_file_in_words(settings, tmp_path):
    settings.CLICK_WEIGHTS = tmp_path / "weights" / "mobile_sam.pt"
    (tmp_path / "other").write_bytes(b"other")
    with pytest.raises(CommandError, match="not the published mobile_sam.pt"):
        call_command("fetch_weights", str(tmp_path / "other"))
    assert not settings.CLICK_WEIGHTS.exists()


@needs_published
def test_from_fetched_weights_to_a_region(settings, tmp_path, add_image, alice, run_job, monkeypatch, capsys):
    use_files_in(tmp_path, settings)
    settings.CLICK_WEIGHTS = tmp_path / "weights" / "mobile_sam.pt"
    forget_images(monkeypatch)
    call_command("fetch_weights", str(PUBLISHED))
    assert "No restart is needed" in capsys.readouterr().out
    image = add_image(1)
    job = run_job(segment(image, alice))
    assert job.state == "succeeded", job.error
    assert segment(image, alice, [], (0, 0, 64, 48)).runs
