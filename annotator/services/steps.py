"""Steps of an image through the workflow: the lock they are taken under, the event that tells of them."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from annotator import workflow
from annotator.models import Image, ImageEvent, User
from annotator.phrase import Phrase
from annotator.services import queue
from annotator.services.errors import Conflict
from annotator.wording import spoken, state_word
from annotator.workflow import Action, State

# What saves and steps change; the rest of the row belongs to others (splits, scores, pyramids).
WORK_FIELDS = ("state", "state_changed", "annotator", "head", "claimed_by", "claimed_until", "ahead_of")


def lock_image(image: Image) -> Image:
    """The row, locked until the end of the transaction, with its project and the caller's role in it.

    Raises Conflict where the image is gone.
    """
    rows = Image.objects.select_for_update(of=("self",)).select_related("project", "claimed_by")
    locked = rows.filter(pk=image.pk).first()
    if locked is None:
        raise Conflict(Phrase("{name} was deleted meanwhile; nothing was changed.", name=image.name))
    locked.project.role = image.project.role
    return locked


def change_state(image: Image, action: Action, user: User | None) -> None:
    """Take a locked image one step on, save it and write down the event. Raises WorkflowError."""
    event = _step(image, action, user)
    image.save(update_fields=WORK_FIELDS)
    if event is not None:
        event.save()


def change_states(images: Sequence[Image], action: Action, user: User | None, changed: Sequence[str] = ()) -> None:
    """The same for many locked images in two queries; of other fields only those named in `changed` are saved."""
    events = [event for image in images if (event := _step(image, action, user))]
    Image.objects.bulk_update(images, ["state", "state_changed", *changed])
    ImageEvent.objects.bulk_create(events)


def _step(image: Image, action: Action, user: User | None) -> ImageEvent | None:
    """Set the next state; returns the event to be written down, None where nothing happened."""
    before = image.state
    image.state = workflow.step(before, action, image.project.role).value
    if image.state == before and action not in (Action.ACCEPT_PREDICTION, Action.IMPORT):
        return None
    if image.state != before:
        image.state_changed = timezone.now()
    return ImageEvent(image=image, action=action, before=before, after=image.state, revision=image.head, by=user)


def may_edit(image: Image, user: User) -> tuple[bool, str]:
    """Whether `user` may change the labels now, and if not, why not, in words. Reads `image.project.role`."""
    try:
        workflow.step(image.state, workflow.edit_action(image.state), image.project.role)
    except workflow.NotAllowed as error:
        return False, spoken(error)
    except workflow.WorkflowError:
        reason = _("The image is {state}.").format(state=state_word(image.state))
        if State(image.state) is State.ACCEPTED:
            reason += " " + _("A reviewer can reopen it.")
        return False, reason
    if queue.is_claimed_by_other(image, user):
        assert image.claimed_by is not None
        return False, _("{name} is working on this image.").format(name=image.claimed_by.username)
    return True, ""
