"""Superpixels of an image, at three scales."""

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Status

from annotator import access
from annotator.api.images import ASK_AGAIN, file_answer
from annotator.services import superpixels
from annotator.workflow import Right

router = Router(tags=["images"])


@router.get(
    "/images/{int:image_id}/superpixels/{scale}",
    response={202: dict},
    summary="Superpixels as a label map (TIFF) whose values are their ids; 202 {job} while they are being made",
)
def get_superpixels(request: HttpRequest, image_id: int, scale: Literal["fine", "medium", "coarse"]):
    image = access.get_image(request.user, image_id, Right.LABEL)
    key = superpixels.find_superpixels(image, scale)
    if key is not None:
        return file_answer(request, key, "image/tiff", cache=ASK_AGAIN)
    return Status(202, {"job": superpixels.start_superpixels(image=image, user=request.user, scale=scale).pk})
