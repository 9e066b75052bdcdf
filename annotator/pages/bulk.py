"""What can be done to many images at once: each action takes what it may and says what it left and why."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotator.models import Image, Project, User
from annotator.pages.frame import REFUSALS, reason
from annotator.services import images, predictions, review
from annotator.workflow import Right


@dataclass
class Outcome:
    """`done` in words, empty where nothing was; `refused` counts why others were left as they are."""

    done: str
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class BulkAction:
    right: Right
    run: Callable[[Project, User, Sequence[int]], Outcome]


def _step(
    take: Callable[..., Image], done_text: Callable[[int], str]
) -> Callable[[Project, User, Sequence[int]], Outcome]:
    """A step of the workflow, image by image, so that one refusal does not hold up the others."""

    def run(project: Project, user: User, ids: Sequence[int]) -> Outcome:
        refused: Counter[str] = Counter()
        done = 0
        for image in project.images.filter(pk__in=ids).order_by("id"):
            image.project = project
            try:
                take(image=image, user=user)
            except REFUSALS as error:
                refused[reason(error).replace(image.name, _("an image"))] += 1
            else:
                done += 1
        return Outcome(done_text(done) if done else "", refused)

    return run


def _split(name: str, title: object) -> Callable[[Project, User, Sequence[int]], Outcome]:
    def run(project: Project, user: User, ids: Sequence[int]) -> Outcome:
        images.set_split(project=project, image_ids=ids, split=name)
        done = _count(
            "{count} image set to {split}. Models trained so far keep their own division.",
            "{count} images set to {split}. Models trained so far keep their own division.",
            len(ids),
            split=title,
        )
        return Outcome(done)

    return run


def _prelabel(project: Project, user: User, ids: Sequence[int]) -> Outcome:
    predictions.start_predictions(project=project, user=user, scope=list(ids))
    done = _count(
        "{count} image handed to {model} for pre-labels. Your own labels stay.",
        "{count} images handed to {model} for pre-labels. Your own labels stay.",
        len(ids),
        model=project.promoted_model,
    )
    return Outcome(done)


def _delete(project: Project, user: User, ids: Sequence[int]) -> Outcome:
    images.delete_images(project=project, user=user, image_ids=ids)
    return Outcome(
        _count("{count} image deleted with its labels.", "{count} images deleted with their labels.", len(ids))
    )


def _submitted(count: int) -> str:
    return _count("{count} image submitted for review.", "{count} images submitted for review.", count)


def _accepted(count: int) -> str:
    return _count("{count} image accepted.", "{count} images accepted.", count)


def _reopened(count: int) -> str:
    return _count("{count} image opened for editing again.", "{count} images opened for editing again.", count)


def _count(one: str, many: str, count: int, **values: object) -> str:
    return ngettext(one, many, count).format(count=count, **values)


ACTIONS: dict[str, BulkAction] = {
    "submit": BulkAction(Right.LABEL, _step(review.submit_image, _submitted)),
    "accept": BulkAction(Right.REVIEW, _step(review.accept_image, _accepted)),
    "reopen": BulkAction(Right.REVIEW, _step(review.reopen_image, _reopened)),
    "prelabel": BulkAction(Right.MANAGE, _prelabel),
    "split-train": BulkAction(Right.MANAGE, _split("train", Image.Split.TRAIN.label)),
    "split-val": BulkAction(Right.MANAGE, _split("val", Image.Split.VALIDATION.label)),
    "split-test": BulkAction(Right.MANAGE, _split("test", Image.Split.TEST.label)),
    "split-auto": BulkAction(Right.MANAGE, _split("", gettext_lazy("the automatic division"))),
    "delete": BulkAction(Right.MANAGE, _delete),
}
