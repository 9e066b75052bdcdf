"""What can be done to many images at once: each action takes what it may and says what it left and why."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

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


def _step(take: Callable[..., Image], verb: str) -> Callable[[Project, User, Sequence[int]], Outcome]:
    """A step of the workflow, image by image, so that one refusal does not hold up the others."""

    def run(project: Project, user: User, ids: Sequence[int]) -> Outcome:
        refused: Counter[str] = Counter()
        done = 0
        for image in project.images.filter(pk__in=ids).order_by("id"):
            image.project = project
            try:
                take(image=image, user=user)
            except REFUSALS as error:
                refused[reason(error).replace(image.name, "an image")] += 1
            else:
                done += 1
        return Outcome(f"{_images(done)} {verb}." if done else "", refused)

    return run


def _split(name: str, title: str) -> Callable[[Project, User, Sequence[int]], Outcome]:
    def run(project: Project, user: User, ids: Sequence[int]) -> Outcome:
        images.set_split(project=project, image_ids=ids, split=name)
        return Outcome(f"{_images(len(ids))} set to {title}. Models trained so far keep their own division.")

    return run


def _prelabel(project: Project, user: User, ids: Sequence[int]) -> Outcome:
    predictions.start_predictions(project=project, user=user, scope=list(ids))
    return Outcome(f"{_images(len(ids))} handed to {project.promoted_model} for pre-labels. Your own labels stay.")


def _delete(project: Project, user: User, ids: Sequence[int]) -> Outcome:
    images.delete_images(project=project, user=user, image_ids=ids)
    return Outcome(f"{_images(len(ids))} deleted with their labels.")


def _images(number: int) -> str:
    return "1 image" if number == 1 else f"{number} images"


ACTIONS: dict[str, BulkAction] = {
    "submit": BulkAction(Right.LABEL, _step(review.submit_image, "submitted for review")),
    "accept": BulkAction(Right.REVIEW, _step(review.accept_image, "accepted")),
    "reopen": BulkAction(Right.REVIEW, _step(review.reopen_image, "opened for editing again")),
    "prelabel": BulkAction(Right.MANAGE, _prelabel),
    "split-train": BulkAction(Right.MANAGE, _split("train", "training")),
    "split-val": BulkAction(Right.MANAGE, _split("val", "validation")),
    "split-test": BulkAction(Right.MANAGE, _split("test", "test")),
    "split-auto": BulkAction(Right.MANAGE, _split("", "the automatic division")),
    "delete": BulkAction(Right.MANAGE, _delete),
}
