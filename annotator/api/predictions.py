"""Pre-labelling."""

from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from annotator import access
from annotator.api.jobs import describe_job
from annotator.services import predictions
from annotator.services.errors import ServiceError
from annotator.workflow import Right

router = Router(tags=["predictions"])


class PredictionsIn(Schema):
    """Fields of how images are predicted that are left out take the project's settings."""

    model_config = ConfigDict(extra="forbid")

    model: int | None = None
    scope: Literal["waiting"] | list[int] = "waiting"
    mode: Literal["resize", "tiles"] | None = None
    tile_size: tuple[int, int] | None = Field(None, description="height, width in pixels")
    overlap: float | None = Field(None, description="share of a tile's side that neighbours have in common")
    flips: list[Literal["horizontal", "vertical", "both"]] | None = None
    mc_samples: int | None = Field(None, description="draws of dropout; 0 is none")

    def settings(self) -> dict[str, Any]:
        return self.dict(exclude_unset=True, exclude={"model", "scope"})


@router.post("/projects/{int:project_id}/predictions", response={202: dict}, summary="Pre-label waiting images")
def post_predictions(request: HttpRequest, project_id: int, body: PredictionsIn):
    project = access.get_project(request.user, project_id, Right.MANAGE)
    model = None
    if body.model is not None:
        model = access.get_model(request.user, body.model)
        if model.project_id != project.pk:
            raise ServiceError(_("{project} has no model {number}.").format(project=project.name, number=body.model))
    job = predictions.start_predictions(
        project=project, user=request.user, model=model, scope=body.scope, settings=body.settings()
    )
    return Status(202, {"job": describe_job(job)})
