"""Label maps over HTTP: the stored TIFF, a 16-bit PNG, or the table of segments; saves with If-Match."""

import json
import re
import zlib
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from ninja import File, Form, Header, Router, Schema
from ninja.files import UploadedFile

from annotator import access, storage
from annotator.api.etags import REVISION, revision_of
from annotator.api.problems import problem
from annotator.labelmap import TILE_BYTES, Grid, LabelMapError, LabelTiff, from_image_file, to_png
from annotator.models import Image, Revision
from annotator.phrase import Phrase
from annotator.services import labels, saving
from annotator.services.errors import ServiceError
from annotator.services.labels import LabelLayer
from annotator.wording import spoken

router = Router(tags=["labels"])

LARGEST_TABLE_BYTES = 32 << 20
LARGEST_PIXEL_BYTES = 4
OVERHEAD_BYTES = 1 << 20
LONGEST_KEY = 64
CHECKSUM = re.compile(r"[0-9a-fA-F]{8}")


class Saved(Schema):
    revision: int


def _layer(image: Image, layer: str) -> LabelLayer:
    if layer == "head":
        return labels.head_layer(image)
    if layer == "prediction":
        return labels.prediction_layer(image)
    name, _, number = layer.partition(":")
    if name == "revision" and REVISION.fullmatch(number):
        return labels.revision_layer(image, int(number))
    raise ServiceError(gettext("The layer {layer} is not head, prediction or revision:N.").format(layer=repr(layer)))


@router.get("/images/{int:image_id}/labels", summary="A label map as TIFF, 16-bit PNG or JSON, by Accept")
def get_labels(request: HttpRequest, image_id: int, layer: str = "head"):
    image = access.get_image(request.user, image_id)
    found = _layer(image, layer)
    answer = _represent(request, image, found)
    answer["ETag"] = f'"{found.revision}"'
    answer["Cache-Control"] = "private, no-cache"
    answer["Vary"] = "Accept"
    return answer


def _represent(request: HttpRequest, image: Image, found: LabelLayer) -> HttpResponse:
    wanted = request.get_preferred_type(["image/tiff", "image/png", "application/json"])
    if wanted == "application/json":
        return JsonResponse(
            {
                "revision": found.revision,
                "width": image.width,
                "height": image.height,
                "segments": found.segments,
            }
        )
    if wanted == "image/png":
        return HttpResponse(to_png(found.tiff().array()), content_type="image/png")
    if wanted is None:
        return problem(406, gettext("Label maps are image/tiff, image/png (16-bit grey) or application/json."))
    if found.label_key is None:
        return HttpResponse(LabelTiff.blank(image.width, image.height).to_bytes(), content_type="image/tiff")
    return HttpResponse(storage.get(found.label_key), content_type="image/tiff")


@router.put("/images/{int:image_id}/labels", response=Saved, summary="Replace the whole label map")
def put_labels(
    request: HttpRequest,
    image_id: int,
    map: File[UploadedFile],
    segments: File[UploadedFile | None] = None,
    segments_text: str | None = Form(None, alias="segments"),
    if_match: str | None = Header(None),
):
    image = access.get_image(request.user, image_id)
    base = revision_of(if_match)
    _refuse_larger(map, most_bytes=image.width * image.height * LARGEST_PIXEL_BYTES)
    try:
        array = from_image_file(map.read(), width=image.width, height=image.height)
    except LabelMapError as error:
        raise ServiceError(
            gettext("{name} was not changed: {reason}.").format(name=image.name, reason=spoken(error))
        ) from error
    table = _parse_table(_table_bytes(segments, segments_text))
    number = saving.save_label_map(image=image, user=request.user, array=array, segments=table, base_revision=base)
    return _saved(number)


@router.patch("/images/{int:image_id}/labels", response=Saved, summary="Replace some 256x256 tiles")
def patch_labels(
    request: HttpRequest,
    image_id: int,
    tiles: File[UploadedFile],
    segments: File[UploadedFile | None] = None,
    segments_text: str | None = Form(None, alias="segments"),
    checksum: str | None = Form(None, description="CRC-32 of `tiles` followed by `segments`, 8 hex digits"),
    if_match: str | None = Header(None),
    idempotency_key: str | None = Header(None),
):
    image = access.get_image(request.user, image_id)
    if idempotency_key is not None and not 0 < len(idempotency_key) <= LONGEST_KEY:
        raise ServiceError(gettext("An Idempotency-Key has 1 to {most} characters.").format(most=LONGEST_KEY))
    _refuse_larger(tiles, most_bytes=Grid(image.width, image.height).count * TILE_BYTES)
    records, table = tiles.read(), _table_bytes(segments, segments_text)
    if checksum is not None and not _is_checksum_of(checksum, records, table):
        return problem(400, gettext("The labels were damaged on their way; nothing was saved. Send them again."))
    number = saving.save_label_tiles(
        image=image,
        user=request.user,
        tiles=saving.parse_tiles(image, records),
        segments=_parse_table(table),
        base_revision=revision_of(if_match),
        idempotency_key=idempotency_key,
    )
    return _saved(number)


def _saved(number: int) -> HttpResponse:
    return JsonResponse({"revision": number}, headers={"ETag": f'"{number}"'})


def _refuse_larger(file: UploadedFile, *, most_bytes: int) -> None:
    """Refuse, unread, what is larger than the same labels without any compression."""
    if (file.size or 0) > most_bytes + OVERHEAD_BYTES:
        raise ServiceError(
            Phrase("The labels were not saved: {size:,} bytes are more than the image has pixels for.", size=file.size)
        )


def _is_checksum_of(checksum: str, *parts: bytes) -> bool:
    """Whether the parts came as they were sent. Raises ServiceError for what is no checksum."""
    if not CHECKSUM.fullmatch(checksum):
        raise ServiceError(gettext("A checksum is a CRC-32 in 8 hex digits."))
    crc = 0
    for part in parts:
        crc = zlib.crc32(part, crc)
    return int(checksum, 16) == crc


def _table_bytes(file: UploadedFile | None, text: str | None) -> bytes:
    """The table of segments, sent as a file part or as a plain field."""
    content = file.read(LARGEST_TABLE_BYTES + 1) if file is not None else (text or "").encode()
    if len(content) > LARGEST_TABLE_BYTES:
        raise ServiceError(gettext("The table of segments is too large."))
    return content


def _parse_table(content: bytes) -> list[dict[str, Any]]:
    try:
        table = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ServiceError(gettext("The table of segments is no JSON: {reason}.").format(reason=error)) from error
    if not isinstance(table, list) or not all(isinstance(row, dict) for row in table):
        raise ServiceError(gettext("The table of segments must be a list of {id, class}."))
    return table


@router.get("/images/{int:image_id}/revisions", summary="The kept versions of the labels")
def list_revisions(request: HttpRequest, image_id: int):
    image = access.get_image(request.user, image_id)
    rows = image.revisions.select_related("author").defer("segments", "tile_revisions").order_by("-number")
    return {"items": [_describe_revision(row) for row in rows], "next": None}


def _describe_revision(row: Revision) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "author": row.author.username if row.author else None,
        "created": row.created,
        "saved": row.saved,
    }


@router.post("/images/{int:image_id}/revisions/{int:number}/restore", response=Saved, summary="Make it the head again")
def post_restore(request: HttpRequest, image_id: int, number: int):
    image = access.get_image(request.user, image_id)
    return _saved(saving.restore_revision(image=image, user=request.user, number=number))
