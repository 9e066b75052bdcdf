"""Who works on which image: the ordered queue and its leases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from annotator.models import Image, Prediction, Project, User
from annotator.services.errors import Claimed, Conflict, NotFound, ServiceError
from annotator.wording import state_word
from annotator.workflow import EDITABLE_BY_ANNOTATORS, WAITING, State

if TYPE_CHECKING:
    from segmodels.acquisition import PredictionStats

Purpose = Literal["annotate", "review"]


AHEAD_LEASE = timedelta(minutes=5)
# Of one person: five pages, each with the open image and the one after it. What a page does not ask for or save for
# longest is given back first, so that nobody walks through the queue and keeps all of it.
MOST_CLAIMS = 10
OPEN_FOR: dict[Purpose, tuple[State, ...]] = {"annotate": EDITABLE_BY_ANNOTATORS, "review": (State.SUBMITTED,)}


def lease_end():
    return timezone.now() + timedelta(minutes=settings.CLAIM_MINUTES)


def ahead_lease_end():
    return timezone.now() + AHEAD_LEASE


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
            gettext("{user} is working on {name} until {until} UTC. Nothing was changed.").format(
                user=image.claimed_by.username, name=image.name, until=f"{image.claimed_until:%H:%M}"
            )
        )
    image.claimed_by = user
    image.claimed_until = lease_end()
    image.ahead_of = None


def drop_claim(image: Image) -> None:
    image.claimed_by = None
    image.claimed_until = None
    image.ahead_of = None


def release_claim(*, image: Image, user: User) -> None:
    """Give an image back to the queue, if it is this user's to give."""
    Image.objects.filter(pk=image.pk, claimed_by=user).update(**NO_CLAIM)


NO_CLAIM = {"claimed_by": None, "claimed_until": None, "ahead_of": None}


def claim_next_image(
    *, project: Project, user: User, purpose: Purpose = "annotate", skip: int | None = None
) -> Image | None:
    """Claim the most useful image for `user`, or None when none waits.

    First comes what was claimed ahead for them. Annotators then get, in this order: what was returned to them, what
    they (or a person who has left) began, then waiting images by priority. Reviewers get submitted images, oldest
    first, those of others before their own. `skip` names an image that is given back and not offered by this call.
    Two callers never get the same image: the row is locked where the database can (SKIP LOCKED), and SQLite runs one
    writing transaction at a time. Of more than MOST_CLAIMS that they then hold, the oldest are given back.
    """
    with transaction.atomic():
        if skip is not None:
            Image.objects.filter(pk=skip, claimed_by=user).update(**NO_CLAIM)
        held = _held_by(user)
        ahead = [row.pk for row in held if row.ahead_of_id is not None and row.is_leased]
        # Claimed ahead by a page that is still open elsewhere: that page's, unless nothing else waits.
        open_now = {row.pk for row in held}
        left = [row.pk for row in held if row.pk in ahead and row.ahead_of_id not in open_now]
        images = _free(project, user)
        if skip is not None:
            images = images.exclude(pk=skip)
        image = _first_of(
            _ranked(images.filter(pk__in=left), purpose, user, held),
            _ranked(images.exclude(pk__in=ahead), purpose, user, held),
            _ranked(images.filter(pk__in=ahead), purpose, user, held),
        )
        if image is not None:
            hold_claim(image, user)
            image.save(update_fields=NO_CLAIM.keys())
    _give_back_oldest(user, held, kept=[image])
    return image


def claim_ahead(*, project: Project, user: User, open_image: int, purpose: Purpose = "annotate") -> Image | None:
    """Claim the image that `user` will get after `open_image`, so that it can be loaded meanwhile; None if none waits.

    The claim on the open image is renewed, or taken where nobody holds it and its state is one for `purpose`. That on
    the next is short: saves of the open image, and asking again (which gives the same one), renew it, so an image
    does not wait for a person who has left. There is at most one ahead for each open image: its row stays locked
    until the claim is made. Of more than MOST_CLAIMS that they then hold, the oldest are given back.

    Raises NotFound for an open image that is not in the project, Claimed where somebody else holds it, Conflict where
    nobody does and its state is not one for `purpose`; then nothing is claimed.
    """
    with transaction.atomic():
        rows = project.images.select_for_update(of=("self",)).select_related("claimed_by")
        opened = rows.filter(pk=open_image).first()
        if opened is None:
            raise NotFound(gettext("The open image is not one of this project."))
        was_theirs = opened.claimed_by_id == user.pk
        hold_claim(opened, user)
        if not was_theirs and opened.state not in OPEN_FOR[purpose]:
            raise Conflict(
                gettext("{name} is {state}, so that nothing is claimed after it. Open an image of the queue.").format(
                    name=opened.name, state=state_word(opened.state)
                )
            )
        opened.save(update_fields=NO_CLAIM.keys())
        held = _held_by(user)
        mine = [row.pk for row in held if row.ahead_of_id == opened.pk]
        images = _free(project, user).exclude(pk=opened.pk)
        image = _first_of(
            _ranked(images.filter(pk__in=mine), purpose, user, held),
            _ranked(images.exclude(pk__in=[row.pk for row in held if row.is_leased]), purpose, user, held),
        )
        if image is not None:
            image.claimed_by, image.claimed_until, image.ahead_of = user, ahead_lease_end(), opened
            image.save(update_fields=NO_CLAIM.keys())
            if left := [pk for pk in mine if pk != image.pk]:
                Image.objects.filter(pk__in=left, claimed_by=user).update(**NO_CLAIM)
    _give_back_oldest(user, held, kept=[opened, image])
    return image


