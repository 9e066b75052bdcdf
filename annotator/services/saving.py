"""Saves: what a client sends becomes the new head of an image, whole, once, or not at all.

What becomes the head is prepared before the image is locked (tiles packed and compared, pixels counted, the file
written and synced), so that the lock, on SQLite that of the whole database, is held for a few rows only. It holds for
the revision, the classes and the other labels (a prediction, an older revision) that it was made from; where one of
them has changed by then, a save is stale, and the rest is prepared again under the lock. What was prepared in vain is
left to garbage collection. Importing, which happens once for an image, does all of that under the lock.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from annotator import workflow
from annotator.labelmap import (
    LARGEST_ID,
    Grid,
    LabelArray,
    LabelMapError,
    LabelTiff,
    PackedTile,
    SegmentRow,
    changed_tiles,
    count_changes,
    count_pixels,
    parse_tile_records,
    unpack_tiles,
)
from annotator.models import Image, LabelClass, Revision, SavedRequest, User
from annotator.phrase import Phrase
from annotator.services import queue
from annotator.services.errors import Conflict, NotFound, ServiceError, StaleRevision
from annotator.services.labels import LabelLayer, head_layer, newest_prediction, revision_layer
from annotator.services.revisions import StoredLabels, add_revision, store_draft, store_labels, tiles_changed_since
from annotator.services.segments import SegmentRules, segment_table
from annotator.services.steps import change_state, lock_image
from annotator.workflow import Action


@dataclass(frozen=True)
class Basis:
    """What new labels are made from: the head, the rules for segments, and the other labels that are taken over."""

    head: LabelLayer
    rules: SegmentRules
    source: LabelLayer | None


@dataclass(frozen=True)
class Change:
    """A way to new labels. `prepare` stores them, and says which tiles differ from the head (None: all)."""

    kind: Revision.Kind
    prepare: Callable[[Basis], tuple[StoredLabels, Sequence[int] | None]]
    base_revision: int | None = None
    action: Action | None = None
    source: Callable[[Image], LabelLayer | None] = lambda image: None
    idempotency_key: str | None = None

    def action_on(self, image: Image) -> Action:
        return self.action or workflow.edit_action(image.state)

    def still_fits(self, basis: Basis, image: Image) -> bool:
        """Whether a locked image is as it was when `basis` was read."""
        if (basis.head.revision, basis.rules) != (image.head, SegmentRules.of(image)):
            return False
        return basis.source == self.source(image)


def save_label_map(
    *, image: Image, user: User, array: LabelArray, segments: Sequence[Mapping[str, Any]], base_revision: int
) -> int:
    """Replace an image's labels by `array` (height, width) and return the new revision number.

    Raises StaleRevision when the head is not `base_revision`, Claimed when somebody else works on the image,
    WorkflowError where its state allows no edit, ServiceError for a wrong size or table.
    """
    if array.shape != (image.height, image.width):
        raise ServiceError(
            _("The label map is {map_width}x{map_height}, {name} is {width}x{height}.").format(
                map_width=array.shape[1],
                map_height=array.shape[0],
                name=image.name,
                width=image.width,
                height=image.height,
            )
        )

    def prepare(basis: Basis) -> tuple[StoredLabels, Sequence[int]]:
        before, after = basis.head.tiff(), LabelTiff.from_array(array, [])
        tiles = list(changed_tiles(before, after))
        edited = count_changes((before.tile(index), after.tile(index)) for index in tiles)
        after.segments = segment_table(basis.rules, segments, basis.head.segments, count_pixels([array]), edited)
        return store_draft(after, image, basis.head.revision + 1), tiles

    return _carry_out(image, user, Change(Revision.Kind.DRAFT, prepare, base_revision))


def save_label_tiles(
    *,
    image: Image,
    user: User,
    tiles: Mapping[int, PackedTile],
    segments: Sequence[Mapping[str, Any]],
    base_revision: int,
    idempotency_key: str | None = None,
) -> int:
    """Replace the given tiles of an image's labels and return the new revision number.

    No tiles at all change the table of segments only. The same `idempotency_key` saves once, however often it
    comes. Raises as `save_label_map` does.
    """

    def prepare(basis: Basis) -> tuple[StoredLabels, Sequence[int]]:
        before = basis.head.tiff()
        with _damage_refused():
            kept, edited = unpack_tiles(tiles, before)
        pixels = {segment["id"]: segment["pixels"] for segment in basis.head.segments}
        for segment_id, won in edited.items():
            pixels[segment_id] = pixels.get(segment_id, 0) + won
        pixels = {segment_id: count for segment_id, count in pixels.items() if count}
        table = segment_table(basis.rules, segments, basis.head.segments, pixels, edited)
        return store_draft(before.with_tiles(kept, table), image, basis.head.revision + 1), list(tiles)

    change = Change(Revision.Kind.DRAFT, prepare, base_revision, idempotency_key=idempotency_key)
    return _carry_out(image, user, change)


def _carry_out(image: Image, user: User, change: Change) -> int:
    """Prepare a change, lock the image, and make it the head. Returns its number."""
    done = _answer_to(image, change.idempotency_key)
    if done is not None:
        return done
    ready = _prepared(image, user, change)
    with transaction.atomic():
        locked = lock_image(image)
        done = _answer_to(image, change.idempotency_key)  # a repeat that came early waited for the first to be finished
        if done is not None:
            return done
        _check_edit(locked, user, change)
        number = _enter(locked, user, change, ready)
        if change.idempotency_key:
            SavedRequest.objects.create(image=locked, key=change.idempotency_key, revision=number)
    # Without the lock: who holds two images and waits for the second may wait for somebody who waits for the first.
    queue.renew_ahead(open_image=image, user=user)
    return number


def _answer_to(image: Image, idempotency_key: str | None) -> int | None:
    """The revision that a request with this key has already made."""
    if not idempotency_key:
        return None
    return SavedRequest.objects.filter(image=image, key=idempotency_key).values_list("revision", flat=True).first()


@dataclass(frozen=True)
class Prepared:
    """New labels whose file is stored, and what they were made from."""

    basis: Basis
    labels: StoredLabels
    tiles: Sequence[int] | None


def _prepared(image: Image, user: User, change: Change) -> Prepared | None:
    """The labels, made without a lock; None where they will be refused, as the check under the lock then says."""
    if not _may(image, user, change):
        return None
    try:
        return _prepare(image, change)
    except (FileNotFoundError, NotFound):
        return None  # a draft that was folded, and went, while it was being read


def _prepare(image: Image, change: Change) -> Prepared:
    basis = Basis(head_layer(image), SegmentRules.of(image), change.source(image))
    return Prepared(basis, *change.prepare(basis))


def _may(image: Image, user: User, change: Change) -> bool:
    """Whether the change is allowed as the image was read, which is not the last word."""
    try:
        workflow.step(image.state, change.action_on(image), image.project.role)
    except workflow.WorkflowError:
        return False
    return change.base_revision in (None, image.head) and not queue.is_claimed_by_other(image, user)


def _check_edit(image: Image, user: User, change: Change) -> None:
    """Take the claim on a locked image for an edit. Raises WorkflowError, Claimed, StaleRevision."""
    workflow.step(image.state, change.action_on(image), image.project.role)
    queue.hold_claim(image, user)
    base = change.base_revision
    if base is not None and base != image.head:
        raise StaleRevision(revision=image.head, changed_tiles=tiles_changed_since(image, base))


def _enter(image: Image, user: User, change: Change, ready: Prepared | None) -> int:
    """Make what is ready the head of a locked image; it is prepared again where it no longer fits."""
    if ready is None or not change.still_fits(ready.basis, image):
        ready = _prepare(image, change)
    action = change.action_on(image)
    if action in (Action.EDIT, Action.ACCEPT_PREDICTION):
        image.annotator = user
    number = add_revision(image=image, author=user, kind=change.kind, labels=ready.labels, tiles=ready.tiles)
    change_state(image, action, user)
    return number


def restore_revision(*, image: Image, user: User, number: int) -> int:
    """Make the labels of revision `number` the new head and return its number; nothing is removed."""

    def prepare(basis: Basis) -> tuple[StoredLabels, Sequence[int] | None]:
        assert basis.source is not None
        labels = basis.source.tiff()
        labels.segments = basis.source.segments
        return store_labels(labels), _tiles_changed(basis.head, labels)

    change = Change(Revision.Kind.RESTORE, prepare, source=lambda row: revision_layer(row, number))
    return _carry_out(image, user, change)


def accept_prediction(
    *, image: Image, user: User, base_revision: int | None = None, model_id: int | None = None
) -> int:
    """Make the newest prediction the head of the image and return the new revision number.

    Raises StaleRevision when `base_revision` is given and is not the head any more, Conflict when `model_id` is given
    and the newest prediction is another model's: nobody has seen it.
    """

    def prepare(basis: Basis) -> tuple[StoredLabels, Sequence[int] | None]:
        assert basis.source is not None
        labels = _fitted_to_classes(basis.source, basis.rules)
        return store_labels(labels), _tiles_changed(basis.head, labels)

    change = Change(
        Revision.Kind.PREDICTION,
        prepare,
        base_revision,
        action=Action.ACCEPT_PREDICTION,
        source=lambda row: _layer_to_accept(row, model_id),
    )
    return _carry_out(image, user, change)


def _layer_to_accept(image: Image, model_id: int | None) -> LabelLayer:
    prediction = newest_prediction(image)
    if prediction is None:
        raise Conflict(_("{name} has no prediction to accept.").format(name=image.name))
    if model_id not in (None, prediction.model_id):
        raise Conflict(
            _("{name} has a newer prediction by now. Nothing was changed; load the page to see it.").format(
                name=image.name
            )
        )
    return LabelLayer(image, image.head, prediction.segments, prediction.label_key)


def _tiles_changed(head: LabelLayer, labels: LabelTiff) -> list[int]:
    """Indices of the tiles of `labels` that differ from the head."""
    if head.label_key is None:
        return labels.drawn_tiles()
    return list(changed_tiles(head.tiff(), labels))


def _fitted_to_classes(prediction: LabelLayer, rules: SegmentRules) -> LabelTiff:
    """A prediction as the project's classes are now, which may have changed since its model was trained.

    Segments of removed classes become unlabelled; those of a class that has become stuff become one.
    """
    labels = prediction.tiff()
    labels.segments = prediction.segments
    kinds = {pk: kind for pk, (_name, kind) in rules.classes.items()}
    id_of = np.arange(LARGEST_ID + 1, dtype=np.uint16)
    rows: dict[Any, SegmentRow] = {}
    for row in prediction.segments:
        key = row["class"] if kinds.get(row["class"]) == LabelClass.Kind.STUFF else (row["class"], row["id"])
        kept = rows.setdefault(key, dict(row)) if row["class"] in kinds else None
        id_of[row["id"]] = kept["id"] if kept else 0
    if len(rows) == len(prediction.segments):
        return labels
    array = id_of[labels.array()]
    pixels = count_pixels([array])
    return LabelTiff.from_array(array, [{**row, "pixels": pixels[row["id"]]} for row in rows.values()])


def import_labels(
    *, image: Image, user: User, array: LabelArray, segments: Sequence[Mapping[str, Any]], accept: bool
) -> int:
    """Give a new image the labels that came with it; `accept` takes them as finished, else they wait for review."""
    with transaction.atomic():
        image = lock_image(image)
        labels = LabelTiff.from_array(array, [])
        labels.segments = segment_table(SegmentRules.of(image), segments, [], count_pixels([array]), {})
        number = add_revision(image=image, author=user, kind=Revision.Kind.IMPORT, labels=store_labels(labels))
        image.annotator = user
        for action in (Action.IMPORT,) if accept else (Action.EDIT, Action.SUBMIT):
            change_state(image, action, user)
        return number


def parse_tiles(image: Image, data: bytes) -> dict[int, PackedTile]:
    """Tile records of a save; ServiceError says what is wrong with them. What the tiles hold is checked by the save."""
    with _damage_refused():
        return parse_tile_records(data, Grid(image.width, image.height))


@contextmanager
def _damage_refused() -> Iterator[None]:
    try:
        yield
    except LabelMapError as error:
        raise ServiceError(Phrase("The labels were not saved: {reason}.", reason=error)) from error
