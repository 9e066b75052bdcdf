"""Saving labels: nothing is overwritten, nothing is saved twice, and the table of segments stays true."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from annotator import storage
from annotator.labelmap import TILE, PackedTile
from annotator.models import Image, Revision
from annotator.services import labels, queue, review, revisions, saving, steps
from annotator.services.errors import Claimed, Conflict, ServiceError, StaleRevision
from annotator.workflow import NotAllowed, WorkflowError
from tests.conftest import seen_by


def tile(*blocks: tuple[slice, slice, int]) -> np.ndarray:
    """A (256, 256) tile with the given (rows, columns, id) painted."""
    array = np.zeros((TILE, TILE), np.uint16)
    for rows, columns, segment in blocks:
        array[rows, columns] = segment
    return array


def spot(segment: int = 1, top: int = 0, left: int = 0) -> np.ndarray:
    """A tile with 4x4 pixels of one segment."""
    return tile((slice(top, top + 4), slice(left, left + 4), segment))


@pytest.fixture
def class_of(project):
    return {row.name: row.pk for row in project.classes.all()}


@pytest.fixture
def save(class_of):
    """save(image, user, {index: tile}, {segment: class name}, base=None, key=None): the new revision number."""

    def save_tiles(image, user, tiles, segments, base=None, key=None) -> int:
        fresh = seen_by(user, image)
        table = [{"id": segment, "class": class_of[name]} for segment, name in segments.items()]
        return saving.save_label_tiles(
            image=fresh,
            user=user,
            tiles={index: PackedTile.of(array) for index, array in tiles.items()},
            segments=table,
            base_revision=fresh.head if base is None else base,
            idempotency_key=key,
        )

    return save_tiles


def stored(image: Image) -> np.ndarray:
    image.refresh_from_db()
    return labels.head_layer(image).tiff().array()


def segments_of(image: Image) -> dict[int, int]:
    """{segment id: pixels} of the head's table."""
    image.refresh_from_db()
    return {row["id"]: row["pixels"] for row in labels.head_layer(image).segments}


def test_saved_tiles_are_what_is_read_back(add_image, bob, save):
    image = add_image(1, width=300, height=260)
    save(image, bob, {0: spot(1, 5, 7), 3: spot(2, 0, 0)}, {1: "Sky", 2: "Cell"})
    expected = np.zeros((260, 300), np.uint16)
    expected[5:9, 7:11], expected[256:260, 256:260] = 1, 2
    assert np.array_equal(stored(image), expected)
    assert segments_of(image) == {1: 16, 2: 16}


def test_the_first_save_takes_the_image_into_progress(add_image, bob, save):
    image = add_image(1)
    save(image, bob, {0: spot()}, {1: "Sky"})
    image.refresh_from_db()
    assert (image.state, image.annotator, image.head) == ("in_progress", bob, 1)
    assert [event.action for event in image.events.all()] == ["edit"]


def test_a_stale_save_is_told_exactly_the_tiles_that_changed(add_image, bob, save):
    image = add_image(1, width=600, height=300)
    save(image, bob, {0: spot()}, {1: "Sky"})
    save(image, bob, {4: spot()}, {1: "Sky"})
    save(image, bob, {2: spot()}, {1: "Sky"})
    with pytest.raises(StaleRevision) as stale:
        save(image, bob, {5: spot()}, {1: "Sky"}, base=1)
    assert (stale.value.revision, sorted(stale.value.changed_tiles), stale.value.status) == (3, [2, 4], 409)
    assert not stored(image)[256:, 512:].any()


def test_a_stale_save_is_told_of_restored_tiles_too(add_image, bob, label, save):
    image = add_image(1, width=300, height=300)
    save(image, bob, {3: spot()}, {1: "Sky"})
    review.submit_image(image=seen_by(bob, image), user=bob)
    Image.objects.update(state="returned")
    save(image, bob, {1: spot()}, {1: "Sky"})
    saving.restore_revision(image=seen_by(bob, image), user=bob, number=1)
    with pytest.raises(StaleRevision) as stale:
        save(image, bob, {0: spot()}, {1: "Sky"}, base=2)
    assert stale.value.changed_tiles == [1]


