"""Images: upload, list, files, and their steps through the workflow."""

from collections.abc import Mapping
from typing import Any, Literal

from django.db.models import Prefetch
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from ninja import File, Header, Query, Router, Schema, Status
from ninja.files import UploadedFile

from annotator import access, storage
from annotator.api.etags import revision_of
from annotator.api.overlay import draw_thumbnail
from annotator.api.paging import page
from annotator.models import Image, Prediction, User
from annotator.pyramid import TILE_PX, level_count
from annotator.services import images, labels, pyramids, queue, review, saving, steps
from annotator.services.errors import NotFound, ServiceError
from annotator.workflow import Right, State

router = Router(tags=["images"])

ORDERS = {
    "priority": ("-priority", "id"),
    "name": ("name", "id"),
    "-created": ("-created", "-id"),
    "id": ("id",),
}
FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"


class CommentIn(Schema):
    text: str
    x: float | None = None
    y: float | None = None


class ReturnIn(Schema):
    comments: list[CommentIn] = []


def describe_image(image: Image, user: User, pyramid_jobs: Mapping[int, int] | None = None) -> dict[str, Any]:
    """An image as JSON. `image.project.role` must be set (access does); predictions may be prefetched.

    `pyramid_jobs` are pyramids.open_jobs of a list with the image, where there is one.
    """
    newest = max(image.predictions.all(), key=lambda row: row.model.number, default=None)
    editable, reason = steps.may_edit(image, user)
    claimed = image.claimed_by_id is not None and (
        image.claimed_by_id == user.pk or queue.is_claimed_by_other(image, user)
    )
    return {
        "id": image.pk,
        "name": image.name,
        "project": image.project_id,
        "width": image.width,
        "height": image.height,
        "state": image.state,
        "split": image.split,
        "priority": image.priority,
        "revision": image.head,
        "annotator": image.annotator.username if image.annotator else None,
        "claimed_by": image.claimed_by.username if claimed and image.claimed_by else None,
        "claimed_until": image.claimed_until if claimed else None,
        "editable": editable,
        "read_only_reason": reason,
        "prediction": newest and _describe_prediction(newest),
        "open_comments": sum(1 for comment in image.comments.all() if not comment.resolved),
        "file": f"/api/v1/images/{image.pk}/file",
        "thumbnail": f"/api/v1/images/{image.pk}/thumbnail",
        **_describe_pyramid(image, pyramids.open_jobs([image]) if pyramid_jobs is None else pyramid_jobs),
    }


def _describe_pyramid(image: Image, jobs: Mapping[int, int]) -> dict[str, Any]:
    """Of a large image: its levels, or the job that is making them."""
    if image.pyramid_key:
        levels = level_count(image.width, image.height)
        return {"pyramid": {"tile_px": TILE_PX, "levels": levels}, "pyramid_job": None}
    return {"pyramid": None, "pyramid_job": jobs.get(image.pk)}


def _describe_prediction(row: Prediction) -> dict[str, Any]:
    total = sum(segment["pixels"] for segment in row.segments)
    weighted = sum(segment["pixels"] * segment["score"] for segment in row.segments)
    return {
        "model": row.model_id,
        "version": row.model.number,
        "mean_entropy": row.mean_entropy,
        "mean_score": weighted / total if total else 0.0,
    }


def with_relations(rows):
    """`rows` of images with all that `describe_image` reads."""
    predictions = Prediction.objects.select_related("model").defer("model__settings", "model__iou_per_class")
    return rows.select_related("annotator", "claimed_by").prefetch_related(
        Prefetch("predictions", predictions), "comments"
    )


@router.post("/projects/{int:project_id}/images", response={201: dict}, summary="Upload images or zips of images")
def post_images(request: HttpRequest, project_id: int, files: File[list[UploadedFile]], split: str = ""):
    project = access.get_project(request.user, project_id, Right.MANAGE)
    report = images.add_uploads(project=project, user=request.user, files=files, split=split)
    created = [{"id": i.pk, "name": i.name, "width": i.width, "height": i.height} for i in report.created]
    return Status(
        201,
        {
            "created": created,
            "duplicates": [{"name": name} for name in report.duplicates],
            "rejected": [{"name": name, "reason": reason} for name, reason in report.rejected],
        },
    )


@router.get("/projects/{int:project_id}/images", summary="Images of a project")
def list_images(
    request: HttpRequest,
    project_id: int,
    state: str | None = None,
    order: Literal["priority", "name", "-created", "id"] = "id",
    cursor: str | None = None,
):
    project = access.get_project(request.user, project_id)
    rows = with_relations(project.images.all())
    if state is not None:
        if state not in set(State):
            raise ServiceError(
                _("The state {state} is not one of {known}.").format(state=repr(state), known=", ".join(State))
            )
        rows = rows.filter(state=state)

    pyramid_jobs: dict[int, int] = {}

    def describe(image: Image) -> dict[str, Any]:
        image.project = project
        return describe_image(image, request.user, pyramid_jobs)

    def look_up(found: list[Image]) -> None:
        pyramid_jobs.update(pyramids.open_jobs(found))

    return page(rows, order=ORDERS[order], cursor=cursor, describe=describe, before=look_up)


