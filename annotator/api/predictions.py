"""Pre-labelling."""

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status

from annotator import access
from annotator.api.jobs import describe_job
from annotator.services import predictions
from annotator.services.errors import ServiceError
from annotator.workflow import Right

router = Router(tags=["predictions"])


class PredictionsIn(Schema):
    model: int | None = None
    scope: Literal["waiting"] | list[int] = "waiting"


@router.post("/projects/{int:project_id}/predictions", response={202: dict}, summary="Pre-label waiting images")
def post_predictions(request: HttpRequest, project_id: int, body: PredictionsIn):
    project = access.get_project(request.user, project_id, Right.MANAGE)
    model = None
    if body.model is not None:
        model = access.get_model(request.user, body.model)
        if model.project_id != project.pk:
            raise ServiceError(f"{project.name} has no model {body.model}.")
    job = predictions.start_predictions(project=project, user=request.user, model=model, scope=body.scope)
    return Status(202, {"job": describe_job(job)})
