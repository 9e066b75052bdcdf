"""Comments on images."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from annotator import access
from annotator.api.images import CommentIn
from annotator.models import Comment
from annotator.services import review
from annotator.workflow import Right

router = Router(tags=["comments"])


def describe_comment(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.pk,
        "x": comment.x,
        "y": comment.y,
        "text": comment.text,
        "author": comment.author.username,
        "revision": comment.revision,
        "created": comment.created,
        "resolved": comment.resolved,
    }


@router.get("/images/{int:image_id}/comments", summary="Comments on an image")
def list_comments(request: HttpRequest, image_id: int):
    image = access.get_image(request.user, image_id)
    return {"items": [describe_comment(row) for row in image.comments.select_related("author")], "next": None}


@router.post("/images/{int:image_id}/comments", response={201: dict}, summary="Comment, at a point or on the whole")
def post_comment(request: HttpRequest, image_id: int, body: CommentIn):
    image = access.get_image(request.user, image_id, Right.LABEL)
    comment = review.add_comment(image=image, user=request.user, text=body.text, x=body.x, y=body.y)
    return Status(201, describe_comment(comment))


@router.post("/comments/{int:comment_id}/resolve", summary="Mark as done, or open again")
def post_resolve(request: HttpRequest, comment_id: int):
    comment = access.get_comment(request.user, comment_id, Right.LABEL)
    return describe_comment(review.resolve_comment(comment=comment, user=request.user))
