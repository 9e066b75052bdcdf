"""Model versions."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from annotator import access
from annotator.api.images import file_answer
from annotator.api.jobs import describe_job
from annotator.api.paging import page
from annotator.models import ModelVersion
from annotator.services import backends, training
from annotator.workflow import Right

router = Router(tags=["models"])


def describe_model(model: ModelVersion) -> dict[str, Any]:
    return {
        "id": model.pk,
        "number": model.number,
        "project": model.project_id,
        "training_run": model.run_id,
        "snapshot": model.snapshot_id,
        "architecture": model.architecture,
        "settings": model.settings,
        "seed": model.seed,
        "classes": model.classes,
        "val_miou": model.val_miou,
        "iou_per_class": model.iou_per_class,
        "score_name": model.score_name,
        "score": model.score,
        "parameters": model.parameters,
        "training_images": model.training_images,
        "seconds": model.seconds,
        "created": model.created,
        "promoted": model.project.promoted_model_id == model.pk,
        "weights": f"/api/v1/models/{model.pk}/weights",
    }


@router.get("/projects/{int:project_id}/models", summary="Model versions of a project")
def list_models(request: HttpRequest, project_id: int, cursor: str | None = None):
    project = access.get_project(request.user, project_id)
    rows = project.models.select_related("project")
    return page(rows, order=("-number",), cursor=cursor, describe=describe_model)


@router.get("/models/{int:model_id}", summary="One model version")
def get_model(request: HttpRequest, model_id: int):
    return describe_model(access.get_model(request.user, model_id))


@router.get("/models/{int:model_id}/backends", summary="How fast it runs on the machines of this site")
def list_backends(request: HttpRequest, model_id: int):
    model = access.get_model(request.user, model_id)
    return {
        "items": [
            {"machine": row.machine, "backend": row.name, "measured": row.measured, **row.choice}
            for row in model.backends.all()
        ]
    }


@router.post("/models/{int:model_id}/backends", response={202: dict}, summary="Measure how it runs fastest")
def post_backends(request: HttpRequest, model_id: int):
    model = access.get_model(request.user, model_id, Right.MANAGE)
    job = backends.start_measuring_backends(project=model.project, user=request.user, model=model)
    return Status(202, {"job": describe_job(job)})


@router.get("/models/{int:model_id}/weights", summary="The weights as safetensors")
def get_weights(request: HttpRequest, model_id: int):
    model = access.get_model(request.user, model_id)
    answer = file_answer(request, model.checkpoint_key, "application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="model-v{model.number}.safetensors"'
    return answer


@router.post("/models/{int:model_id}/promote", summary="Make it the model that pre-labels")
def post_promote(request: HttpRequest, model_id: int):
    model = access.get_model(request.user, model_id, Right.MANAGE)
    training.promote_model(model=model, user=request.user)
    return describe_model(access.get_model(request.user, model_id))
