"""The demo project and its administrator."""

import io
import os
from collections.abc import Callable
from pathlib import Path

from django.db import transaction
from django.utils.crypto import get_random_string
from PIL import Image as PillowImage

from annotator import access
from annotator.demo.microscopy import BACKGROUND, TISSUE, Field, draw_field
from annotator.models import Image, Project, User
from annotator.services import images, projects, saving
from annotator.workflow import Right

NAME = "Demo: cells and tissue"
FIELDS = 72
LABELLED = 18
VALIDATION = 5  # of the labelled ones
CLASSES = (
    {"name": "Background", "color": "#0072b2", "kind": "stuff", "shortcut": "1"},
    {"name": "Tissue", "color": "#009e73", "kind": "stuff", "shortcut": "2"},
    {"name": "Cell", "color": "#e69f00", "kind": "thing", "shortcut": "3"},
)
TRAINING = {"architecture": "unet", "image_size": [224, 288], "epochs": 12, "batch_size": 4, "steps_per_epoch": 6}


def ensure_administrator(data: Path) -> tuple[str, str]:
    """The user name and password of the demo's administrator; made on first use, the password is kept in `data`."""
    path = data / "admin_password"
    user = User.objects.filter(username="admin").first()
    if user is not None and path.exists():
        return user.username, path.read_text()
    password = get_random_string(12)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password)
    if user is None:
        user = User(username="admin", is_superuser=True, is_staff=True)
    user.set_password(password)
    user.save()
    return user.username, password


def ensure_project(user: User, progress: Callable[[int, int, str], None] = lambda done, total, name: None) -> Project:
    """The demo project, made when it is not there; it is whole or not there at all."""
    existing = Project.objects.filter(name=NAME).first()
    if existing is not None:
        return existing
    with transaction.atomic():
        description = (
            "Made-up microscopy. A quarter is labelled: train a model on it, let it pre-label the rest, correct."
        )
        project = projects.create_project(
            user=user, name=NAME, task="panoptic", description=description, classes=CLASSES
        )
        projects.update_project(project=project, training_settings=TRAINING)
        project = access.get_project(user, project.pk, Right.OWN)
        class_ids = [row.pk for row in project.classes.all()]
        for index in range(FIELDS):
            progress(index, FIELDS, f"field {index}")
            _add_field(project, user, class_ids, index, draw_field(index))
    return project


def _add_field(project: Project, user: User, class_ids: list[int], index: int, field: Field) -> None:
    out = io.BytesIO()
    PillowImage.fromarray(field.rgb).save(out, "png", compress_level=3)
    is_labelled = index < LABELLED
    split = "" if not is_labelled else Image.Split.VALIDATION if index < VALIDATION else Image.Split.TRAIN
    image = images.add_image(
        project=project, user=user, name=f"field-{index + 1:03}.png", data=out.getvalue(), split=split
    )
    if is_labelled:
        image.project = project
        segments = truth_segments(field, class_ids)
        saving.import_labels(image=image, user=user, array=field.truth, segments=segments, accept=True)


def truth_segments(field: Field, class_ids: list[int]) -> list[dict[str, int]]:
    """The table of segments of a field's truth; `class_ids` are those of background, tissue, cell."""
    kind = {BACKGROUND: 0, TISSUE: 1}
    ids = sorted({int(value) for value in set(field.truth.ravel().tolist())})
    return [{"id": segment, "class": class_ids[kind.get(segment, 2)]} for segment in ids]
