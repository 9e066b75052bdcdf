"""The object in a box, by colour."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from annotator import access
from annotator.services import grabcut
from annotator.workflow import Right

router = Router(tags=["images"])

MOST_NUMBERS = 300_000  # of 100,000 runs
Coordinate = Annotated[int, Field(ge=-(2**31), lt=2**31)]


Runs = Annotated[list[Coordinate], Field(max_length=MOST_NUMBERS, fail_fast=True)]


class GrabCutIn(Schema):
    box: tuple[Coordinate, Coordinate, Coordinate, Coordinate]
    keep: Runs | None = None
    drop: Runs | None = None


@router.post("/images/{int:image_id}/grabcut", summary="The object in a box, as row runs y, x0, x1 (x1 exclusive)")
def post_grabcut(request: HttpRequest, image_id: int, body: GrabCutIn):
    """`box` is x0, y0, x1, y1 in image pixels, x1 and y1 exclusive.

    `keep` are runs of pixels that are known to be of the object, `drop` of such that are not; what is in both is not.
    """
    image = access.get_image(request.user, image_id, Right.LABEL)
    return {"runs": grabcut.find_object(image=image, box=body.box, keep=body.keep, drop=body.drop)}
