"""Snapshots: frozen lists of (image, revision) that models are trained on and exports are made of."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.models import Image, LabelClass, Project, Revision, Snapshot, SnapshotItem, User
from annotator.services.errors import ServiceError
from annotator.services.revisions import content_key
from annotator.services.text import checked_text
from annotator.wording import either, state_word
from annotator.workflow import State

LONGEST_NAME = 200
VALIDATION_SHARE = 5  # one image in so many, by content hash


def create_snapshot(
    *, project: Project, user: User | None, name: str, states: Sequence[str] = (State.ACCEPTED,)
) -> Snapshot:
    """Freeze the head revisions of all labelled images in `states`. Raises ServiceError when there are none."""
    name = checked_text(name, what=_("The name of a snapshot"), longest=LONGEST_NAME)
    classes = [class_row(label_class) for label_class in project.classes.all()]
    with transaction.atomic():
        # Locked, since a draft that is saved meanwhile would change under the snapshot.
        images = list(
            project.images.filter(state__in=states, head__gt=0).order_by("id").select_for_update(of=("self",))
        )
        if not images:
            wanted = either([state_word(state) for state in states])
            raise ServiceError(
                _("{project} has no labelled image that is {wanted}.").format(project=project.name, wanted=wanted)
            )
        heads = {
            (revision.image_id, revision.number): revision
            for revision in Revision.objects.filter(image__project=project, image__state__in=states).defer(
                "tile_revisions"
            )
        }
        splits = split_of_images(images)
        digest = hashlib.sha256(json.dumps(classes, sort_keys=True).encode())
        items = []
        for image in images:
            revision = heads[image.pk, image.head]
            digest.update(f"{image.content_hash} {splits[image.pk]} {content_key(revision.label_key)}\n".encode())
            items.append(SnapshotItem(image=image, revision=revision, split=splits[image.pk]))
        snapshot = Snapshot.objects.create(
            project=project, name=name, classes=classes, digest=digest.hexdigest(), created_by=user
        )
        for item in items:
            item.snapshot = snapshot
        SnapshotItem.objects.bulk_create(items, batch_size=500)
        # A snapshot pins its revisions: none of them may be a draft that a later autosave would fold away.
        Revision.objects.filter(pk__in=[item.revision.pk for item in items], kind=Revision.Kind.DRAFT).update(
            kind=Revision.Kind.SUBMIT
        )
    return snapshot


def split_of_images(images: Sequence[Image]) -> dict[int, str]:
    """train, val or test for each image id of one project: as set by hand, otherwise by content hash.

    Where some image of the project was set to validation by hand, the automatic ones are all for training.
    """
    if not images:
        return {}
    by_hand = _has_validation_by_hand(images[0].project)
    return {image.pk: image.split or _automatic_split(image.content_hash, by_hand) for image in images}


def count_splits(project: Project) -> dict[str, int]:
    """How many accepted images a snapshot would hold now: {"train": n, "val": n, "test": n}."""
    rows = project.images.filter(state=State.ACCEPTED, head__gt=0).values_list("split", "content_hash")
    by_hand = _has_validation_by_hand(project)
    found = Counter(split or _automatic_split(content_hash, by_hand) for split, content_hash in rows.iterator())
    return {split: found[split] for split in (Image.Split.TRAIN, Image.Split.VALIDATION, Image.Split.TEST)}


def _has_validation_by_hand(project: Project) -> bool:
    return project.images.filter(split=Image.Split.VALIDATION).exists()


def _automatic_split(content_hash: str, has_validation_by_hand: bool) -> str:
    if has_validation_by_hand:
        return Image.Split.TRAIN
    chosen = int(content_hash[:8], 16) % VALIDATION_SHARE == 0
    return Image.Split.VALIDATION if chosen else Image.Split.TRAIN


def class_row(label_class: LabelClass) -> dict[str, Any]:
    """A class as plain JSON, as snapshots and the API tell it."""
    return {
        "id": label_class.pk,
        "name": label_class.name,
        "color": label_class.color,
        "kind": label_class.kind,
        "ignore": label_class.ignore,
    }
