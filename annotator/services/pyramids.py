"""Tile pyramids of large images: made by a worker once, served a tile at a time."""

import tempfile
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from annotator import pyramid, storage
from annotator.imagefile import read_upright
from annotator.models import Image, Job, User
from annotator.phrase import Phrase
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


def open_jobs(images: Iterable[Image]) -> dict[int, int]:
    """Of the images whose pyramid is being made now: the ids of the jobs, by the image."""
    without = [image.pk for image in images if not image.pyramid_key and needs_pyramid(image)]
    if not without:
        return {}
    rows = Job.objects.filter(kind=JOB_KIND, state__in=jobs.OPEN, arguments__image__in=without)
    return {arguments["image"]: pk for pk, arguments in rows.values_list("pk", "arguments")}


def ensure_pyramid(*, image: Image, user: User | None) -> Job | None:
    """The job that makes the pyramid of a large image that has none, started where none runs.

    None where there is nothing to do, or where it failed a short while ago.
    """
    if image.pyramid_key or not needs_pyramid(image):
        return None
    try:
        return jobs.open_or_start(
            kind=JOB_KIND, queue="io", image=image, user=user, arguments={"image": image.pk}, retry_after=RETRY_AFTER
        )
    except jobs.FailedLately:
        return None


def start_pyramid(*, image: Image, user: User | None) -> Job | None:
    """The job for an image that was just entered and has none yet; None for an image that is not large."""
    if not needs_pyramid(image):
        return None
    return jobs.create_job(kind=JOB_KIND, queue="io", project=image.project, user=user, arguments={"image": image.pk})


def run_pyramid(handle: JobHandle) -> dict[str, Any]:
    """The job: decode the image once, write all levels into one file, then point the row at it."""
    image = Image.objects.filter(pk=handle.arguments["image"]).first()
    if image is None:
        return {"image": None}  # deleted meanwhile
    if not image.pyramid_key:
        key = _made_before(image) or _make(image, handle)
        Image.objects.filter(pk=image.pk).update(pyramid_key=key)
    handle.report(1.0, Phrase("{name} is ready", name=image.name), now=True)
    return {"image": image.pk}


def _made_before(image: Image) -> str | None:
    """The pyramid of the same file in another project, made young, since nothing of this image points at it yet."""
    twins = Image.objects.filter(content_hash=image.content_hash).exclude(pyramid_key="")
    keys = twins.values_list("pyramid_key", flat=True).distinct()
    return next((key for key in keys if storage.touch(key) or storage.exists(key)), None)


def _make(image: Image, handle: JobHandle) -> str:
    handle.report(0.0, Phrase("reading {name}", name=image.name), now=True)
    with storage.local_path(image.file_key) as file:
        picture = read_upright(file, name=image.name)
    cutting = Phrase("cutting {name} into tiles", name=image.name)
    with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
        path = Path(folder) / "pyramid.zip"
        pyramid.write_pyramid(picture, path, lambda share: handle.report(share, cutting))
        return storage.put_file(KIND, path, ".zip")


def read_tile(image: Image, level: int, column: int, row: int) -> bytes:
    """A tile as a JPEG. Raises NotFound where the pyramid is not made yet or has no such tile.

    A pyramid whose file was lost is made again.
    """
    if not image.pyramid_key:
        raise NotFound(Phrase("{name} has no pyramid of tiles (yet).", name=image.name))
    try:
        return _stored_tile(image, level, column, row)
    except FileNotFoundError as error:
        Image.objects.filter(pyramid_key=image.pyramid_key).update(pyramid_key="")
        image.pyramid_key = ""
        ensure_pyramid(image=image, user=None)
        raise NotFound(
            Phrase(
                "The tiles of {name} were lost and are made again. Open the image again in a moment.", name=image.name
            )
        ) from error


def _stored_tile(image: Image, level: int, column: int, row: int) -> bytes:
    place = _index_of(image.pyramid_key).get(pyramid.tile_name(level, column, row))
    if place is None:
        raise NotFound(
            Phrase(
                "The pyramid of {name} has no tile {column}, {row} at level {level}.",
                name=image.name,
                column=column,
                row=row,
                level=level,
            )
        )
    return storage.get_range(image.pyramid_key, *place)


@lru_cache(maxsize=INDICES_KEPT)
def _index_of(key: str) -> TileIndex:
    with storage.open_file(key) as file:
        return pyramid.read_index(file)