def test_a_save_from_a_revision_that_never_was_is_stale(add_image, bob, save):
    image = add_image(1)
    with pytest.raises(StaleRevision):
        save(image, bob, {0: spot()}, {1: "Sky"}, base=7)
    assert not stored(image).any()


def test_one_key_saves_once(add_image, bob, save):
    image = add_image(1)
    first = save(image, bob, {0: spot(1)}, {1: "Sky"}, base=0, key="k1")
    again = save(image, bob, {0: spot(1, 20)}, {1: "Sky"}, base=0, key="k1")
    assert first == again == 1
    assert not stored(image)[20:].any()


def test_the_same_key_on_another_image_is_another_save(add_image, bob, save):
    one, other = add_image(1), add_image(2)
    save(one, bob, {0: spot()}, {1: "Sky"}, key="k")
    save(other, bob, {0: spot()}, {1: "Sky"}, key="k")
    assert stored(other).any()


def test_a_refused_save_does_not_use_up_its_key(add_image, bob, save):
    image = add_image(1)
    with pytest.raises(ServiceError):
        save(image, bob, {0: spot(2)}, {1: "Sky"}, key="k")
    assert save(image, bob, {0: spot(1)}, {1: "Sky"}, key="k") == 1


def test_autosaves_of_one_sitting_are_one_revision_with_a_rising_number(add_image, bob, save):
    image = add_image(1)
    numbers = [save(image, bob, {0: spot(1, top)}, {1: "Sky"}) for top in (0, 8, 16)]
    assert numbers == [1, 2, 3]
    assert list(image.revisions.values_list("number", "kind")) == [(3, "draft")]


def test_whoever_read_the_image_before_the_last_autosave_gets_the_labels_of_now(add_image, bob, save):
    image = add_image(1)
    save(image, bob, {0: spot()}, {1: "Sky"})
    read_before = seen_by(bob, image)
    save(image, bob, {0: spot(1, 8)}, {1: "Sky"})
    layer = labels.head_layer(read_before)
    assert (layer.revision, layer.tiff().array()[8, 0]) == (2, 1)


def test_a_new_sitting_starts_a_new_draft(add_image, bob, save):
    image = add_image(1)
    save(image, bob, {0: spot()}, {1: "Sky"})
    image.revisions.update(saved=timezone.now() - revisions.SITTING - timedelta(seconds=1))
    save(image, bob, {0: spot(1, 9)}, {1: "Sky"})
    assert list(image.revisions.values_list("number", flat=True)) == [1, 2]


def test_drafts_of_two_people_are_not_folded(add_image, bob, alice, save):
    image = add_image(1)
    save(image, bob, {0: spot()}, {1: "Sky"})
    queue.release_claim(image=image, user=bob)
    save(image, alice, {0: spot(1, 9)}, {1: "Sky"})
    assert list(image.revisions.values_list("number", "author__username")) == [(1, "bob"), (2, "alice")]


def test_a_submitted_revision_is_never_folded_away(add_image, bob, rita, save):
    image = add_image(1)
    save(image, bob, {0: spot()}, {1: "Sky"})
    review.submit_image(image=seen_by(bob, image), user=bob)
    review.return_image(image=seen_by(rita, image), user=rita)
    save(image, bob, {0: spot(1, 9)}, {1: "Sky"})
    assert list(image.revisions.values_list("number", "kind")) == [(1, "submit"), (2, "draft")]


def test_restoring_brings_the_old_pixels_back_as_a_new_revision(add_image, bob, rita, save):
    image = add_image(1)
    save(image, bob, {0: spot(1)}, {1: "Sky"})
    before = stored(image)
    review.submit_image(image=seen_by(bob, image), user=bob)
    review.return_image(image=seen_by(rita, image), user=rita)
    save(image, bob, {0: spot(2, 30)}, {2: "Cell"})
    assert saving.restore_revision(image=seen_by(bob, image), user=bob, number=1) == 3
    assert np.array_equal(stored(image), before)
    assert segments_of(image) == {1: 16}
    assert list(image.revisions.values_list("kind", flat=True)) == ["submit", "draft", "restore"]


