"""Saves: what a client sends becomes the new head of an image, whole, once, or not at all.

What an editor saves is prepared before the image is locked (tiles packed, pixels counted, the file written and
synced), so that the lock, on SQLite that of the whole database, is held for a few rows only. It holds for the revision
that it started from; where the head has moved on, the save is stale and what was prepared is left to garbage
collection. Restoring a revision, accepting a prediction and importing, which happen once for an image and not every
few seconds, do all of that under the lock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from annotator import storage, workflow
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
)
from annotator.models import Image, LabelClass, Prediction, Project, Revision, SavedRequest, User
from annotator.services import queue
from annotator.services.errors import Conflict, ServiceError, StaleRevision
from annotator.services.labels import LabelLayer, head_layer, newest_prediction, revision_layer
from annotator.services.revisions import StoredLabels, add_revision, store_labels, tiles_changed_since
from annotator.services.segments import SegmentRules, segment_table
from annotator.services.steps import change_state, lock_image, may_edit
from annotator.wording import spoken
from annotator.workflow import Action


@dataclass(frozen=True)
class Edit:
    """New labels, made from the head and for the classes of `rules`; `tiles` are the indices that differ."""

    labels: StoredLabels
    tiles: list[int]
    rules: SegmentRules


Prepare = Callable[[LabelLayer, SegmentRules], Edit]


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

    def prepare(head: LabelLayer, rules: SegmentRules) -> Edit:
        before, after = head.tiff(), LabelTiff.from_array(array, [])
        tiles = list(changed_tiles(before, after))
        edited = count_changes((before.tile(index), after.tile(index)) for index in tiles)
        after.segments = segment_table(rules, segments, head.segments, count_pixels([array]), edited)
        return Edit(store_labels(after), tiles, rules)

    return _save(image, user, base_revision, prepare)


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

    def prepare(head: LabelLayer, rules: SegmentRules) -> Edit:
        before = head.tiff()
        edited = count_changes((before.tile(index), tile.array) for index, tile in tiles.items())
        pixels = {segment["id"]: segment["pixels"] for segment in head.segments}
        for segment_id, won in edited.items():
            pixels[segment_id] = pixels.get(segment_id, 0) + won
        pixels = {segment_id: count for segment_id, count in pixels.items() if count}
        table = segment_table(rules, segments, head.segments, pixels, edited)
        return Edit(store_labels(before.with_tiles(tiles, table)), list(tiles), rules)

    return _save(image, user, base_revision, prepare, idempotency_key)


def _save(image: Image, user: User, base_revision: int, prepare: Prepare, idempotency_key: str | None = None) -> int:
    done = _answer_to(image, idempotency_key)
    if done is not None:
        return done
    ready = _prepared(image, user, base_revision, prepare)
    with transaction.atomic():
        locked = lock_image(image)
        done = _answer_to(image, idempotency_key)  # a repeat that came early waited here for the first to be finished
        if done is not None:
            return done
        _check_edit(locked, user, base_revision)
        rules = SegmentRules.of(locked)
        if ready is None or ready.rules != rules:
            ready = prepare(head_layer(locked), rules)
        number = _enter(locked, user, Revision.Kind.DRAFT, ready.labels, ready.tiles)
        if idempotency_key:
            SavedRequest.objects.create(image=locked, key=idempotency_key, revision=number)
    # Without the lock: who holds two images and waits for the second may wait for somebody who waits for the first.
    queue.renew_ahead(open_image=image, user=user)
    return number


def _answer_to(image: Image, idempotency_key: str | None) -> int | None:
    """The revision that a request with this key has already made."""
    if not idempotency_key:
        return None
    return SavedRequest.objects.filter(image=image, key=idempotency_key).values_list("revision", flat=True).first()


def _prepared(image: Image, user: User, base_revision: int, prepare: Prepare) -> Edit | None:
    """The edit, made without a lock; None where it will be refused, as the check under the lock then says."""
    if base_revision != image.head or not may_edit(image, user)[0]:
        return None
    revision = image.revisions.filter(number=base_revision).first()
    if revision is None and base_revision:
        return None
    layer = LabelLayer(image, base_revision, *((revision.segments, revision.label_key) if revision else ([], None)))
    try:
        return prepare(layer, SegmentRules.of(image))
    except FileNotFoundError:
        return None  # folded away, and collected, while this was being read


def _check_edit(image: Image, user: User, base_revision: int | None) -> None:
    """Take the claim on a locked image for an edit. Raises WorkflowError, Claimed, StaleRevision."""
    workflow.step(image.state, workflow.edit_action(image.state), image.project.role)
    queue.hold_claim(image, user)
    _refuse_stale(image, base_revision)


def _refuse_stale(image: Image, base_revision: int | None) -> None:
    if base_revision is not None and base_revision != image.head:
        raise StaleRevision(revision=image.head, changed_tiles=tiles_changed_since(image, base_revision))


def _enter(image: Image, user: User, kind: Revision.Kind, labels: StoredLabels, tiles: Sequence[int]) -> int:
    action = workflow.edit_action(image.state)
    if action is Action.EDIT:
        image.annotator = user
    number = add_revision(image=image, author=user, kind=kind, labels=labels, tiles=tiles)
    change_state(image, action, user)
    return number


def restore_revision(*, image: Image, user: User, number: int) -> int:
    """Make the labels of revision `number` the new head and return its number; nothing is removed."""
    with transaction.atomic():
        wanted = revision_layer(image, number)
        image = lock_image(image)
        _check_edit(image, user, None)
        labels = wanted.tiff()
        labels.segments = wanted.segments
        tiles = list(changed_tiles(head_layer(image).tiff(), labels))
        return _enter(image, user, Revision.Kind.RESTORE, store_labels(labels), tiles)


def accept_prediction(
    *, image: Image, user: User, base_revision: int | None = None, model_id: int | None = None
) -> int:
    """Make the newest prediction the head of the image and return the new revision number.

    Raises StaleRevision when `base_revision` is given and is not the head any more, Conflict when `model_id` is given
    and the newest prediction is another model's: nobody has seen it.
    """
    with transaction.atomic():
        prediction = newest_prediction(image)
        if prediction is None:
            raise Conflict(_("{name} has no prediction to accept.").format(name=image.name))
        if model_id not in (None, prediction.model_id):
            raise Conflict(
                _("{name} has a newer prediction by now. Nothing was changed; load the page to see it.").format(
                    name=image.name
                )
            )
        image = lock_image(image)
        workflow.step(image.state, Action.ACCEPT_PREDICTION, image.project.role)
        queue.hold_claim(image, user)
        _refuse_stale(image, base_revision)
        labels = _fitted_to_classes(prediction, image.project)
        tiles = list(changed_tiles(head_layer(image).tiff(), labels))
        kind = Revision.Kind.PREDICTION
        number = add_revision(image=image, author=user, kind=kind, labels=store_labels(labels), tiles=tiles)
        image.annotator = user
        change_state(image, Action.ACCEPT_PREDICTION, user)
        return number


def _fitted_to_classes(prediction: Prediction, project: Project) -> LabelTiff:
    """A prediction as the project's classes are now, which may have changed since its model was trained.

    Segments of removed classes become unlabelled; those of a class that has become stuff become one.
    """
    labels = LabelTiff.from_bytes(storage.get(prediction.label_key))
    labels.segments = prediction.segments
    kinds = dict(project.classes.values_list("pk", "kind"))
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
    """Tile records of a save; ServiceError says what is wrong with them."""
    try:
        return parse_tile_records(data, Grid(image.width, image.height))
    except LabelMapError as error:
        raise ServiceError(_("The labels were not saved: {reason}.").format(reason=spoken(error))) from error
