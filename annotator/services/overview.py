"""The state of a project's loop in one picture, and the one thing to do next."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet

from annotator.models import ImageEvent, Job, JobState, ModelVersion, Project, TrainingRun, User
from annotator.services import queue
from annotator.services.scores import is_better, score_change
from annotator.workflow import EDITABLE_BY_ANNOTATORS, WAITING, Action, Right, Role, State, role_grants

FIRST_TRAINING_IMAGES = 8
# A model is worth retraining when its training set grew by this share.
RETRAIN_SHARE = 0.2


class Task(StrEnum):
    """What a person can be asked to do next."""

    IMPORT = "import"
    LABEL = "label"
    REVIEW = "review"
    TRAIN = "train"
    WATCH = "watch"
    PROMOTE = "promote"
    PRELABEL = "prelabel"
    EXPORT = "export"
    LOOK = "look"


@dataclass(frozen=True)
class NextStep:
    """The one step that brings the loop forward; `model` and `run` say of what, where it is of something."""

    task: Task
    title: str
    detail: str
    model: ModelVersion | None = None
    run: TrainingRun | None = None


@dataclass(frozen=True)
class Loop:
    """All that the next step is decided from.

    `newest` is the newest model version, `run` a training run under way, `accepted_since` the number of
    images accepted since the labels of the newest model were frozen; `returned_to_me` and `begun_by_me`
    count what the queue gives to this person before anything else.
    """

    counts: dict[State, int]
    promoted: ModelVersion | None
    newest: ModelVersion | None
    run: TrainingRun | None
    is_predicting: bool
    accepted_since: int
    returned_to_me: int
    begun_by_me: int
    role: Role

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def accepted(self) -> int:
        return self.counts[State.ACCEPTED]

    @property
    def submitted(self) -> int:
        return self.counts[State.SUBMITTED]

    @property
    def unfinished(self) -> int:
        """Images that nobody submitted yet, whoever works on them."""
        return sum(self.counts[state] for state in EDITABLE_BY_ANNOTATORS)

    @property
    def to_label(self) -> int:
        """Images that the queue can give to this person."""
        return sum(self.counts[state] for state in WAITING) + self.returned_to_me + self.begun_by_me

    def may(self, right: Right) -> bool:
        return role_grants(self.role, right)


@dataclass(frozen=True)
class Overview:
    """`previous` is the model before the promoted one.

    `curve` are the models with a score of the promoted one's name, else of the newest one's, oldest first.
    """

    loop: Loop
    next_step: NextStep
    previous: ModelVersion | None
    curve: list[ModelVersion]

    @property
    def change(self) -> float | None:
        """Score of the promoted model minus that of the one before, where they compare."""
        promoted, previous = self.loop.promoted, self.previous
        return None if promoted is None or previous is None else score_change(previous, promoted)


def project_overview(*, project: Project, user: User) -> Overview:
    """The loop of a project as `user` sees it; `project.role` must be set (`access` does)."""
    models = list(project.models.order_by("number").defer("settings", "iou_per_class"))
    promoted = next((model for model in models if model.pk == project.promoted_model_id), None)
    newest = models[-1] if models else None
    loop = Loop(
        counts=queue.state_counts(project),
        promoted=promoted,
        newest=newest,
        run=_open_run(project),
        is_predicting=_open_jobs(project).filter(kind="predict").exists(),
        accepted_since=_accepted_since(project, newest),
        returned_to_me=project.images.filter(
            Q(annotator=user) | Q(annotator__isnull=True), state=State.RETURNED
        ).count(),
        begun_by_me=project.images.filter(annotator=user, state=State.IN_PROGRESS).count(),
        role=project.role,
    )
    shown = promoted or newest
    earlier = [model for model in models if promoted is not None and model.number < promoted.number]
    return Overview(
        loop=loop,
        next_step=next_step(loop),
        previous=earlier[-1] if earlier else None,
        curve=[m for m in models if shown and m.score is not None and m.score_name == shown.score_name],
    )


def _open_jobs(project: Project) -> QuerySet[Job]:
    return Job.objects.filter(project=project, parent=None, state__in=(JobState.QUEUED, JobState.RUNNING))


def _open_run(project: Project) -> TrainingRun | None:
    return project.training_runs.filter(job__in=_open_jobs(project)).select_related("job").first()


def _accepted_since(project: Project, newest: ModelVersion | None) -> int:
    """Images that are accepted now and became so after the labels of the newest model were frozen."""
    if newest is None:
        return 0
    frozen = newest.snapshot.created
    events = ImageEvent.objects.filter(
        image__project=project,
        image__state=State.ACCEPTED,
        action__in=(Action.ACCEPT, Action.IMPORT),
        at__gt=frozen,
    )
    return events.values("image").distinct().count()


def next_step(loop: Loop) -> NextStep:
    """What this person should do now. Each rule is asked in turn; the last one always has an answer."""
    rules = (_start, _first_model, _use_model, _keep_going, _finish)
    for rule in rules:
        step = rule(loop)
        if step is not None:
            return step
    return NextStep(Task.LOOK, "Look at the images", "Nothing waits for you here at the moment.")


def _start(loop: Loop) -> NextStep | None:
    if loop.total:
        return None
    if loop.may(Right.MANAGE):
        return NextStep(Task.IMPORT, "Import images", "Drop files, a zip or a whole dataset; labels come along.")
    return NextStep(Task.LOOK, "No images yet", "A manager of this project imports the first ones.")


def _first_model(loop: Loop) -> NextStep | None:
    if loop.newest is not None:
        return None
    if loop.run is not None:
        return _watch(loop.run)
    has_all = not loop.unfinished and not loop.submitted
    if loop.may(Right.MANAGE) and loop.accepted and (loop.accepted >= FIRST_TRAINING_IMAGES or has_all):
        return NextStep(
            Task.TRAIN, "Train the first model", f"{_images(loop.accepted)} accepted: enough to learn from."
        )
    missing = FIRST_TRAINING_IMAGES - loop.accepted - loop.submitted
    if missing > 0 and loop.to_label and loop.may(Right.LABEL):
        missing = min(missing, loop.to_label)
        return NextStep(
            Task.LABEL,
            f"Label {missing} more {_noun(missing)} to train the first model",
            "The editor opens one after the other; strokes are saved by themselves.",
        )
    return None


def _watch(run: TrainingRun) -> NextStep:
    return NextStep(
        Task.WATCH,
        f"Training run {run.number} is under way",
        "Watch its curves, or go on labelling.",
        run=run,
    )


def _use_model(loop: Loop) -> NextStep | None:
    """Put a finished model to work: promote it, then let it pre-label."""
    if loop.newest is None or not loop.may(Right.MANAGE) or loop.run is not None:
        return None
    if loop.promoted is None or _is_better(loop.newest, loop.promoted):
        against = "" if loop.promoted is None else f"; the promoted {loop.promoted} has {_score(loop.promoted)}"
        return NextStep(
            Task.PROMOTE,
            f"Promote {loop.newest}",
            f"Its validation mIoU is {_score(loop.newest)}{against}. A promoted model pre-labels what waits.",
            model=loop.newest,
        )
    new = loop.counts[State.NEW]
    if new and not loop.is_predicting:
        return NextStep(
            Task.PRELABEL,
            f"Pre-label {new} waiting {_noun(new)} with {loop.promoted}",
            "Correcting a prediction is quicker than painting from nothing.",
            model=loop.promoted,
        )
    return None


def _is_better(newest: ModelVersion, promoted: ModelVersion) -> bool:
    return newest.number > promoted.number and is_better(newest, promoted)


def _keep_going(loop: Loop) -> NextStep | None:
    """Retrain when enough came in, else review, else label."""
    retrain = loop.newest is not None and loop.run is None and loop.may(Right.MANAGE) and loop.accepted_since
    if retrain:
        assert loop.newest is not None
        worthwhile = max(FIRST_TRAINING_IMAGES, RETRAIN_SHARE * loop.newest.training_images)
        nothing_else = not loop.submitted and not loop.unfinished
        if loop.accepted_since >= worthwhile or nothing_else:
            labels = "label" if loop.accepted_since == 1 else "labels"
            return NextStep(
                Task.TRAIN,
                f"Retrain: {loop.accepted_since} new {labels} since {loop.newest}",
                f"{loop.newest} learned from {_images(loop.newest.training_images)}, the next from all.",
            )
    if loop.submitted and loop.may(Right.REVIEW):
        return NextStep(
            Task.REVIEW,
            f"Review {loop.submitted} submitted {_noun(loop.submitted)}",
            "Accept, correct and accept, or return with comments. Only accepted labels are learned from.",
        )
    if loop.to_label and loop.may(Right.LABEL):
        return _label(loop)
    return None


def _label(loop: Loop) -> NextStep:
    if returned := loop.returned_to_me:
        return NextStep(
            Task.LABEL,
            f"Correct {returned} returned {_noun(returned)}",
            "A reviewer left comments on what to change.",
        )
    if prelabelled := loop.counts[State.PRELABELLED]:
        return NextStep(
            Task.LABEL,
            f"Correct the pre-labels of {prelabelled} {_noun(prelabelled)}",
            "The most uncertain come first: there a correction teaches the next model most.",
        )
    return NextStep(
        Task.LABEL,
        f"Label the next of {loop.to_label} {_noun(loop.to_label)}",
        "Strokes are saved by themselves.",
    )


def _finish(loop: Loop) -> NextStep | None:
    if loop.run is not None:
        return _watch(loop.run)
    if loop.accepted and loop.accepted == loop.total:
        return NextStep(Task.EXPORT, "Export the dataset", f"All {_images(loop.total)} are accepted.")
    return None


def _noun(number: int) -> str:
    return "image" if number == 1 else "images"


def _images(number: int) -> str:
    return f"{number} {_noun(number)}"


def _score(model: ModelVersion) -> str:
    return "not known" if model.score is None else f"{model.score:.1%}".replace("%", " %")
