"""Files that no row points at any more: folded drafts, replaced predictions, deleted projects."""

from datetime import timedelta

from django.core.files.storage import default_storage
from django.utils import timezone

from annotator import storage
from annotator.models import Export, Image, Import, Job, ModelVersion, Prediction, Revision, SavedRequest

# A file is written before its row: younger ones may still get one.
GRACE = timedelta(hours=6)
KEEP_REQUEST_KEYS = timedelta(days=7)
KEEP_CHUNKS = timedelta(days=7)

REFERENCES = {
    "images": [(Image, "file_key")],
    "renditions": [(Image, "rendition_key")],
    "thumbnails": [(Image, "thumbnail_key")],
    "labels": [(Revision, "label_key"), (Prediction, "label_key")],
    "uncertainty": [(Prediction, "uncertainty_key")],
    "models": [(ModelVersion, "checkpoint_key")],
    "exports": [(Export, "file_key")],
    "uploads": [(Import, "archive_key")],
}


def collect_garbage(*, grace: timedelta = GRACE) -> int:
    """Delete files that no row points at and that are older than `grace`; returns how many."""
    deleted = 0
    for kind, columns in REFERENCES.items():
        kept: set[str] = set()
        for model, column in columns:
            kept.update(model._default_manager.values_list(column, flat=True).iterator())
        for key in list(storage.list_keys(kind)):
            if key not in kept and timezone.now() - default_storage.get_modified_time(key) > grace:
                storage.delete(key)
                deleted += 1
    now = timezone.now()
    SavedRequest.objects.filter(created__lt=now - KEEP_REQUEST_KEYS).delete()
    Job.objects.filter(parent__isnull=False, finished__lt=now - KEEP_CHUNKS).delete()
    return deleted