def test_a_folded_revision_cannot_be_restored_and_says_why(add_image, bob, save):
    image = add_image(1)
    save(image, bob, {0: spot(1)}, {1: "Sky"})
    save(image, bob, {0: spot(1, 9)}, {1: "Sky"})
    with pytest.raises(ServiceError, match="no revision 1; autosaves are folded"):
        saving.restore_revision(image=seen_by(bob, image), user=bob, number=1)


# The table of segments


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([{"id": 1}], "whole-number id and class"),
        ([{"class": 1}], "whole-number id and class"),
        ([{"id": "1", "class": "Sky"}], "whole-number id and class"),
        ([{"id": 1.5, "class": "Sky"}], "whole-number id and class"),
        ([{"id": True, "class": "Sky"}], "whole-number id and class"),
        ([{"id": float("nan"), "class": "Sky"}], "whole-number id and class"),
        ([{"id": float("inf"), "class": "Sky"}], "whole-number id and class"),
        ([{"id": None, "class": "Sky"}], "whole-number id and class"),
        ([{"id": [1], "class": "Sky"}], "whole-number id and class"),
        ([{"id": 0, "class": "Sky"}], r"1\.\.65535"),
        ([{"id": -1, "class": "Sky"}], r"1\.\.65535"),
        ([{"id": 65536, "class": "Sky"}], r"1\.\.65535"),
        ([{"id": 10**30, "class": "Sky"}], r"1\.\.65535"),
        ([{"id": 1, "class": "Sky"}, {"id": 1, "class": "Sky"}], "in the table twice"),
        ([{"id": 1, "class": 10**30}], "does not have"),
        ([{"id": 1, "class": -3}], "does not have"),
        ([], "Segment 1 has 16 pixels but is not in the table"),
        ([{"id": 2, "class": "Sky"}], "Segment 1 has 16 pixels but is not in the table"),
    ],
)
def test_a_table_that_does_not_hold_is_refused_and_nothing_is_saved(add_image, bob, class_of, table, reason):
    image = seen_by(bob, add_image(1))
    named = [{**row, "class": class_of.get(row.get("class"), row.get("class"))} for row in table]
    if table and "class" not in table[0]:
        del named[0]["class"]
    with pytest.raises(ServiceError, match=reason):
        saving.save_label_tiles(
            image=image, user=bob, tiles={0: PackedTile.of(spot())}, segments=named, base_revision=0
        )
    image.refresh_from_db()
    assert (image.head, image.state, image.claimed_by) == (0, "new", None)


def test_a_class_of_another_project_is_refused(add_image, bob, alice):
    from annotator.services import projects

    other = projects.create_project(user=alice, name="Other", task="semantic", classes=[{"name": "Sky"}])
    image = seen_by(bob, add_image(1))
    table = [{"id": 1, "class": other.classes.get().pk}]
    with pytest.raises(ServiceError, match="which Clouds does not have"):
        saving.save_label_tiles(
            image=image, user=bob, tiles={0: PackedTile.of(spot())}, segments=table, base_revision=0
        )


def test_a_stuff_class_has_one_segment(add_image, bob, save):
    two = tile((slice(0, 4), slice(0, 4), 1), (slice(8, 12), slice(0, 4), 2))
    with pytest.raises(ServiceError, match="Sky is stuff and has one segment per image; 1 and 2 are two"):
        save(add_image(1), bob, {0: two}, {1: "Sky", 2: "Sky"})
    save(add_image(2), bob, {0: two}, {1: "Cell", 2: "Cell"})


def test_segments_without_pixels_leave_the_table(add_image, bob, save):
    image = add_image(1)
    save(image, bob, {0: spot(1)}, {1: "Sky", 9: "Cell"})
    assert segments_of(image) == {1: 16}
    save(image, bob, {0: spot(2)}, {1: "Sky", 2: "Cell"})
    assert segments_of(image) == {2: 16}