def _give_back_oldest(user: User, held: Sequence["HeldClaim"], kept: Sequence[Image | None]) -> None:
    """Release what `user` holds above MOST_CLAIMS, the longest untouched first; `kept` was claimed just now.

    A page that still shows such an image takes it again with its next save, where nobody has come in between.
    """
    now_claimed = {image.pk for image in kept if image is not None}
    others = [row for row in held if row.is_leased and row.pk not in now_claimed]
    oldest = sorted(others, key=lambda row: row.touched)
    for row in oldest[: max(0, len(others) + len(now_claimed) - MOST_CLAIMS)]:
        # One row at a time, and after the transaction: who holds several and waits for one may be waited for.
        Image.objects.filter(pk=row.pk, claimed_by=user, claimed_until=row.until).update(**NO_CLAIM)


def renew_ahead(*, open_image: Image, user: User) -> None:
    """Keep what `user` claimed ahead of the image that they are working on."""
    Image.objects.filter(ahead_of=open_image, claimed_by=user).update(claimed_until=ahead_lease_end())


@dataclass(frozen=True)
class HeldClaim:
    pk: int
    ahead_of_id: int | None
    until: datetime
    is_leased: bool

    @property
    def touched(self) -> datetime:
        """When it was taken or last renewed."""
        lease = timedelta(minutes=settings.CLAIM_MINUTES) if self.ahead_of_id is None else AHEAD_LEASE
        return self.until - lease


def _held_by(user: User) -> list[HeldClaim]:
    """All claims in the name of `user`, those that have run out and nobody else took included."""
    now = timezone.now()
    rows = Image.objects.filter(claimed_by=user).values_list("pk", "ahead_of", "claimed_until")
    return [HeldClaim(pk, ahead_of, until, until > now) for pk, ahead_of, until in rows if until is not None]


def _free(project: Project, user: User) -> QuerySet[Image]:
    is_leased = Q(claimed_until__gt=timezone.now())
    return Image.objects.filter(Q(claimed_by__isnull=True) | Q(claimed_by=user) | ~is_leased, project=project)


def _first_of(*rankings: Iterator[QuerySet[Image]]) -> Image | None:
    """The first image, in the order of the rankings, whose row nobody else is just taking."""
    for rows in chain(*rankings):
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        if (image := rows.first()) is not None:
            return image
    return None


def _ranked(
    images: QuerySet[Image], purpose: Purpose, user: User, held: Sequence[HeldClaim]
) -> Iterator[QuerySet[Image]]:
    """`images` as `user` gets them: one ordered list after the other.

    Each is read through an index to its first row only, however many images wait; one query that sorts them all
    took 12 ms for 20,000 images and would take a second for a million.
    """
    claimed = [row.pk for row in held]
    return _to_review(images, user, claimed) if purpose == "review" else _to_annotate(images, user, claimed)


def _to_annotate(images: QuerySet[Image], user: User, claimed: Sequence[int]) -> Iterator[QuerySet[Image]]:
    by_priority = images.order_by("-priority", "id")
    theirs = by_priority.filter(Q(annotator=user) | Q(annotator__isnull=True))
    yield theirs.filter(state=State.RETURNED)
    yield theirs.filter(state=State.IN_PROGRESS)
    yield by_priority.filter(pk__in=claimed, state__in=WAITING)
    firsts = []
    for state in WAITING:
        waiting = by_priority.filter(state=state)
        if (first := waiting.values_list("priority", "pk").first()) is not None:
            firsts.append((-first[0], first[1], waiting))
    for *_, waiting in sorted(firsts, key=lambda entry: entry[:2]):
        yield waiting


def _to_review(images: QuerySet[Image], user: User, claimed: Sequence[int]) -> Iterator[QuerySet[Image]]:
    submitted = images.filter(state=State.SUBMITTED).order_by("state_changed", "id")
    yield submitted.filter(pk__in=claimed)
    yield submitted.exclude(annotator=user)
    yield submitted


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
        raise ServiceError(
            gettext("The strategy {strategy} is not one of {known}.").format(
                strategy=repr(strategy), known=", ".join(STRATEGIES)
            )
        )
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
