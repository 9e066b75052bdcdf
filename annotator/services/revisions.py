"""Revisions of an image's labels: storing one, folding drafts, what changed since.

The file of a draft is its own: image and number are part of its key, so no other row can come to point at it, whatever
it holds. When the draft is folded, the file can go without a look at the other rows, and it goes soon: a person who
draws saves every few seconds, on a large image half a megabyte each time.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from annotator import storage
from annotator.labelmap import Grid, LabelTiff, SegmentRow
from annotator.models import Image, Revision, User

SITTING = timedelta(minutes=30)
KIND = "labels"
# Whoever has just read the row still finds the file. And after a power cut SQLite may come back without what it took in
# since the system last wrote files back (half a minute): the draft that is the head then has its file still.
FOLDED_STAY_S = 120.0


@dataclass(frozen=True)
class StoredLabels:
    """A label map whose file lies in the store; the rows of `segments` hold their pixels."""

    grid: Grid
    segments: list[SegmentRow]
    label_key: str


def store_labels(labels: LabelTiff) -> StoredLabels:
    """Write the file of a label map, whose table must hold `pixels`; a revision may then point at it."""
    return _store(labels, ".tif")


def store_draft(labels: LabelTiff, image: Image, number: int) -> StoredLabels:
    """The same for what can become revision `number` of an image, a draft, and nothing else."""
    return _store(labels, _draft_ending(image, number))


def _draft_ending(image: Image, number: int) -> str:
    return f"-{image.pk}-{number}.tif"


def content_key(label_key: str) -> str:
    """A key that is the same for all files of the same content, those of drafts included."""
    return storage.key_of(KIND, storage.digest_of(label_key), ".tif")


def _store(labels: LabelTiff, ending: str) -> StoredLabels:
    table = labels.segments
    without_pixels = [{key: value for key, value in row.items() if key != "pixels"} for row in table]
    data = LabelTiff(labels.grid, labels.tiles, without_pixels).to_bytes()
    return StoredLabels(labels.grid, table, storage.put(KIND, data, ending))


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
        folded_key = head.label_key
        if folded_key.endswith(_draft_ending(image, head.number)) and folded_key != labels.label_key:
            transaction.on_commit(lambda: folded_files.add(image.pk, folded_key), robust=True)
    else:
        Revision.objects.create(image=image, kind=kind, author=author, **content)
    image.head = number
    return number


class FoldedFiles:
    """Files of folded drafts on their way out.

    A process keeps its own in memory: what it has no more chance to delete, garbage collection finds.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, int, str]] = deque()
        self._lock = threading.Lock()

    def add(self, image_id: int, key: str) -> None:
        """Let the file go in a while, and delete those whose time has come."""
        now = time.monotonic()
        with self._lock:
            self._waiting.append((now, image_id, key))
            due = []
            while self._waiting and self._waiting[0][0] <= now - FOLDED_STAY_S:
                due.append(self._waiting.popleft()[1:])
        for owner, old in due:
            # A database that was put back to an earlier state under this process may point at it again.
            if not Revision.objects.filter(image_id=owner, label_key=old).exists():
                storage.delete(old)


folded_files = FoldedFiles()


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
