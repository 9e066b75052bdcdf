"""Click-to-segment: the region that clicks and a box mean."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status
from pydantic import ConfigDict

from annotator import access
from annotator.api.jobs import describe_job
from annotator.api.problems import problem
from annotator.models import Job
from annotator.services import clicks
from annotator.wording import spoken
from annotator.workflow import Right

router = Router(tags=["clicks"])

Coordinate = Annotated[float, Field(allow_inf_nan=False)]


class PointIn(Schema):
    """A click in image pixels; column i covers i to i + 1."""

    model_config = ConfigDict(extra="forbid")

    x: Coordinate
    y: Coordinate
    positive: bool = Field(True, description="inside of what is meant")


class ClicksIn(Schema):
    """Neither points nor box: only make the image ready."""

    model_config = ConfigDict(extra="forbid")

    points: list[PointIn] = Field(
        [], max_length=clicks.MOST_CLICKS, fail_fast=True, description="in the order of the clicks, which matters"
    )
    box: tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None = Field(None, description="x0, y0, x1, y1")
    seen: tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None = Field(
        None, description="x0, y0, x1, y1 of what is in view; there the network looks at a large image in more detail"
    )
    alike: list[Annotated[int, Field(ge=1, le=2**31)]] = Field(
        [],
        max_length=clicks.MOST_ALIKE,
        description="pixels of objects of the same kind in this image; from three on they tell whether a single click "
        "means a part or the whole",
    )


@router.post(
    "/images/{int:image_id}/click-segment",
    response={200: dict, 202: dict},
    summary="The region at clicks; 202 while the image is being looked at",
)
def post_click_segment(request: HttpRequest, image_id: int, body: ClicksIn):
    """`runs` are y, x0, x1 (exclusive) in one flat list. 409 with `setup` where the server has no weights."""
    image = access.get_image(request.user, image_id, Right.LABEL)
    points = [clicks.Point(point.x, point.y, point.positive) for point in body.points]
    try:
        if not points and body.box is None:
            answer: clicks.Region | Job | None = clicks.prepare_clicks(image=image, user=request.user, seen=body.seen)
        else:
            answer = clicks.segment_at(
                image=image, user=request.user, points=points, box=body.box, alike=body.alike, seen=body.seen
            )
    except clicks.ClicksNotSetUp as error:
        return problem(409, spoken(error.detail), setup=error.setup)
    if isinstance(answer, Job):
        return Status(202, {"job": describe_job(answer)})
    region: dict[str, Any] = {"runs": []} if answer is None else {"runs": answer.runs, "score": answer.score}
    return Status(200, region)
