"""Steps of an image from annotator to reviewer and back, and what is said on the way."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotator import workflow
from annotator.models import Comment, Image, Revision, User
from annotator.services import automation, queue
from annotator.services.errors import Conflict, ServiceError
from annotator.services.revisions import freeze_draft
from annotator.services.steps import change_state, lock_image
from annotator.services.text import checked_text
from annotator.workflow import Action

LONGEST_COMMENT = 4000


def submit_image(*, image: Image, user: User) -> Image:
    """Hand an image to review; its draft becomes an immutable revision. Raises WorkflowError, Claimed."""
    return _take_step(image, user, Action.SUBMIT, freeze=Revision.Kind.SUBMIT)


def accept_image(*, image: Image, user: User) -> Image:
    """Take an image's labels, with the reviewer's corrections if there are any, as finished."""
    image = _take_step(image, user, Action.ACCEPT, freeze=Revision.Kind.REVIEW)
    automation.after_acceptance(project=image.project, user=user)
    return image


def return_image(*, image: Image, user: User, comments: Sequence[Mapping[str, Any]] = ()) -> Image:
    """Send an image back to its annotator, with comments ({x, y, text}) that say why."""
    with transaction.atomic():
        for comment in comments:
            add_comment(image=image, user=user, text=comment["text"], x=comment.get("x"), y=comment.get("y"))
        return _take_step(image, user, Action.RETURN, freeze=Revision.Kind.REVIEW)


def reopen_image(*, image: Image, user: User) -> Image:
    """Open an accepted image for editing again."""
    return _take_step(image, user, Action.REOPEN, freeze=None)


def _take_step(image: Image, user: User, action: Action, freeze: Revision.Kind | None) -> Image:
    with transaction.atomic():
        image = lock_image(image)
        workflow.step(image.state, action, image.project.role)
        if action is Action.SUBMIT and image.head == 0:
            raise Conflict(_("Nothing is labelled in {name} yet.").format(name=image.name))
        queue.hold_claim(image, user)
        queue.drop_claim(image)
        if freeze is not None:
            freeze_draft(image, freeze)
        change_state(image, action, user)
    return image


def add_comment(*, image: Image, user: User, text: str, x: float | None = None, y: float | None = None) -> Comment:
    """Write a comment, pinned to the point (x, y) in image pixels or, without it, to the whole image."""
    text = checked_text(text, what=_("A comment"), longest=LONGEST_COMMENT, lines=True)
    if not text:
        raise ServiceError(_("A comment has 1 to {most} characters.").format(most=LONGEST_COMMENT))
    if (x is None) != (y is None):
        raise ServiceError(_("A pinned comment needs both x and y."))
    if x is not None and y is not None and not (0 <= x <= image.width and 0 <= y <= image.height):
        raise ServiceError(
            _("The point ({x}, {y}) lies outside {name}.").format(x=f"{x:g}", y=f"{y:g}", name=image.name)
        )
    return Comment.objects.create(image=image, author=user, text=text, x=x, y=y, revision=image.head)


def resolve_comment(*, comment: Comment, user: User) -> Comment:
    """Mark a comment as done, or open it again."""
    comment.resolved = not comment.resolved
    comment.save(update_fields=["resolved"])
    return comment
