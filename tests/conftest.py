"""The cast and the props: alice owns, rita reviews, bob annotates, vera looks on, charlie is a stranger."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image as PillowImage

from annotator import access, storage
from annotator.labelmap import LabelTiff, count_pixels
from annotator.models import Image, Job, ModelVersion, Prediction, Project, User
from annotator.services import images, jobs, projects, review, saving, snapshots, training
from annotator.tasks import RUNNERS

CLASSES = [
    {"name": "Sky", "color": "#56b4e9", "kind": "stuff"},
    {"name": "Cell", "color": "#e69f00", "kind": "thing"},
    {"name": "Void", "color": "#000000", "kind": "stuff", "ignore": True},
]


def make_user(name: str) -> User:
    return User.objects.create_user(username=name, password=name)


@pytest.fixture
def alice(db) -> User:
    return make_user("alice")


@pytest.fixture
def rita(project) -> User:
    return _member(project, "rita", "reviewer")


@pytest.fixture
def bob(project) -> User:
    return _member(project, "bob", "annotator")


@pytest.fixture
def vera(project) -> User:
    return _member(project, "vera", "viewer")


@pytest.fixture
def charlie(db) -> User:
    return make_user("charlie")


def _member(project: Project, name: str, role: str) -> User:
    user = make_user(name)
    projects.set_member(project=project, by=project.created_by, username=name, role=role)
    return user


@pytest.fixture
def project(alice) -> Project:
    return projects.create_project(user=alice, name="Clouds", task="panoptic", classes=CLASSES)


def picture(seed: int = 0, width: int = 64, height: int = 48) -> bytes:
    """A PNG of noise, another one for every seed."""
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), np.uint8)
    out = io.BytesIO()
    PillowImage.fromarray(pixels).save(out, "png")
    return out.getvalue()


@pytest.fixture
def add_image(project, alice) -> Callable[..., Image]:
    """add_image(seed=0, width=64, height=48): a new image of the project."""

    def add(seed: int = 0, width: int = 64, height: int = 48, **more: Any) -> Image:
        data = picture(seed, width, height)
        return images.add_image(project=project, user=alice, name=f"image-{seed}.png", data=data, **more)

    return add


def seen_by(user: User, image: Image) -> Image:
    """The image as `user` gets it, with their role."""
    return access.get_image(user, image.pk)


@pytest.fixture
def label(project) -> Callable[..., np.ndarray]:
    """label(image, user): save sky above and two cells below, as `user`; returns the label map."""

    def save(image: Image, user: User) -> np.ndarray:
        sky, cell = (project.classes.get(name=name).pk for name in ("Sky", "Cell"))
        array = np.zeros((image.height, image.width), np.uint16)
        array[: image.height // 2] = 1
        array[-10:-2, 2:12], array[-10:-2, 20:30] = 2, 3
        segments = [{"id": 1, "class": sky}, {"id": 2, "class": cell}, {"id": 3, "class": cell}]
        fresh = seen_by(user, image)
        saving.save_label_map(image=fresh, user=user, array=array, segments=segments, base_revision=fresh.head)
        return array

    return save


@pytest.fixture
def accept(label) -> Callable[..., np.ndarray]:
    """accept(image, user): label, submit and accept as `user`; returns the label map."""

    def through(image: Image, user: User) -> np.ndarray:
        array = label(image, user)
        review.submit_image(image=seen_by(user, image), user=user)
        review.accept_image(image=seen_by(user, image), user=user)
        return array

    return through


@pytest.fixture
def accepted(add_image, accept, alice):
    """Three accepted images for training and one for validation."""
    for seed, split in enumerate(("train", "train", "train", "val"), 1):
        accept(add_image(seed, split=split), alice)


@pytest.fixture
def run_job() -> Callable[[Job], Job]:
    """run_job(job): do what a worker does, with all chunks, in this process."""

    def run(job: Job) -> Job:
        jobs.execute(job.pk, RUNNERS)
        for chunk in Job.objects.filter(parent=job, state="queued"):
            jobs.execute(chunk.pk, RUNNERS)
        job.refresh_from_db()
        return job

    return run


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """as_user(user): a test client that is logged in."""

    def client(user: User) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    return client


@pytest.fixture
def make_model(project, add_image, accept, alice) -> Callable[..., ModelVersion]:
    """make_model(val_miou=0.5): the next model version of the project, made of one accepted image."""

    def make(val_miou: float | None = 0.5) -> ModelVersion:
        if not project.images.filter(state="accepted").exists():
            accept(add_image(9000), alice)
        run = training.start_training(project=project, user=alice, settings={"encoder_weights": "none"})
        return ModelVersion.objects.create(
            project=project,
            number=run.number,
            run=run,
            snapshot=run.snapshot,
            architecture="unet",
            settings=run.settings,
            seed=0,
            classes=[snapshots.class_row(row) for row in project.classes.filter(ignore=False)],
            checkpoint_key=storage.put("models", f"weights {run.pk}".encode(), ".safetensors"),
            val_miou=val_miou,
            score=val_miou,
            parameters=1,
            training_images=1,
            seconds=1.0,
        )

    return make


@pytest.fixture
def predict(project) -> Callable[..., np.ndarray]:
    """predict(image, model, entropy=0.5): a stored prediction of sky above and two cells; returns its label map."""

    def store(image: Image, model: ModelVersion, entropy: float = 0.5) -> np.ndarray:
        sky, cell = (project.classes.get(name=name).pk for name in ("Sky", "Cell"))
        array = np.zeros((image.height, image.width), np.uint16)
        array[:20], array[30:40, :10], array[30:40, 20:25] = 1, 2, 3
        rows = [
            {"id": segment, "class": pk, "source": "model", "score": 0.9, "model": model.pk}
            for segment, pk in ((1, sky), (2, cell), (3, cell))
        ]
        pixels = count_pixels([array])
        Prediction.objects.create(
            image=image,
            model=model,
            label_key=storage.put("labels", LabelTiff.from_array(array, rows).to_bytes(), ".tif"),
            uncertainty_key=storage.put("uncertainty", b"png", ".png"),
            segments=[{**row, "pixels": pixels[row["id"]]} for row in rows],
            mean_entropy=entropy,
            mean_confidence=0.9,
        )
        image.state = "prelabelled"
        image.save()
        return array

    return store
