"""A snapshot is what it was, for ever."""

import pytest

from annotator.models import Image
from annotator.services import labels, saving, snapshots
from annotator.services.errors import ServiceError
from tests.conftest import seen_by


def snapshot(project, user, *states):
    return snapshots.create_snapshot(project=project, user=user, name="s", states=states or ("accepted",))


def test_the_same_labels_have_the_same_digest(project, alice, add_image, accept):
    accept(add_image(1), alice)
    assert snapshot(project, alice).digest == snapshot(project, alice).digest


@pytest.mark.parametrize("change", ["image", "class", "split", "labels"])
def test_whatever_changes_what_is_learned_changes_the_digest(project, alice, add_image, accept, label, change):
    image = add_image(1)
    accept(image, alice)
    before = snapshot(project, alice).digest
    if change == "image":
        accept(add_image(2), alice)
    if change == "class":
        project.classes.filter(name="Sky").update(ignore=True)
    if change == "split":
        Image.objects.update(split="val")
    if change == "labels":
        revision = image.revisions.get()
        revision.label_key = "labels/00/other.tif"
        revision.save()
    assert snapshot(project, alice).digest != before


def test_a_draft_in_a_snapshot_is_pinned(project, alice, add_image, label):
    image = add_image(1)
    label(image, alice)
    taken = snapshot(project, alice, "in_progress")
    pinned = taken.items.get().revision
    fresh = seen_by(alice, image)
    saving.save_label_map(
        image=fresh,
        user=alice,
        array=labels.head_layer(fresh).tiff().array() * 0,
        segments=[],
        base_revision=fresh.head,
    )
    again = taken.items.get().revision
    assert (again.number, again.label_key) == (pinned.number, pinned.label_key)
    assert image.revisions.count() == 2


def test_classes_stay_as_they_were(project, alice, add_image, accept):
    accept(add_image(1), alice)
    taken = snapshot(project, alice)
    project.classes.filter(name="Sky").update(name="Heaven")
    taken.refresh_from_db()
    assert [row["name"] for row in taken.classes] == ["Sky", "Cell", "Void"]


def test_an_empty_snapshot_is_refused(project, alice, add_image):
    add_image(1)
    with pytest.raises(ServiceError, match="no labelled image that is submitted or accepted"):
        snapshot(project, alice, "submitted", "accepted")


def test_a_fifth_is_for_validation_by_content_and_the_choice_stays(project, alice):
    images = [Image(project=project, pk=number, content_hash=f"{number:08x}" + "0" * 56) for number in range(1, 101)]
    splits = snapshots.split_of_images(images)
    assert list(splits.values()).count("val") == 20
    assert snapshots.split_of_images(images[:10]) == {pk: splits[pk] for pk in list(splits)[:10]}


def test_where_validation_was_chosen_by_hand_the_rest_is_for_training(project, alice, add_image):
    for seed in range(8):
        add_image(seed)
    chosen = project.images.first()
    Image.objects.filter(pk=chosen.pk).update(split="val")
    splits = snapshots.split_of_images(list(project.images.all()))
    assert [pk for pk, split in splits.items() if split == "val"] == [chosen.pk]
    assert set(splits.values()) == {"train", "val"}
