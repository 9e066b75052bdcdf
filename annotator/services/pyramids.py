"""Tile pyramids of large images: made by a worker once, served a tile at a time."""

import tempfile
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator import pyramid, storage
from annotator.imagefile import read_upright
from annotator.models import Image, Job, JobState, User
from annotator.pyramid import TileIndex
from annotator.services import jobs
from annotator.services.errors import NotFound
from annotator.services.jobs import JobHandle

KIND = "pyramids"
JOB_KIND = "pyramid"
# An image that could not be prepared is not tried again each time that somebody opens it.
RETRY_AFTER = timedelta(minutes=10)
INDICES_KEPT = 64


def needs_pyramid(image: Image) -> bool:
    """Whether an image is too large to be sent and decoded in one piece."""
    return image.width * image.height > settings.PYRAMID_PIXELS


def open_job(image: Image) -> Job | None:
    """The job that is making the image's pyramid now."""
    return _jobs_of(image).filter(state__in=jobs.OPEN).first()


def ensure_pyramid(*, image: Image, user: User | None) -> Job | None:
    """The job that makes the pyramid of a large image that has none, started where none runs.

    None where there is nothing to do, or where it failed a short while ago.
    """
    if image.pyramid_key or not needs_pyramid(image):
        return None
    newest = _jobs_of(image).first()
    if newest is not None:
        if newest.state in jobs.OPEN:
            return newest
        failed = newest.state == JobState.FAILED and newest.finished is not None
        if failed and newest.finished > timezone.now() - RETRY_AFTER:
            return None
    return jobs.create_job(kind=JOB_KIND, queue="io", project=image.project, user=user, arguments={"image": image.pk})


def _jobs_of(image: Image):
    return Job.objects.filter(kind=JOB_KIND, project=image.project_id, arguments={"image": image.pk})


def run_pyramid(handle: JobHandle) -> dict[str, Any]:
    """The job: decode the image once, write all levels into one file, then point the row at it."""
    image = Image.objects.filter(pk=handle.arguments["image"]).first()
    if image is None:
        return {"image": None}  # deleted meanwhile
    if not image.pyramid_key:
        key = _made_before(image) or _make(image, handle)
        Image.objects.filter(pk=image.pk).update(pyramid_key=key)
    handle.report(1.0, f"{image.name} is ready", now=True)
    return {"image": image.pk}


def _made_before(image: Image) -> str | None:
    """The pyramid of the same file in another project."""
    twins = Image.objects.filter(content_hash=image.content_hash).exclude(pyramid_key="")
    return twins.values_list("pyramid_key", flat=True).first()


def _make(image: Image, handle: JobHandle) -> str:
    handle.report(0.0, f"reading {image.name}", now=True)
    with storage.local_path(image.file_key) as file:
        picture = read_upright(file, name=image.name)
    with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
        path = Path(folder) / "pyramid.zip"
        pyramid.write_pyramid(picture, path, lambda share: handle.report(share, f"cutting {image.name} into tiles"))
        return storage.put_file(KIND, path, ".zip")


def read_tile(image: Image, level: int, column: int, row: int) -> bytes:
    """A tile as a JPEG. Raises NotFound where the pyramid is not made yet or has no such tile."""
    if not image.pyramid_key:
        raise NotFound(_("{name} has no pyramid of tiles (yet).").format(name=image.name))
    place = _index_of(image.pyramid_key).get(pyramid.tile_name(level, column, row))
    if place is None:
        raise NotFound(
            _("The pyramid of {name} has no tile {column}, {row} at level {level}.").format(
                name=image.name, column=column, row=row, level=level
            )
        )
    return storage.get_range(image.pyramid_key, *place)


@lru_cache(maxsize=INDICES_KEPT)
def _index_of(key: str) -> TileIndex:
    with storage.open_file(key) as file:
        return pyramid.read_index(file)