def test_counts_follow_when_one_tile_of_many_is_replaced(add_image, bob, save):
    image = add_image(1, width=600, height=256)
    save(image, bob, {0: spot(1), 1: spot(1), 2: spot(2)}, {1: "Sky", 2: "Cell"})
    save(image, bob, {1: spot(2)}, {1: "Sky", 2: "Cell"})
    assert segments_of(image) == {1: 16, 2: 32}


def test_the_stored_tiff_carries_the_table_without_the_counts(add_image, bob, save, class_of):
    image = add_image(1)
    save(image, bob, {0: spot(1)}, {1: "Sky"})
    image.refresh_from_db()
    row = {"id": 1, "class": class_of["Sky"], "source": "human", "score": None, "model": None}
    assert labels.head_layer(image).tiff().segments == [row]


def test_a_wrong_size_is_refused(add_image, bob):
    image = seen_by(bob, add_image(1))
    with pytest.raises(ServiceError, match="is 48x64, image-1.png is 64x48"):
        saving.save_label_map(image=image, user=bob, array=np.zeros((64, 48), np.uint16), segments=[], base_revision=0)


# Who may


def test_a_viewer_may_not_save(add_image, vera, save):
    with pytest.raises(NotAllowed):
        save(add_image(1), vera, {0: spot()}, {1: "Sky"})


def test_an_image_that_somebody_works_on_is_theirs_until_the_lease_ends(add_image, bob, alice, save):
    image = add_image(1)
    save(image, bob, {0: spot()}, {1: "Sky"})
    with pytest.raises(Claimed, match="bob is working on image-1.png until"):
        save(image, alice, {0: spot(1, 9)}, {1: "Sky"})
    Image.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert save(image, alice, {0: spot(1, 9)}, {1: "Sky"}) == 2


def test_each_save_renews_the_lease(add_image, bob, save):
    image = add_image(1)
    save(image, bob, {0: spot()}, {1: "Sky"})
    Image.objects.update(claimed_until=timezone.now() + timedelta(seconds=5))
    save(image, bob, {0: spot(1, 9)}, {1: "Sky"})
    image.refresh_from_db()
    assert image.claimed_until > timezone.now() + timedelta(minutes=20)


def test_a_submitted_image_is_the_reviewers_to_correct(add_image, bob, rita, save):
    image = add_image(1)
    save(image, bob, {0: spot()}, {1: "Sky"})
    review.submit_image(image=seen_by(bob, image), user=bob)
    with pytest.raises(NotAllowed):
        save(image, bob, {0: spot(1, 9)}, {1: "Sky"})
    save(image, rita, {0: spot(1, 9)}, {1: "Sky"})
    image.refresh_from_db()
    assert (image.state, image.annotator) == ("submitted", bob)


def test_an_accepted_image_is_closed_even_to_its_owner(add_image, alice, accept, save):
    image = add_image(1)
    accept(image, alice)
    with pytest.raises(WorkflowError):
        save(image, alice, {0: spot()}, {1: "Sky"})
    allowed, reason = steps.may_edit(seen_by(alice, image), alice)
    assert not allowed
    assert "reopen" in reason


def test_a_save_to_an_image_that_was_just_deleted_is_a_clear_refusal(add_image, bob, save, class_of):
    image = seen_by(bob, add_image(1))
    Image.objects.all().delete()
    with pytest.raises(Conflict, match="was deleted meanwhile"):
        saving.save_label_tiles(
            image=image,
            user=bob,
            tiles={0: PackedTile.of(spot())},
            segments=[{"id": 1, "class": class_of["Sky"]}],
            base_revision=0,
            idempotency_key="k",
        )


def test_the_label_file_is_written_before_the_row(add_image, bob, save, monkeypatch):
    image = add_image(1)

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(storage, "put", fail)
    with pytest.raises(OSError, match="disk full"):
        save(image, bob, {0: spot()}, {1: "Sky"})
    image.refresh_from_db()
    assert (image.head, image.state, Revision.objects.count()) == (0, "new", 0)
