"""Large images, a tile at a time."""

from django.http import HttpRequest, HttpResponse
from ninja import Path, Router

from annotator import access
from annotator.api.images import file_headers, not_modified
from annotator.services import pyramids

router = Router(tags=["images"])

MOST = 2**31


@router.get(
    "/images/{int:image_id}/pyramid/{int:level}/{int:column}/{int:row}",
    summary="A tile of a large image as JPEG; level 0 is the full size, each next level half of it",
)
def get_tile(
    request: HttpRequest,
    image_id: int,
    level: int = Path(..., lt=MOST),
    column: int = Path(..., lt=MOST),
    row: int = Path(..., lt=MOST),
):
    """The image record says how many levels there are and how large a tile is."""
    image = access.get_image(request.user, image_id)
    tag = f'"{level}-{column}-{row}-{image.pyramid_key.rsplit("/", 1)[-1]}"'
    if image.pyramid_key and request.headers.get("If-None-Match") == tag:
        return not_modified(tag)
    tile = pyramids.read_tile(image, level, column, row)
    return HttpResponse(tile, content_type="image/jpeg", headers=file_headers(tag))
