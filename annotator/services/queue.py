"""Who works on which image: the ordered queue and its leases."""

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from annotator.models import Image, Prediction, Project, User
from annotator.services.errors import Claimed, ServiceError
from annotator.workflow import WAITING, State

if TYPE_CHECKING:
    from segmodels.acquisition import PredictionStats

Purpose = Literal["annotate", "review"]


def lease_end():
    return timezone.now() + timedelta(minutes=settings.CLAIM_MINUTES)


def is_claimed_by_other(image: Image, user: User) -> bool:
    """Whether somebody else's lease on the image still runs."""
    return (
        image.claimed_by_id is not None
        and image.claimed_by_id != user.pk
        and image.claimed_until is not None
        and image.claimed_until > timezone.now()
    )


def hold_claim(image: Image, user: User) -> None:
    """Take or renew the lease on a locked row; the caller saves it. Raises Claimed where somebody else holds it."""
    if is_claimed_by_other(image, user):
        assert image.claimed_by is not None and image.claimed_until is not None
        raise Claimed(
            f"{image.claimed_by.username} is working on {image.name} until {image.claimed_until:%H:%M} UTC. "
            "Nothing was changed."
        )
    image.claimed_by = user
    image.claimed_until = lease_end()


def drop_claim(image: Image) -> None:
    image.claimed_by = None
    image.claimed_until = None


def release_claim(*, image: Image, user: User) -> None:
    """Give an image back to the queue, if it is this user's to give."""
    Image.objects.filter(pk=image.pk, claimed_by=user).update(claimed_by=None, claimed_until=None)


def claim_next_image(
    *, project: Project, user: User, purpose: Purpose = "annotate", skip: int | None = None
) -> Image | None:
    """Claim the most useful image for `user`, or None when none waits.

    Annotators get, in this order: what was returned to them, what they (or a person who has left) began, then waiting
    images by priority.
    Reviewers get submitted images, oldest first, those of others before their own. `skip` names an image that is
    given back and not offered by this call. Two callers never get the same image: the row is locked where the
    database can (SKIP LOCKED), and SQLite runs one writing transaction at a time.
    """
    with transaction.atomic():
        if skip is not None:
            Image.objects.filter(pk=skip, claimed_by=user).update(claimed_by=None, claimed_until=None)
        candidates = _open_to(user, project)
        if skip is not None:
            candidates = candidates.exclude(pk=skip)
        ordered = _to_review(candidates, user) if purpose == "review" else _to_annotate(candidates, user)
        if connection.features.has_select_for_update_skip_locked:
            ordered = ordered.select_for_update(skip_locked=True, of=("self",))
        image = ordered.first()
        if image is None:
            return None
        image.claimed_by = user
        image.claimed_until = lease_end()
        image.save(update_fields=["claimed_by", "claimed_until"])
        return image


def _open_to(user: User, project: Project) -> QuerySet[Image]:
    free = Q(claimed_by__isnull=True) | Q(claimed_by=user) | Q(claimed_until__lt=timezone.now())
    return Image.objects.filter(free, project=project)


def _to_annotate(images: QuerySet[Image], user: User) -> QuerySet[Image]:
    mine = Q(annotator=user)
    return (
        images.filter(
            Q(state__in=WAITING)
            | (mine & Q(state__in=(State.RETURNED, State.IN_PROGRESS)))
            | Q(annotator__isnull=True, state__in=(State.RETURNED, State.IN_PROGRESS))
        )
        .annotate(
            turn=Case(
                When(state=State.RETURNED, then=Value(0)),
                When(state=State.IN_PROGRESS, then=Value(1)),
                When(claimed_by=user, then=Value(2)),
                default=Value(3),
                output_field=IntegerField(),
            )
        )
        .order_by("turn", "-priority", "id")
    )


def _to_review(images: QuerySet[Image], user: User) -> QuerySet[Image]:
    return (
        images.filter(state=State.SUBMITTED)
        .annotate(
            turn=Case(
                When(claimed_by=user, then=Value(0)),
                When(annotator=user, then=Value(2)),
                default=Value(1),
                output_field=IntegerField(),
            )
        )
        .order_by("turn", "state_changed", "id")
    )


def state_counts(project: Project) -> dict[State, int]:
    """Images in each state, zero included."""
    found = dict(project.images.values_list("state").annotate(Count("id")).order_by())
    return {state: found.get(state.value, 0) for state in State}


def cold_start_priority(content_hash: str) -> float:
    """Where an image without a prediction stands, -1..0: behind those with one, shuffled by content.

    A shuffled start gives the first model a fair sample; files in name order are often frames of one film.
    """
    return int(content_hash[:8], 16) / 2**32 - 1.0


def acquisition_score(project: Project, stats: "PredictionStats") -> float:
    """How useful a label for this image is by the project's strategy; higher is labelled sooner."""
    from segmodels.acquisition import STRATEGIES

    return STRATEGIES[project.strategy](stats, 0)


def choose_strategy(*, project: Project, strategy: str) -> None:
    """Order the queue by another acquisition function; the waiting images are scored anew."""
    from segmodels.acquisition import STRATEGIES, PredictionStats

    if strategy not in STRATEGIES:
        raise ServiceError(f"The strategy {strategy!r} is not one of {', '.join(STRATEGIES)}.")
    with transaction.atomic():
        project.strategy = strategy
        project.save(update_fields=["strategy"])
        newest = Prediction.objects.filter(image__project=project, image__state__in=WAITING).order_by(
            "image", "model__number"
        )
        last_of_image = {prediction.image_id: prediction for prediction in newest.select_related("image")}
        images = []
        for prediction in last_of_image.values():
            image = prediction.image
            stats = PredictionStats(image.content_hash, prediction.mean_entropy, prediction.mean_confidence)
            image.priority = acquisition_score(project, stats)
            images.append(image)
        Image.objects.bulk_update(images, ["priority"], batch_size=500)