@router.get("/images/{int:image_id}", summary="One image")
def get_image(request: HttpRequest, image_id: int):
    image = access.get_image(request.user, image_id)
    pyramids.ensure_pyramid(image=image, user=request.user)
    return describe_image(image, request.user)


@router.get(
    "/images/{int:image_id}/previous",
    response={200: dict, 204: None},
    summary="The image before it, by name, that has labels; 204 where there is none",
)
def get_previous(request: HttpRequest, image_id: int):
    image = access.get_image(request.user, image_id)
    previous = images.previous_labelled(image)
    if previous is None:
        return Status(204, None)
    previous.project = image.project
    return describe_image(previous, request.user)


@router.get("/images/{int:image_id}/file", summary="The picture, as a browser can show it")
def get_file(request: HttpRequest, image_id: int, original: bool = False):
    image = access.get_image(request.user, image_id)
    if image.rendition_key and not original:
        return file_answer(request, image.rendition_key, "image/png")
    return file_answer(request, image.file_key, image.mime)


@router.get("/images/{int:image_id}/thumbnail", summary="A small picture; ?overlay=1 or ?layer= with labels on it")
def get_thumbnail(
    request: HttpRequest,
    image_id: int,
    overlay: bool = False,
    layer: str | None = None,
    model: int | None = Query(None, ge=1, lt=2**63),
):
    """`layer` is head, revision:N, prediction or uncertainty (by default what is newest), `model` who predicted."""
    image = access.get_image(request.user, image_id)
    if not overlay and layer is None:
        return file_answer(request, image.thumbnail_key, "image/webp")
    return HttpResponse(
        draw_thumbnail(image, layer, model),
        content_type="image/webp",
        headers={"Cache-Control": ASK_AGAIN},
    )


@router.get("/images/{int:image_id}/uncertainty", summary="Entropy of the newest prediction, 8-bit grey PNG")
def get_uncertainty(request: HttpRequest, image_id: int):
    prediction = labels.newest_prediction(access.get_image(request.user, image_id))
    if prediction is None:
        raise NotFound(_("The image has no prediction."))
    return file_answer(request, prediction.uncertainty_key, "image/png", cache=ASK_AGAIN)


def file_answer(request: HttpRequest, key: str, mime: str, *, cache: str = FOR_EVER) -> HttpResponse:
    """A stored file. Its key names its content and is the ETag.

    Browsers may keep it for ever; with ASK_AGAIN, where another file may take its place under the same address, they
    ask each time whether it has.
    """
    tag = f'"{key.rsplit("/", 1)[-1]}"'
    if request.headers.get("If-None-Match") == tag:
        return not_modified(tag, cache)
    answer = FileResponse(storage.open_file(key), content_type=mime)
    for name, value in file_headers(tag, cache).items():
        answer[name] = value
    return answer


def file_headers(tag: str, cache: str = FOR_EVER) -> dict[str, str]:
    """Headers of a file; by default of one that never changes under its address."""
    return {"ETag": tag, "Cache-Control": cache, "Date": http_date()}


def not_modified(tag: str, cache: str = FOR_EVER) -> HttpResponse:
    return HttpResponse(status=304, headers={"ETag": tag, "Cache-Control": cache})


@router.post("/images/{int:image_id}/submit", summary="Hand an image to review")
def post_submit(request: HttpRequest, image_id: int):
    image = access.get_image(request.user, image_id)
    return describe_image(review.submit_image(image=image, user=request.user), request.user)


@router.post("/images/{int:image_id}/accept", summary="Take the labels as finished")
def post_accept(request: HttpRequest, image_id: int):
    image = access.get_image(request.user, image_id)
    return describe_image(review.accept_image(image=image, user=request.user), request.user)


@router.post("/images/{int:image_id}/return", summary="Send an image back to its annotator")
def post_return(request: HttpRequest, image_id: int, body: ReturnIn | None = None):
    image = access.get_image(request.user, image_id)
    comments = [comment.dict() for comment in body.comments] if body else []
    return describe_image(review.return_image(image=image, user=request.user, comments=comments), request.user)


@router.post("/images/{int:image_id}/reopen", summary="Open an accepted image again")
def post_reopen(request: HttpRequest, image_id: int):
    image = access.get_image(request.user, image_id)
    return describe_image(review.reopen_image(image=image, user=request.user), request.user)


@router.post("/images/{int:image_id}/accept-prediction", summary="Make the newest prediction the labels")
def post_accept_prediction(
    request: HttpRequest, image_id: int, model: int | None = None, if_match: str | None = Header(None)
):
    image = access.get_image(request.user, image_id)
    base = None if if_match is None else revision_of(if_match)
    saving.accept_prediction(image=image, user=request.user, base_revision=base, model_id=model)
    return describe_image(access.get_image(request.user, image_id), request.user)


@router.post("/images/{int:image_id}/release", response={204: None}, summary="Give a claimed image back to the queue")
def post_release(request: HttpRequest, image_id: int):
    queue.release_claim(image=access.get_image(request.user, image_id), user=request.user)
    return Status(204, None)
