"""Revisions of an image's labels: storing one, folding drafts, what changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from annotator import storage
from annotator.labelmap import Grid, LabelTiff, SegmentRow
from annotator.models import Image, Revision, User

SITTING = timedelta(minutes=30)
KIND = "labels"


@dataclass(frozen=True)
class StoredLabels:
    """A label map whose file lies in the store; the rows of `segments` hold their pixels."""

    grid: Grid
    segments: list[SegmentRow]
    label_key: str


def store_labels(labels: LabelTiff) -> StoredLabels:
    """Write the file of a label map, whose table must hold `pixels`; a revision may then point at it."""
    table = labels.segments
    without_pixels = [{key: value for key, value in row.items() if key != "pixels"} for row in table]
    data = LabelTiff(labels.grid, labels.tiles, without_pixels).to_bytes()
    return StoredLabels(labels.grid, table, storage.put(KIND, data, ".tif"))


def add_revision(
    *,
    image: Image,
    author: User | None,
    kind: Revision.Kind,
    labels: StoredLabels,
    tiles: Sequence[int] | None = None,
) -> int:
    """Make `labels` the new head of a locked image (which the caller saves) and return its number.

    `tiles` are the indices that differ from the old head (None: all). A draft that follows a draft of the same
    author within a sitting takes its place; every other kind is kept for ever.
    """
    head = image.revisions.defer("segments").filter(number=image.head).first()
    number = image.head + 1
    marks = np.zeros(labels.grid.count, "<u4") if head is None else _tile_revisions(head).copy()
    marks[slice(None) if tiles is None else np.asarray(tiles, np.int64)] = number
    content: dict[str, Any] = {
        "number": number,
        "label_key": labels.label_key,
        "segments": labels.segments,
        "tile_revisions": marks.tobytes(),
        "saved": timezone.now(),
    }
    if head is not None and kind == Revision.Kind.DRAFT and _folds(head, author):
        image.revisions.filter(pk=head.pk).update(**content)
    else:
        Revision.objects.create(image=image, kind=kind, author=author, **content)
    image.head = number
    return number


def _folds(head: Revision, author: User | None) -> bool:
    """Whether a draft of `author` takes the place of `head`."""
    is_own_draft = head.kind == Revision.Kind.DRAFT and head.author_id == (author and author.pk)
    return is_own_draft and timezone.now() - head.saved < SITTING


def freeze_draft(image: Image, kind: Revision.Kind) -> None:
    """Make a draft at the head of a locked image an immutable revision of `kind`."""
    image.revisions.filter(number=image.head, kind=Revision.Kind.DRAFT).update(kind=kind, saved=timezone.now())


def tiles_changed_since(image: Image, revision: int) -> list[int]:
    """Indices of the tiles that changed after `revision`."""
    head = image.revisions.defer("segments").filter(number=image.head).first()
    return [] if head is None else np.flatnonzero(_tile_revisions(head) > revision).tolist()


def _tile_revisions(row: Revision) -> NDArray[np.uint32]:
    return np.frombuffer(bytes(row.tile_revisions), "<u4")
