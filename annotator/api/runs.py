"""Training runs."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from annotator import access
from annotator.api.jobs import describe_job
from annotator.api.paging import page
from annotator.models import EpochMetric, TrainingRun
from annotator.services import training
from annotator.workflow import Right

router = Router(tags=["training runs"])


class TrainingIn(Schema):
    """Settings of a run; those left out take the project's defaults. `encoder_weights` may be a model's id."""

    model_config = ConfigDict(extra="forbid")

    architecture: str | None = None
    architecture_options: dict[str, Any] | None = None
    encoder: str | None = None
    encoder_weights: str | int | None = None
    epochs: int | None = None
    image_size: tuple[int, int] | None = Field(None, description="height, width in pixels")
    batch_size: int | None = None
    micro_batch_size: int | None = None
    steps_per_epoch: int | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    encoder_rate_factor: float | None = None
    optimiser: str | None = None
    momentum: float | None = None
    schedule: str | None = None
    poly_power: float | None = None
    warmup_fraction: float | None = None
    gradient_clip: float | None = None
    average_decay: float | None = None
    loss: dict[str, float] | None = None
    focal_gamma: float | None = None
    class_balance: float | None = None
    seed: int | None = None
    augment: bool | None = None
    blur: float | None = None
    elastic: float | None = None
    precision: str | None = None
    channels_last: bool | None = None
    compile: bool | None = None
    device: str | None = None
    threads: int | None = None


def describe_run(run: TrainingRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "number": run.number,
        "project": run.project_id,
        "snapshot": run.snapshot_id,
        "settings": run.settings,
        "initial_model": run.initial_model_id,
        "created": run.created,
        "job": describe_job(run.job),
    }


def describe_epoch(row: EpochMetric) -> dict[str, Any]:
    return {
        "epoch": row.epoch,
        "train_loss": row.train_loss,
        "val_loss": row.val_loss,
        "val_miou": row.val_miou,
        "pixel_accuracy": row.pixel_accuracy,
        "class_accuracy": row.class_accuracy,
        "dice": row.dice,
        "boundary_miou": row.boundary_miou,
        "mask_ap": row.mask_ap,
        "mask_ap50": row.mask_ap50,
        "iou_per_class": row.iou_per_class,
        "seconds": row.seconds,
        "is_best": row.is_best,
    }


@router.post("/projects/{int:project_id}/training-runs", response={202: dict}, summary="Train on the accepted labels")
def post_run(request: HttpRequest, project_id: int, body: TrainingIn):
    project = access.get_project(request.user, project_id, Right.MANAGE)
    run = training.start_training(project=project, user=request.user, settings=body.dict(exclude_none=True))
    return Status(202, describe_run(run))


@router.get("/projects/{int:project_id}/training-runs", summary="Training runs of a project")
def list_runs(request: HttpRequest, project_id: int, cursor: str | None = None):
    project = access.get_project(request.user, project_id)
    return page(project.training_runs.select_related("job"), order=("-id",), cursor=cursor, describe=describe_run)


@router.get("/training-runs/{int:run_id}", summary="A run with its metrics per epoch")
def get_run(request: HttpRequest, run_id: int):
    run = access.get_run(request.user, run_id)
    epochs = list(run.epochs.all())
    return {
        **describe_run(run),
        "metrics": [describe_epoch(row) for row in epochs if row.finished],
        "step_losses": [pair for row in epochs for pair in row.step_losses],
    }
