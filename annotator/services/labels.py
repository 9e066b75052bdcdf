"""Label maps: reading them, saving them, their revisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from annotator import storage, workflow
from annotator.labelmap import (
    LARGEST_ID,
    Grid,
    LabelArray,
    LabelMapError,
    LabelTiff,
    SegmentRow,
    changed_tiles,
    count_pixels,
    parse_tile_records,
)
from annotator.models import Image, ImageEvent, LabelClass, Prediction, Project, Revision, SavedRequest, User
from annotator.services import queue
from annotator.services.errors import Conflict, NotFound, ServiceError, StaleRevision
from annotator.services.segments import segment_table
from annotator.workflow import Action, State

SITTING = timedelta(minutes=30)
KIND = "labels"


@dataclass(frozen=True)
class LabelLayer:
    """A stored label map: its revision (0 = nothing yet), table of segments, and file (None = blank)."""

    image: Image
    revision: int
    segments: list[SegmentRow]
    label_key: str | None

    def tiff(self) -> LabelTiff:
        if self.label_key is None:
            return LabelTiff.blank(self.image.width, self.image.height)
        return LabelTiff.from_bytes(storage.get(self.label_key))


def head_layer(image: Image) -> LabelLayer:
    """The newest labels of an image."""
    if image.head == 0:
        return LabelLayer(image, 0, [], None)
    return revision_layer(image, image.head)


def revision_layer(image: Image, number: int) -> LabelLayer:
    """Revision `number` of an image. Raises NotFound where it is no longer kept."""
    revision = image.revisions.filter(number=number).first()
    if revision is None:
        raise NotFound(f"{image.name} has no revision {number}; autosaves are folded into the last one of a sitting.")
    return LabelLayer(image, number, revision.segments, revision.label_key)


def newest_prediction(image: Image) -> Prediction | None:
    """The prediction of the newest model version that has one."""
    return image.predictions.select_related("model").order_by("-model__number").first()


def prediction_layer(image: Image) -> LabelLayer:
    """The newest prediction. Raises NotFound where there is none."""
    prediction = newest_prediction(image)
    if prediction is None:
        raise NotFound(f"{image.name} has no prediction. Train and promote a model, then pre-label.")
    return LabelLayer(image, image.head, prediction.segments, prediction.label_key)


def save_label_map(
    *, image: Image, user: User, array: LabelArray, segments: Sequence[Mapping[str, Any]], base_revision: int
) -> int:
    """Replace an image's labels by `array` (height, width) and return the new revision number.

    Raises StaleRevision when the head is not `base_revision`, Claimed when somebody else works on the image,
    WorkflowError where its state allows no edit, ServiceError for a wrong size or table.
    """
    if array.shape != (image.height, image.width):
        raise ServiceError(
            f"The label map is {array.shape[1]}x{array.shape[0]}, {image.name} is {image.width}x{image.height}."
        )
    new, pixels = LabelTiff.from_array(array, []), count_pixels([array])
    with transaction.atomic():
        image, head = _open_for_edit(image, user, base_revision)
        new.segments = segment_table(image.project, segments, head.segments, pixels)
        return _save_edit(image, user, new, list(changed_tiles(head.tiff(), new)))


def save_label_tiles(
    *,
    image: Image,
    user: User,
    tiles: Mapping[int, LabelArray],
    segments: Sequence[Mapping[str, Any]],
    base_revision: int,
    idempotency_key: str | None = None,
) -> int:
    """Replace the given tiles of an image's labels ({index: (256, 256) uint16}) and return the new revision number.

    The same `idempotency_key` saves once, however often it comes. Raises as `save_label_map` does.
    """
    with transaction.atomic():
        if idempotency_key:
            # The row lock makes a repeat that arrives early wait for the first to be finished.
            Image.objects.select_for_update().filter(pk=image.pk).first()
            done = SavedRequest.objects.filter(image=image, key=idempotency_key).first()
            if done is not None:
                return done.revision
        image, head = _open_for_edit(image, user, base_revision)
        before = head.tiff()
        pixels = {segment["id"]: segment["pixels"] for segment in head.segments}
        for segment_id, count in count_pixels(before.tile(index) for index in tiles).items():
            pixels[segment_id] -= count
        for segment_id, count in count_pixels(tiles.values()).items():
            pixels[segment_id] = pixels.get(segment_id, 0) + count
        pixels = {segment_id: count for segment_id, count in pixels.items() if count}
        table = segment_table(image.project, segments, head.segments, pixels)
        number = _save_edit(image, user, before.with_tiles(tiles, table), list(tiles))
        if idempotency_key:
            SavedRequest.objects.create(image=image, key=idempotency_key, revision=number)
        return number


def lock_image(image: Image) -> Image:
    """The row, locked until the end of the transaction, with its project and the caller's role in it.

    Raises Conflict where the image is gone.
    """
    rows = Image.objects.select_for_update(of=("self",)).select_related("project", "claimed_by")
    locked = rows.filter(pk=image.pk).first()
    if locked is None:
        raise Conflict(f"{image.name} was deleted meanwhile; nothing was changed.")
    locked.project.role = image.project.role
    return locked


def change_state(image: Image, action: Action, user: User | None) -> None:
    """Take a locked image one step on, save it and write down the event. Raises WorkflowError."""
    event = _step(image, action, user)
    image.save()
    if event is not None:
        event.save()


def change_states(images: Sequence[Image], action: Action, user: User | None, changed: Sequence[str] = ()) -> None:
    """The same for many locked images in two queries; of other fields only those named in `changed` are saved."""
    events = [event for image in images if (event := _step(image, action, user))]
    Image.objects.bulk_update(images, ["state", "state_changed", *changed])
    ImageEvent.objects.bulk_create(events)


def _step(image: Image, action: Action, user: User | None) -> ImageEvent | None:
    """Set the next state; returns the event to be written down, None where nothing happened."""
    before = image.state
    image.state = workflow.step(before, action, image.project.role).value
    if image.state == before and action not in (Action.ACCEPT_PREDICTION, Action.IMPORT):
        return None
    if image.state != before:
        image.state_changed = timezone.now()
    return ImageEvent(image=image, action=action, before=before, after=image.state, revision=image.head, by=user)


def _open_for_edit(image: Image, user: User, base_revision: int) -> tuple[Image, LabelLayer]:
    image = lock_image(image)
    workflow.step(image.state, workflow.edit_action(image.state), image.project.role)
    queue.hold_claim(image, user)
    _refuse_stale(image, base_revision)
    return image, head_layer(image)


def _refuse_stale(image: Image, base_revision: int | None) -> None:
    if base_revision is not None and base_revision != image.head:
        raise StaleRevision(revision=image.head, changed_tiles=tiles_changed_since(image, base_revision))


def _save_edit(image: Image, user: User, labels: LabelTiff, tiles: list[int]) -> int:
    action = workflow.edit_action(image.state)
    if action is Action.EDIT:
        image.annotator = user
    number = add_revision(image=image, author=user, kind=Revision.Kind.DRAFT, labels=labels, tiles=tiles)
    change_state(image, action, user)
    return number


def add_revision(
    *,
    image: Image,
    author: User | None,
    kind: Revision.Kind,
    labels: LabelTiff,
    tiles: Sequence[int] | None = None,
) -> int:
    """Store `labels` as the new head of a locked image (which the caller saves) and return its number.

    `tiles` are the indices that differ from the old head (None: all). A draft that follows a draft of the same
    author within a sitting takes its place; every other kind is kept for ever. The labels' table must hold `pixels`.
    """
    now = timezone.now()
    table = labels.segments
    stored = LabelTiff(labels.grid, labels.tiles, [{k: v for k, v in row.items() if k != "pixels"} for row in table])
    key = storage.put(KIND, stored.to_bytes(), ".tif")
    head = image.revisions.filter(number=image.head).first()
    number = image.head + 1
    marks = (
        np.zeros(labels.grid.count, "<u4") if head is None else np.frombuffer(bytes(head.tile_revisions), "<u4").copy()
    )
    marks[slice(None) if tiles is None else np.asarray(tiles, np.int64)] = number
    folds = (
        kind == Revision.Kind.DRAFT
        and head is not None
        and head.kind == Revision.Kind.DRAFT
        and head.author_id == (author and author.pk)
        and now - head.saved < SITTING
    )
    if folds and head is not None:
        head.number, head.label_key, head.segments, head.tile_revisions, head.saved = (
            number,
            key,
            table,
            marks.tobytes(),
            now,
        )
        head.save()
    else:
        Revision.objects.create(
            image=image,
            number=number,
            kind=kind,
            author=author,
            saved=now,
            label_key=key,
            segments=table,
            tile_revisions=marks.tobytes(),
        )
    image.head = number
    return number


def freeze_draft(image: Image, kind: Revision.Kind) -> None:
    """Make a draft at the head of a locked image an immutable revision of `kind`."""
    image.revisions.filter(number=image.head, kind=Revision.Kind.DRAFT).update(kind=kind, saved=timezone.now())


def tiles_changed_since(image: Image, revision: int) -> list[int]:
    """Indices of the tiles that changed after `revision`."""
    head = image.revisions.filter(number=image.head).first()
    if head is None:
        return []
    return [int(i) for i in np.flatnonzero(np.frombuffer(bytes(head.tile_revisions), "<u4") > revision)]


def restore_revision(*, image: Image, user: User, number: int) -> int:
    """Make the labels of revision `number` the new head and return its number; nothing is removed."""
    with transaction.atomic():
        wanted = revision_layer(image, number)
        image, head = _open_for_edit(image, user, lock_image(image).head)
        labels = wanted.tiff()
        labels.segments = wanted.segments
        tiles = list(changed_tiles(head.tiff(), labels))
        new = add_revision(image=image, author=user, kind=Revision.Kind.RESTORE, labels=labels, tiles=tiles)
        if workflow.edit_action(image.state) is Action.EDIT:
            image.annotator = user
        change_state(image, workflow.edit_action(image.state), user)
        return new


def accept_prediction(*, image: Image, user: User, base_revision: int | None = None) -> int:
    """Make the newest prediction the head of the image and return the new revision number.

    Raises StaleRevision when `base_revision` is given and is not the head any more.
    """
    with transaction.atomic():
        prediction = newest_prediction(image)
        if prediction is None:
            raise Conflict(f"{image.name} has no prediction to accept.")
        image = lock_image(image)
        workflow.step(image.state, Action.ACCEPT_PREDICTION, image.project.role)
        queue.hold_claim(image, user)
        _refuse_stale(image, base_revision)
        labels = _fitted_to_classes(prediction, image.project)
        tiles = list(changed_tiles(head_layer(image).tiff(), labels))
        number = add_revision(image=image, author=user, kind=Revision.Kind.PREDICTION, labels=labels, tiles=tiles)
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
        labels.segments = segment_table(image.project, segments, [], count_pixels([array]))
        number = add_revision(image=image, author=user, kind=Revision.Kind.IMPORT, labels=labels)
        image.annotator = user
        for action in (Action.IMPORT,) if accept else (Action.EDIT, Action.SUBMIT):
            change_state(image, action, user)
        return number


def parse_tiles(image: Image, data: bytes) -> dict[int, LabelArray]:
    """Tile records of a save; ServiceError says what is wrong with them."""
    try:
        return parse_tile_records(data, Grid(image.width, image.height))
    except LabelMapError as error:
        raise ServiceError(f"The labels were not saved: {error}.") from error


def may_edit(image: Image, user: User) -> tuple[bool, str]:
    """Whether `user` may change the labels now, and if not, why not, in words. Reads `image.project.role`."""
    try:
        workflow.step(image.state, workflow.edit_action(image.state), image.project.role)
    except workflow.NotAllowed as error:
        return False, str(error)
    except workflow.WorkflowError:
        reopen = " A reviewer can reopen it." if State(image.state) is State.ACCEPTED else ""
        return False, f"The image is {workflow.readable(image.state)}.{reopen}"
    if queue.is_claimed_by_other(image, user):
        assert image.claimed_by is not None
        return False, f"{image.claimed_by.username} is working on this image."
    return True, ""
