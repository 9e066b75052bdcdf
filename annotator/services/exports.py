"""Datasets that go out: a snapshot written as a zip in one of the formats."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotator import storage
from annotator.formats import WRITERS
from annotator.formats.sample import ClassInfo, Sample, SampleSegment
from annotator.labelmap import LabelTiff
from annotator.models import Export, Project, Snapshot, SnapshotItem, User
from annotator.phrase import Phrase, counted
from annotator.services import jobs, snapshots
from annotator.services.errors import ServiceError
from annotator.services.jobs import JobHandle
from annotator.workflow import State


def create_export(
    *,
    project: Project,
    user: User,
    format: str,
    state: str = State.ACCEPTED,
    snapshot: Snapshot | None = None,
    name: str = "",
) -> Export:
    """Freeze a snapshot (or take a given one) and queue its export. Raises ServiceError where there is nothing."""
    check_format(format)
    if snapshot is None and state not in set(State):
        raise ServiceError(
            _("The state {state} is not one of {known}.").format(state=repr(state), known=", ".join(State))
        )
    with transaction.atomic():
        if snapshot is None:
            snapshot = snapshots.create_snapshot(project=project, user=user, name=name or "Export", states=(state,))
        job = jobs.create_job(kind="export", queue="io", project=project, user=user, arguments={})
        return Export.objects.create(
            project=project,
            job=job,
            snapshot=snapshot,
            format=format,
            images=snapshot.items.count(),
            created_by=user,
        )


def check_format(format: str) -> None:
    if format not in WRITERS:
        raise ServiceError(
            _("The format {format} is not one of {known}.").format(format=repr(format), known=", ".join(WRITERS))
        )


def run_export(handle: JobHandle) -> dict[str, Any]:
    """The job: write the zip beside the database's files and point the export at it."""
    export = Export.objects.select_related("snapshot__project").get(job=handle.job)
    with tempfile.TemporaryDirectory(prefix="maskloop-") as folder:
        path = Path(folder) / "export.zip"
        write_snapshot(
            snapshot=export.snapshot,
            format=export.format,
            path=path,
            progress=lambda done, total: handle.report(
                0.95 * done / max(1, total), Phrase("{done:,} of {total:,} images", done=done, total=total)
            ),
        )
        key = storage.put_file("exports", path, ".zip")
        export.file_key, export.size_bytes = key, path.stat().st_size
    export.save(update_fields=["file_key", "size_bytes"])
    handle.report(1.0, counted("{count:,} image", "{count:,} images", export.images), now=True)
    return {"export": export.pk, "images": export.images, "size_bytes": export.size_bytes}


def write_snapshot(
    *,
    snapshot: Snapshot,
    format: str,
    path: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write a snapshot as a zip at `path`, one image in memory at a time."""
    check_format(format)
    classes = [ClassInfo(row["name"], row["color"], row["kind"], row["ignore"]) for row in snapshot.classes]
    # Images are compressed already: storing them is faster, and the members that gain deflate by themselves.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        WRITERS[format].write(_samples(snapshot, progress), classes, archive)


def _samples(snapshot: Snapshot, progress: Callable[[int, int], None]) -> Iterator[Sample]:
    name_of_class = {row["id"]: row["name"] for row in snapshot.classes}
    items = snapshot.items.select_related("image", "revision").order_by("image__name", "image_id")
    total = items.count()
    for done, item in enumerate(items.iterator(chunk_size=200)):
        progress(done, total)
        yield _sample(item, name_of_class)


def _sample(item: SnapshotItem, name_of_class: dict[int, str]) -> Sample:
    image = item.image
    segments = tuple(
        SampleSegment(
            id=row["id"],
            class_name=name_of_class[row["class"]],
            source=row["source"],
            score=row["score"],
            crowd=bool(row.get("crowd")),
        )
        for row in item.revision.segments
    )
    return Sample(
        name=image.name,
        split=item.split,  # type: ignore[arg-type]
        image=storage.get(image.file_key),
        width=image.width,
        height=image.height,
        label_map=LabelTiff.from_bytes(storage.get(item.revision.label_key)).array(),
        segments=segments,
    )
