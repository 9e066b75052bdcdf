"""Large images are cut into tiles by a worker, once, and served a tile at a time."""

import io
import os
from datetime import timedelta

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image as PillowImage

from annotator import storage
from annotator.imagefile import read_rgb
from annotator.models import Image, Job, JobState
from annotator.services import images, jobs, maintenance, projects, pyramids
from annotator.services.crops import Box, read_crop
from annotator.services.errors import Conflict, NotFound
from tests.conftest import picture


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr(jobs.app, "send_task", lambda *args, **kwargs: None)


@pytest.fixture(autouse=True)
def large_from(settings):
    settings.PYRAMID_PIXELS = 500_000


@pytest.fixture
def large(add_image):
    return add_image(1, width=1100, height=600)


@pytest.fixture
def cut(large, run_job):
    run_job(Job.objects.get(kind="pyramid"))
    large.refresh_from_db()
    return large


def test_a_large_image_that_comes_in_is_queued_to_be_cut(large):
    job = Job.objects.get(kind="pyramid")
    assert (job.queue, job.arguments, job.project) == ("io", {"image": large.pk}, large.project)


def test_an_ordinary_image_is_not(add_image):
    add_image(1, width=500, height=1000)
    assert not Job.objects.filter(kind="pyramid").exists()


def test_the_tiles_show_the_image(cut):
    first, last = (PillowImage.open(io.BytesIO(pyramids.read_tile(cut, *place))) for place in ((0, 0, 0), (0, 2, 1)))
    assert (first.size, last.size) == ((512, 512), (1100 - 1024, 600 - 512))
    whole = read_rgb(storage.get(cut.file_key))
    difference = np.abs(np.asarray(last.convert("RGB")).astype(int) - whole[512:, 1024:])
    assert difference.mean() < 12  # noise, as JPEG has it


@pytest.mark.parametrize("place", [(0, 3, 0), (0, 0, 2), (9, 0, 0)])
def test_a_tile_that_there_is_not_is_told(cut, place):
    with pytest.raises(NotFound, match="has no tile"):
        pyramids.read_tile(cut, *place)


def test_before_it_is_cut_there_is_no_tile(large):
    with pytest.raises(NotFound, match="no pyramid"):
        pyramids.read_tile(large, 0, 0, 0)


def test_opening_the_image_again_starts_no_second_job(large, alice):
    job = Job.objects.get()
    assert pyramids.ensure_pyramid(image=large, user=alice) == job
    assert Job.objects.count() == 1


def test_an_image_from_before_is_cut_when_it_is_opened(large, alice, run_job):
    Job.objects.all().delete()
    run_job(pyramids.ensure_pyramid(image=large, user=alice))
    large.refresh_from_db()
    assert large.pyramid_key
    assert pyramids.ensure_pyramid(image=large, user=alice) is None


def test_an_image_that_could_not_be_cut_is_tried_again_only_after_a_while(large, alice, run_job, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(storage, "put_file", fail)
        assert run_job(Job.objects.get()).state == JobState.FAILED
    assert pyramids.ensure_pyramid(image=large, user=alice) is None
    Job.objects.update(finished=timezone.now() - timedelta(minutes=11))
    assert pyramids.ensure_pyramid(image=large, user=alice).state == JobState.QUEUED


def test_a_job_that_runs_twice_makes_it_once(cut, run_job, monkeypatch):
    monkeypatch.setattr(pyramids, "_make", lambda *args: pytest.fail("made again"))
    again = Job.objects.create(kind="pyramid", queue="io", project=cut.project, arguments={"image": cut.pk})
    assert run_job(again).state == JobState.SUCCEEDED


def test_the_same_file_in_another_project_takes_the_same_tiles(cut, alice, run_job):
    other = projects.create_project(user=alice, name="Other", task="semantic", classes=[{"name": "Sky"}])
    twin = images.add_image(project=other, user=alice, name="twin.png", data=picture(1, 1100, 600))
    run_job(Job.objects.get(project=other))
    twin.refresh_from_db()
    assert twin.pyramid_key == cut.pyramid_key


def test_tiles_of_a_twin_that_were_lost_are_made_again(cut, alice, run_job):
    other = projects.create_project(user=alice, name="Other", task="semantic", classes=[{"name": "Sky"}])
    twin = images.add_image(project=other, user=alice, name="twin.png", data=picture(1, 1100, 600))
    storage.delete(cut.pyramid_key)
    assert run_job(Job.objects.get(project=other)).state == JobState.SUCCEEDED
    twin.refresh_from_db()
    assert pyramids.read_tile(twin, 0, 0, 0)


def test_tiles_that_a_twin_takes_are_young_again(cut, alice, run_job):
    other = projects.create_project(user=alice, name="Other", task="semantic", classes=[{"name": "Sky"}])
    images.add_image(project=other, user=alice, name="twin.png", data=picture(1, 1100, 600))
    old = (timezone.now() - timedelta(days=1)).timestamp()
    os.utime(default_storage.path(cut.pyramid_key), (old, old))
    run_job(Job.objects.get(project=other))
    assert not storage.is_older(cut.pyramid_key, timedelta(hours=1))


def test_an_image_that_comes_in_looks_for_no_job(project, alice):
    data = picture(1, 1100, 600)
    row = images.stored_image(project=project, user=alice, name="large.png", data=data)
    with CaptureQueriesContext(connection) as captured:
        images.enter_image(row)
    assert Job.objects.filter(kind="pyramid").count() == 1
    assert not [query["sql"] for query in captured if 'FROM "annotator_job"' in query["sql"]]


def test_a_job_whose_image_was_deleted_ends_well(large, run_job):
    job = Job.objects.get()
    Image.objects.all().delete()
    assert run_job(job).state == JobState.SUCCEEDED


def test_garbage_collection_spares_the_tiles_of_an_image(cut):
    maintenance.collect_garbage(grace=timedelta(seconds=-1))
    assert storage.exists(cut.pyramid_key)
    key = cut.pyramid_key
    cut.delete()
    maintenance.collect_garbage(grace=timedelta(seconds=-1))
    assert not storage.exists(key)


# Parts of an image


@pytest.mark.parametrize("box", [Box(0, 0, 1100, 600), Box(500, 500, 530, 520), Box(1099, 599, 1100, 600)])
def test_a_part_is_the_same_from_the_tiles_as_from_the_file(cut, box):
    from_tiles = read_crop(cut, box, max_pixels=10**9).astype(int)
    whole = read_rgb(storage.get(cut.file_key))
    expected = whole[box.y0 : box.y1, box.x0 : box.x1]
    assert from_tiles.shape == expected.shape
    assert np.abs(from_tiles - expected).mean() < 12


def test_a_large_part_is_read_scaled_down(cut):
    small = read_crop(cut, Box(0, 0, 1100, 600), max_pixels=10_000)
    assert small.shape == (74, 135, 3)
    assert abs(int(small.mean()) - 127) < 8


def test_a_large_image_that_is_not_cut_yet_is_not_decoded_by_the_web_process(large):
    with pytest.raises(Conflict, match="still being prepared"):
        read_crop(large, Box(0, 0, 10, 10), max_pixels=100)
    assert read_crop(large, Box(0, 0, 10, 10), max_pixels=100, may_decode_large=True).shape == (10, 10, 3)
