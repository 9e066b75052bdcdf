"""The state of a project's loop in one picture, and the one thing to do next."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.models import ImageEvent, Job, JobState, ModelVersion, Project, TrainingRun, User
from annotator.services import queue
from annotator.services.scores import is_better, score_change
from annotator.wording import in_digits
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
    return NextStep(Task.LOOK, _("Look at the images"), _("Nothing waits for you here at the moment."))


def _start(loop: Loop) -> NextStep | None:
    if loop.total:
        return None
    if loop.may(Right.MANAGE):
        return NextStep(Task.IMPORT, _("Import images"), _("Drop files, a zip or a whole dataset; labels come along."))
    return NextStep(Task.LOOK, _("No images yet"), _("A manager of this project imports the first ones."))


def _first_model(loop: Loop) -> NextStep | None:
    if loop.newest is not None:
        return None
    if loop.run is not None:
        return _watch(loop.run)
    has_all = not loop.unfinished and not loop.submitted
    if loop.may(Right.MANAGE) and loop.accepted and (loop.accepted >= FIRST_TRAINING_IMAGES or has_all):
        return NextStep(
            Task.TRAIN,
            _("Train the first model"),
            _count(
                "{count} image accepted: enough to learn from.",
                "{count} images accepted: enough to learn from.",
                loop.accepted,
            ),
        )
    missing = FIRST_TRAINING_IMAGES - loop.accepted - loop.submitted
    if missing > 0 and loop.to_label and loop.may(Right.LABEL):
        missing = min(missing, loop.to_label)
        return NextStep(
            Task.LABEL,
            _count(
                "Label {count} more image to train the first model",
                "Label {count} more images to train the first model",
                missing,
            ),
            _("The editor opens one after the other; strokes are saved by themselves."),
        )
    return None


def _watch(run: TrainingRun) -> NextStep:
    return NextStep(
        Task.WATCH,
        _("Training run {number} is under way").format(number=run.number),
        _("Watch its curves, or go on labelling."),
        run=run,
    )


def _use_model(loop: Loop) -> NextStep | None:
    """Put a finished model to work: promote it, then let it pre-label."""
    if loop.newest is None or not loop.may(Right.MANAGE) or loop.run is not None:
        return None
    if loop.promoted is None or _is_better(loop.newest, loop.promoted):
        return NextStep(
            Task.PROMOTE,
            _("Promote {model}").format(model=loop.newest),
            _standing(loop.newest, loop.promoted),
            model=loop.newest,
        )
    new = loop.counts[State.NEW]
    if new and not loop.is_predicting:
        return NextStep(
            Task.PRELABEL,
            _count(
                "Pre-label {count} waiting image with {model}",
                "Pre-label {count} waiting images with {model}",
                new,
                model=loop.promoted,
            ),
            _("Correcting a prediction is quicker than painting from nothing."),
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
            return NextStep(
                Task.TRAIN,
                _count(
                    "Retrain: {count} new label since {model}",
                    "Retrain: {count} new labels since {model}",
                    loop.accepted_since,
                    model=loop.newest,
                ),
                _count(
                    "{model} learned from {count} image, the next from all.",
                    "{model} learned from {count} images, the next from all.",
                    loop.newest.training_images,
                    model=loop.newest,
                ),
            )
    if loop.submitted and loop.may(Right.REVIEW):
        return NextStep(
            Task.REVIEW,
            _count("Review {count} submitted image", "Review {count} submitted images", loop.submitted),
            _("Accept, correct and accept, or return with comments. Only accepted labels are learned from."),
        )
    if loop.to_label and loop.may(Right.LABEL):
        return _label(loop)
    return None


def _label(loop: Loop) -> NextStep:
    if returned := loop.returned_to_me:
        return NextStep(
            Task.LABEL,
            _count("Correct {count} returned image", "Correct {count} returned images", returned),
            _("A reviewer left comments on what to change."),
        )
    if prelabelled := loop.counts[State.PRELABELLED]:
        return NextStep(
            Task.LABEL,
            _count("Correct the pre-labels of {count} image", "Correct the pre-labels of {count} images", prelabelled),
            _("The most uncertain come first: there a correction teaches the next model most."),
        )
    return NextStep(
        Task.LABEL,
        _count("Label the next of {count} image", "Label the next of {count} images", loop.to_label),
        _("Strokes are saved by themselves."),
    )


def _finish(loop: Loop) -> NextStep | None:
    if loop.run is not None:
        return _watch(loop.run)
    if loop.accepted and loop.accepted == loop.total:
        return NextStep(
            Task.EXPORT,
            _("Export the dataset"),
            _count("{count} image is accepted.", "All {count} images are accepted.", loop.total),
        )
    return None


def _standing(newest: ModelVersion, promoted: ModelVersion | None) -> str:
    promise = _("A promoted model pre-labels what waits.")
    if promoted is None:
        return _("Its validation mIoU is {score}.").format(score=_score(newest)) + " " + promise
    comparison = _("Its validation mIoU is {score}; the promoted {model} has {other}.")
    return comparison.format(score=_score(newest), model=promoted, other=_score(promoted)) + " " + promise


def _count(one: str, many: str, count: int, **values: object) -> str:
    return ngettext(one, many, count).format(count=count, **values)


def _score(model: ModelVersion) -> str:
    return _("not known") if model.score is None else in_digits(f"{100 * model.score:.1f} %")
