"""Props of the pages: models and runs as rows, without training any, and the German catalogue."""

import importlib.util
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import trans_real

from annotator import languages
from annotator.models import EpochMetric, Job, ModelVersion, Snapshot, TrainingRun

CATALOGUES = settings.BASE_DIR / "scripts" / "catalogues.py"
SETTINGS = {
    "architecture": "unet", "encoder": "timm-tf_efficientnet_lite0", "image_size": [64, 64], "epochs": 2, "seed": 7,
}  # fmt: skip


@pytest.fixture
def make_run(project, alice) -> Callable[..., TrainingRun]:
    """make_run(state="running"): a training run with one finished epoch."""

    def make(state: str = "running", **settings: Any) -> TrainingRun:
        number = project.training_runs.count() + 1
        learned = list(project.classes.values("id", "name", "color", "kind", "ignore"))
        snapshot = Snapshot.objects.create(
            project=project, name=f"Training run {number}", digest=f"{number:064x}", classes=learned
        )
        job = Job.objects.create(
            project=project,
            kind="train",
            queue="gpu",
            state=state,
            requested_by=alice,
            progress=0.5,
            message="epoch 1",
            error="Out of memory. Lower the batch size." if state == "failed" else "",
        )
        run = TrainingRun.objects.create(
            project=project, number=number, snapshot=snapshot, job=job, settings=SETTINGS | settings, created_by=alice
        )
        EpochMetric.objects.create(
            run=run,
            epoch=1,
            train_loss=0.75,
            val_loss=0.8,
            val_miou=0.625,
            iou_per_class={"Sky": 0.875, "Cell": None},
            step_losses=[[1, 0.9], [2, 0.6]],
            seconds=3.0,
            is_best=True,
            finished=True,
        )
        return run

    return make


@pytest.fixture
def make_model(project, make_run) -> Callable[..., ModelVersion]:
    """make_model(val_miou=0.5): a model version with its succeeded run."""

    def make(val_miou: float | None = 0.5, training_images: int = 10, **settings: Any) -> ModelVersion:
        run = make_run("succeeded", **settings)
        return ModelVersion.objects.create(
            project=project,
            number=project.models.count() + 1,
            run=run,
            snapshot=run.snapshot,
            architecture=run.settings["architecture"],
            settings=run.settings,
            seed=7,
            classes=run.snapshot.classes,
            checkpoint_key="models/none",
            val_miou=val_miou,
            score=val_miou,
            iou_per_class={"Sky": val_miou, "Cell": None},
            parameters=3_400_000,
            training_images=training_images,
            seconds=12.0,
        )

    return make


def told(response: Any) -> str:
    """The messages that the next page shows."""
    return " ".join(str(message) for message in response.wsgi_request._messages)


def load_catalogues():
    spec = importlib.util.spec_from_file_location("catalogues", CATALOGUES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


catalogues = load_catalogues()


@pytest.fixture
def compiled():
    """The .mo files as they follow from the .po files now, and Django without what it read before."""
    catalogues.compile_translations()
    trans_real._translations.clear()
    languages.script_catalogue.cache_clear()
    yield
    translation.activate("en")
