"""Autosaves leave no heap of files behind, and no file goes that a row points at."""

import numpy as np
import pytest
from django.db import transaction

from annotator import storage
from annotator.models import Image, Revision, User
from annotator.services import review, revisions, saving, snapshots
from annotator.services.revisions import FOLDED_STAY_S, FoldedFiles
from tests.conftest import seen_by

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch) -> Clock:
    fresh = Clock()
    monkeypatch.setattr(revisions, "time", fresh)
    monkeypatch.setattr(revisions, "folded_files", FoldedFiles())
    return fresh


@pytest.fixture
def save(project):
    """save(image, user, columns): so many columns of sky; returns the file of the head."""
    sky = project.classes.get(name="Sky").pk

    def save_columns(image: Image, user: User, columns: int) -> str:
        fresh = seen_by(user, image)
        array = np.zeros((image.height, image.width), np.uint16)
        array[:, :columns] = 1
        number = saving.save_label_map(
            image=fresh, user=user, array=array, segments=[{"id": 1, "class": sky}], base_revision=fresh.head
        )
        return image.revisions.get(number=number).label_key

    return save_columns


def send_back(image: Image, bob: User, rita: User) -> None:
    review.submit_image(image=seen_by(bob, image), user=bob)
    review.return_image(image=seen_by(rita, image), user=rita)


def test_the_file_of_a_folded_draft_goes_a_little_later(add_image, bob, save, clock):
    image = add_image(1)
    files = [save(image, bob, 1)]
    for columns in range(2, 6):
        clock.now += FOLDED_STAY_S / 2
        files.append(save(image, bob, columns))
    # The first was folded when the second came, and that is 1.5 times as long ago.
    assert [storage.exists(file) for file in files] == [False, False, True, True, True]


def test_whoever_has_just_read_the_row_still_finds_the_file(add_image, bob, save, clock):
    image = add_image(1)
    files = []
    for columns in range(1, 9):
        files.append(save(image, bob, columns))
        clock.now += 2
    assert all(storage.exists(file) for file in files)


def test_the_same_labels_on_another_image_stay(add_image, bob, save, clock):
    one, other = add_image(1), add_image(2)
    kept = save(other, bob, 5)
    save(one, bob, 5)
    for columns in (6, 7):
        save(one, bob, columns)
        clock.now += FOLDED_STAY_S
    save(one, bob, 8)
    assert storage.exists(kept)


def test_a_revision_that_is_kept_stays_when_a_draft_was_the_same_for_a_while(add_image, bob, rita, save, clock):
    image = add_image(1)
    submitted = save(image, bob, 5)
    send_back(image, bob, rita)
    for columns in (9, 5, 9, 5):  # drawn, undone, drawn, undone
        save(image, bob, columns)
        clock.now += FOLDED_STAY_S
    save(image, bob, 7)
    assert storage.exists(submitted)
    assert list(image.revisions.values_list("number", "kind")) == [(1, "submit"), (6, "draft")]


def test_what_a_snapshot_holds_stays(project, add_image, bob, save, clock):
    image = add_image(1)
    frozen = save(image, bob, 5)
    snapshots.create_snapshot(project=project, user=bob, name="early", states=["in_progress"])
    for columns in (6, 7, 8):
        clock.now += FOLDED_STAY_S
        save(image, bob, columns)
    assert storage.exists(frozen)


def test_a_save_that_is_rolled_back_takes_nothing_away(add_image, bob, save, clock):
    image = add_image(1)
    save(image, bob, 1)
    draft = save(image, bob, 2)
    clock.now += FOLDED_STAY_S
    with pytest.raises(OSError, match="no room"), transaction.atomic():
        save(image, bob, 3)
        raise OSError("no room")
    clock.now += FOLDED_STAY_S
    other = add_image(2)
    for columns in (1, 2):
        save(other, bob, columns)
    assert image.revisions.get().label_key == draft
    assert storage.exists(draft)


def test_a_file_that_cannot_be_deleted_fails_no_save(add_image, bob, save, clock, monkeypatch):
    image = add_image(1)

    def refused(key: str) -> None:
        raise PermissionError(key)

    monkeypatch.setattr(storage, "delete", refused)
    for columns in (1, 2, 3):
        save(image, bob, columns)
        clock.now += FOLDED_STAY_S
    image.refresh_from_db()
    assert image.head == 3


def test_a_draft_from_before_files_were_their_drafts_own_is_left_to_garbage_collection(add_image, bob, save, clock):
    image = add_image(1)
    shared = storage.put("labels", storage.get(save(image, bob, 1)), ".tif")
    Revision.objects.update(label_key=shared)
    for columns in (2, 3, 4):
        save(image, bob, columns)
        clock.now += FOLDED_STAY_S
    assert storage.exists(shared)


def test_a_file_that_a_database_put_back_points_at_again_stays(add_image, bob, save, clock):
    image, other = add_image(1), add_image(2)
    draft = save(image, bob, 1)
    save(image, bob, 2)
    image.revisions.update(label_key=draft, number=1)
    for columns in (1, 2, 3):
        save(other, bob, columns)
        clock.now += FOLDED_STAY_S
    assert storage.exists(draft)


def test_a_snapshot_is_known_by_its_labels_whoever_owns_their_files(project, add_image, bob, save):
    image = add_image(1)

    def snapshot(columns: int) -> tuple[str, str]:
        draft = save(image, bob, columns)
        taken = snapshots.create_snapshot(project=project, user=bob, name="now", states=["in_progress"])
        return taken.digest, draft

    (first, file), (other, _), (again, other_file) = snapshot(5), snapshot(9), snapshot(5)
    assert first == again != other
    assert file != other_file
