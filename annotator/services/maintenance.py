"""Files that no row points at any more: folded drafts that stayed, replaced predictions, deleted projects."""

import shutil
from datetime import timedelta

from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from annotator import storage
from annotator.models import (
    Export,
    Image,
    Import,
    Job,
    JobState,
    ModelVersion,
    Prediction,
    Revision,
    SavedRequest,
    TrainingRun,
)
from annotator.services import clicks, jobs, pyramids, superpixels

# A file is written before its row: younger ones may still get one.
GRACE = timedelta(hours=1)
KEEP_REQUEST_KEYS = timedelta(days=7)
KEEP_CHUNKS = timedelta(days=7)
# Every image has some; they would bury the other jobs of a project.
SMALL_JOBS = (pyramids.JOB_KIND, superpixels.JOB_KIND, clicks.KIND)
KEEP_SMALL_JOBS = timedelta(hours=1)

REFERENCES: dict[str, list[tuple[type[Model], str]]] = {
    "images": [(Image, "file_key")],
    "renditions": [(Image, "rendition_key")],
    "thumbnails": [(Image, "thumbnail_key")],
    "pyramids": [(Image, "pyramid_key")],
    "labels": [(Revision, "label_key"), (Prediction, "label_key")],
    "uncertainty": [(Prediction, "uncertainty_key")],
    "models": [(ModelVersion, "checkpoint_key")],
    "exports": [(Export, "file_key")],
    "uploads": [(Import, "archive_key")],
}
# Files that are touched when they are used, and made again in seconds when somebody wants them.
KEEP_UNUSED = {
    clicks.EMBEDDINGS: timedelta(days=14),
    clicks.PART_EMBEDDINGS: timedelta(days=1),  # one for each place that somebody looked at closely
    clicks.DECODERS: timedelta(days=14),
    superpixels.KIND: timedelta(days=14),
}


def collect_garbage(*, grace: timedelta = GRACE) -> int:
    """Delete files that no row points at and that are older than `grace`, and what nobody used for KEEP_UNUSED.

    Returns how many files went.
    """
    deleted = 0
    for kind, columns in REFERENCES.items():
        kept: set[str] = set()
        for model, column in columns:
            kept.update(model._default_manager.values_list(column, flat=True).iterator())
        deleted += storage.delete_older((key for key in storage.list_keys(kind) if key not in kept), grace)
    deleted += clicks.remove_orphans(grace=grace)
    deleted += sum(storage.delete_older(storage.list_keys(kind), unused) for kind, unused in KEEP_UNUSED.items())
    _remove_work_folders(grace)
    now = timezone.now()
    SavedRequest.objects.filter(created__lt=now - KEEP_REQUEST_KEYS).delete()
    Job.objects.filter(parent__isnull=False, finished__lt=now - KEEP_CHUNKS).delete()
    small = Job.objects.filter(kind__in=SMALL_JOBS, state=JobState.SUCCEEDED)
    small.filter(finished__lt=now - KEEP_SMALL_JOBS).delete()
    return deleted


def _remove_work_folders(grace: timedelta) -> None:
    """Checkpoints of runs that were cancelled or failed; a run that ends well removes its own."""
    open_runs = TrainingRun.objects.filter(job__state__in=jobs.OPEN).values_list("pk", flat=True)
    kept = {f"run-{pk}" for pk in open_runs}
    oldest_kept = (timezone.now() - grace).timestamp()
    for folder in (settings.DATA / "work").glob("run-*"):
        if folder.name not in kept and folder.stat().st_mtime < oldest_kept:
            shutil.rmtree(folder, ignore_errors=True)
