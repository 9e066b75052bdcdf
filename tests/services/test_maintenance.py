"""Garbage: what no row points at goes after a while, what one points at stays."""

import os
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from annotator import storage
from annotator.models import SavedRequest
from annotator.services import exports, jobs, maintenance, saving
from tests.conftest import seen_by


@pytest.fixture(autouse=True)
def only_these_files(settings, tmp_path):
    """An empty store, so that files of other tests are not counted."""
    settings.DATA = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "annotator.storage.AtomicFileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }


def age(key: str, hours: float = 24) -> None:
    moment = (timezone.now() - timedelta(hours=hours)).timestamp()
    os.utime(default_storage.path(key), (moment, moment))


def all_keys() -> set[str]:
    return {key for kind in maintenance.REFERENCES for key in storage.list_keys(kind)}


def test_what_rows_point_at_stays(project, alice, add_image, accept, make_model, predict, run_job):
    accept(add_image(1), alice)
    predict(add_image(2), make_model())
    run_job(exports.create_export(project=project, user=alice, format="masks").job)
    before = all_keys()
    for key in before:
        age(key)
    assert maintenance.collect_garbage() == 0
    assert all_keys() == before
    kinds = {key.split("/")[0] for key in before}
    assert kinds == {"images", "thumbnails", "labels", "uncertainty", "models", "exports"}


def test_a_folded_draft_goes_and_the_last_one_stays(add_image, label, alice):
    image = add_image(1)
    label(image, alice)
    folded = image.revisions.get().label_key
    fresh = seen_by(alice, image)
    saving.save_label_map(
        image=fresh, user=alice, array=np.zeros((48, 64), np.uint16), segments=[], base_revision=fresh.head
    )
    for key in all_keys():
        age(key)
    assert maintenance.collect_garbage() == 1
    assert not storage.exists(folded)
    assert storage.exists(image.revisions.get().label_key)


def test_a_young_file_is_spared_since_its_row_may_be_on_the_way(db):
    key = storage.put("labels", b"just written")
    assert maintenance.collect_garbage() == 0
    age(key, hours=7)
    assert maintenance.collect_garbage() == 1
    assert not storage.exists(key)


def test_an_old_file_that_is_stored_again_is_young_again(db, tmp_path):
    key = storage.put("labels", b"the same bytes")
    age(key)
    assert storage.put("labels", b"the same bytes") == key
    assert maintenance.collect_garbage() == 0
    age(key)
    path = tmp_path / "copy"
    path.write_bytes(b"the same bytes")
    assert storage.put_file("labels", path) == key
    assert maintenance.collect_garbage() == 0


def test_what_a_crash_left_half_written_goes(db, settings):
    folder = settings.DATA / "files" / "labels" / "ab"
    folder.mkdir(parents=True)
    (folder / ".writing-x1").write_bytes(b"half")
    age("labels/ab/.writing-x1")
    assert maintenance.collect_garbage() == 1


def test_a_half_written_file_that_is_finished_meanwhile_ends_nothing(db, settings, monkeypatch):
    folder = settings.DATA / "files" / "labels" / "ab"
    folder.mkdir(parents=True)
    keys = [storage.put("labels", text) for text in (b"one", b"two")]
    for key in keys:
        age(key)
    there = storage.list_keys
    monkeypatch.setattr(storage, "list_keys", lambda kind: iter([f"{kind}/ab/.writing-gone", *there(kind)]))
    assert maintenance.collect_garbage() == 2


def test_checkpoints_of_a_run_that_ended_without_a_model_go(project, make_model, settings):
    run = make_model().run
    folder = settings.DATA / "work" / f"run-{run.pk}"
    folder.mkdir(parents=True)
    old = (timezone.now() - timedelta(days=1)).timestamp()
    os.utime(folder, (old, old))
    maintenance.collect_garbage()
    assert folder.exists()
    jobs.cancel_job(job=run.job)
    maintenance.collect_garbage()
    assert not folder.exists()


def test_old_request_keys_go(add_image):
    image = add_image(1)
    for key, days in (("old", 8), ("new", 6)):
        SavedRequest.objects.create(image=image, key=key, revision=1)
        SavedRequest.objects.filter(key=key).update(created=timezone.now() - timedelta(days=days))
    maintenance.collect_garbage()
    assert SavedRequest.objects.get().key == "new"


def test_a_write_that_fails_leaves_no_file(db, monkeypatch):
    def fail(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        storage.put("labels", b"never whole")
    assert all_keys() == set()
