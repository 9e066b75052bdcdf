"""Jobs: the row is the truth. Creating, leasing, reporting progress, cancelling, and finding what was lost.

A worker may run a job only while it holds its lease, which a heartbeat renews; a second delivery of the same
message finds the lease held and leaves. When the heartbeat stops (the worker was killed), the lease runs out and
`sweep` hands the job to the broker again. When the broker forgot its messages, `sweep` sees that its mark is gone
and sends all queued jobs again.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Avg, F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from annotator.celery import app
from annotator.models import Image, Job, JobState, Project, User
from annotator.phrase import Phrase, counted, said
from annotator.services.errors import Conflict, ServiceError
from annotator.wording import told

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
HEARTBEAT_SECONDS = 4.0
MOST_ATTEMPTS = 5
RESEND_AFTER = timedelta(minutes=15)
# What a person waits for is tried again soon, but not with each of their clicks.
RETRY_AFTER = timedelta(minutes=2)
# A message that Redis gave to a worker which was being killed is gone, though Redis was never emptied.
MISSED_AFTER = timedelta(seconds=15)
UNSENT_AFTER = timedelta(seconds=10)
QUEUES = ("interactive", "io", "gpu")
OPEN = (JobState.QUEUED, JobState.RUNNING)
LOG_CHARACTERS = 100_000
LONGEST_MESSAGE = 300
BROKER_MARK = "maskloop:broker-mark"


class Cancelled(Exception):
    """Raised inside a job when somebody asked to cancel it."""


class LeaseLost(Exception):
    """Raised inside a job whose lease went to another worker: stop, and write nothing more."""


@dataclass(frozen=True)
class WaitForChunks:
    """What a job returns that made chunks: it ends when they have all ended."""


class JobHandle:
    """What the running code sees of its job: arguments, and ways to report."""

    REPORT_SECONDS = 1.0

    def __init__(self, job: Job):
        self.job = job
        self._reported = 0.0
        self._checked = 0.0

    @property
    def arguments(self) -> dict[str, Any]:
        return self.job.arguments

    def report(self, progress: float, message: str = "", *, now: bool = False) -> None:
        """Write progress (0..1) and a message, at most once a second unless `now`; raises as `check` does."""
        if now or time.monotonic() - self._reported >= self.REPORT_SECONDS:
            self._reported = time.monotonic()
            self._update(
                progress=Greatest(F("progress"), min(1.0, max(0.0, float(progress)))), message=_shortened(message)
            )
            if self.job.parent_id:
                _refresh_parent(self.job.parent_id)
        self.check()

    def log(self, line: str) -> None:
        """Append a line to the job's log."""
        self.job.log = (self.job.log + f"{timezone.now():%H:%M:%S} {line}\n")[-LOG_CHARACTERS:]
        self._update(log=self.job.log)

    def check(self) -> None:
        """Raise Cancelled or LeaseLost when this job must stop; asks the database at most once a second."""
        if time.monotonic() - self._checked < 1.0:
            return
        self._checked = time.monotonic()
        row = Job.objects.filter(pk=self.job.pk).values("lease", "cancel_requested").first()
        if row is None or row["lease"] != self.job.lease:
            raise LeaseLost
        if row["cancel_requested"]:
            raise Cancelled

    def should_stop(self) -> bool:
        """The same as a question, for loops that end in their own way."""
        try:
            self.check()
        except (Cancelled, LeaseLost):
            return True
        return False

    def _update(self, **fields: Any) -> None:
        if not Job.objects.filter(pk=self.job.pk, lease=self.job.lease).update(**fields):
            raise LeaseLost


def create_job(
    *,
    kind: str,
    queue: str,
    project: Project | None,
    user: User | None,
    arguments: Mapping[str, Any],
    parent: Job | None = None,
) -> Job:
    """A queued job, handed to the broker when the transaction commits."""
    job = Job.objects.create(
        kind=kind, queue=queue, project=project, requested_by=user, arguments=dict(arguments), parent=parent
    )
    transaction.on_commit(lambda: send(job))
    return job


class FailedLately(Conflict):
    """Work on an image that failed a short while ago and is not tried again yet."""


def open_or_start(
    *,
    kind: str,
    queue: str,
    image: Image,
    user: User | None,
    arguments: Mapping[str, Any],
    retry_after: timedelta,
    part: Mapping[str, Any] | None = None,
) -> Job:
    """The job of this kind and with these arguments that is at work on an image, or a part of it, or a new one.

    Whoever asks at the same time shares one: a new one is made under the lock of the image. Raises FailedLately where
    the last one of the image, whatever its part, failed less than `retry_after` ago, Conflict where the image was
    deleted.
    """
    of_whole = Job.objects.filter(kind=kind, project=image.project_id)
    for name, value in arguments.items():
        of_whole = of_whole.filter(**{f"arguments__{name}": value})
    _raise_where_failed_lately(of_whole, image, retry_after)
    arguments = {**arguments, **(part or {})}
    of_image = of_whole.filter(arguments=arguments, state__in=OPEN)
    if (found := of_image.first()) is not None:
        return found
    with transaction.atomic():
        if Image.objects.select_for_update(of=("self",)).filter(pk=image.pk).first() is None:
            raise Conflict(_("{name} was deleted meanwhile; nothing was changed.").format(name=image.name))
        return of_image.first() or create_job(
            kind=kind, queue=queue, project=image.project, user=user, arguments=arguments
        )


def _raise_where_failed_lately(of_image: QuerySet[Job], image: Image, retry_after: timedelta) -> None:
    newest = of_image.exclude(state__in=OPEN).first()
    if newest is not None and newest.state == JobState.FAILED and newest.finished is not None:
        again = newest.finished + retry_after
        if again > timezone.now():
            raise FailedLately(
                _("{name} could not be prepared: {reason} It can be tried again from {time} UTC on.").format(
                    name=image.name, reason=f"{told(newest.error).rstrip('.')}.", time=f"{again:%H:%M:%S}"
                )
            )


def send(job: Job) -> None:
    """Hand a job to the broker. When the broker is away the row stays queued and the sweep sends it later."""
    try:
        app.send_task("annotator.run_job", args=[job.pk], queue=job.queue, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("job %s waits: the broker cannot be reached (%s)", job.pk, error)
        return
    Job.objects.filter(pk=job.pk).update(sent=timezone.now())


def take(job_id: int) -> Job | None:
    """Lease a job to this worker; None where it has ended, is held by another, or must not run any more."""
    now = timezone.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    lease = uuid4().hex
    taken = Job.objects.filter(free, pk=job_id, cancel_requested=False).update(
        state=JobState.RUNNING, lease=lease, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    Job.objects.filter(pk=job_id, started__isnull=True).update(started=now)
    return Job.objects.select_related("project", "requested_by", "parent").get(pk=job_id)


def execute(job_id: int, runners: Mapping[str, Callable[[JobHandle], Any]]) -> None:
    """Lease a job, run it by its kind, and write down how it ended; leaves at once where there is nothing to do."""
    job = take(job_id)
    if job is None:
        return
    handle = JobHandle(job)
    if job.attempts > MOST_ATTEMPTS:
        _finish(
            job,
            JobState.FAILED,
            error=Phrase("Given up: the worker died {count} times in the middle of this job.", count=MOST_ATTEMPTS),
        )
        return
    with _heartbeat(job):
        try:
            result = runners[job.kind](handle)
        except Cancelled:
            _finish(job, JobState.CANCELLED)
        except LeaseLost:
            logger.warning("job %s went on elsewhere", job.pk)
        except Exception as error:
            # The one place where every error of a job ends: in the row, for the person who asked, and in the log.
            logger.exception("job %s (%s) failed", job.pk, job.kind)
            _finish(job, JobState.FAILED, error=_in_words(error))
        else:
            if isinstance(result, WaitForChunks):
                _wait_for_chunks(job)
            else:
                _finish(job, JobState.SUCCEEDED, result=result)


def _in_words(error: Exception) -> str:
    detail = said(error) or Phrase("no further detail")
    if not isinstance(detail, Phrase):
        detail = detail.replace("\0", "")  # PostgreSQL stores no text with it
    if isinstance(error, ServiceError | ValueError):
        return detail
    return Phrase("{name}: {reason}", name=type(error).__name__, reason=detail)


def _shortened(message: str) -> str:
    return message if isinstance(message, Phrase) else message[:LONGEST_MESSAGE]


class _heartbeat:
    """Renews a job's lease from a thread of its own while the work goes on."""

    def __init__(self, job: Job):
        self.job = job
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._beat, name=f"heartbeat-{job.pk}", daemon=True)

    def _beat(self) -> None:
        try:
            while not self.stop.wait(HEARTBEAT_SECONDS):
                close_old_connections()
                try:
                    Job.objects.filter(pk=self.job.pk, lease=self.job.lease).update(lease_until=timezone.now() + LEASE)
                except DatabaseError as error:
                    # The next beat may get through; without one the lease runs out and another worker goes on.
                    logger.warning("job %s: no heartbeat (%s)", self.job.pk, error)
        finally:
            connection.close()

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


def _finish(job: Job, state: JobState, *, result: Any = None, error: str = "") -> None:
    fields: dict[str, Any] = {"state": state, "finished": timezone.now(), "error": error, "lease_until": None}
    if state is JobState.SUCCEEDED:
        fields |= {"progress": 1.0, "result": result}
    Job.objects.filter(pk=job.pk, lease=job.lease).update(**fields)
    if job.parent_id:
        _refresh_parent(job.parent_id)


def _wait_for_chunks(job: Job) -> None:
    Job.objects.filter(pk=job.pk, lease=job.lease).update(lease_until=None)
    if Job.objects.filter(pk=job.pk, cancel_requested=True).exists():
        cancel_job(job=job)  # asked for before the chunks were there to be cancelled
    _refresh_parent(job.pk)


def _refresh_parent(parent_id: int) -> None:
    """Sum up a job from its chunks, and end it with the last of them."""
    with transaction.atomic():
        parent = Job.objects.select_for_update().filter(pk=parent_id, state=JobState.RUNNING, lease_until=None).first()
        if parent is None:
            return
        chunks = Job.objects.filter(parent_id=parent_id)
        parent.progress = max(parent.progress, chunks.aggregate(mean=Avg("progress"))["mean"] or 0.0)
        if not chunks.filter(state__in=OPEN).exists():
            failed = chunks.filter(state=JobState.FAILED).first()
            parent.finished = timezone.now()
            if failed is not None:
                parent.state, parent.error = JobState.FAILED, failed.error
            elif chunks.filter(state=JobState.CANCELLED).exists():
                parent.state = JobState.CANCELLED
            else:
                parent.state, parent.progress = JobState.SUCCEEDED, 1.0
                results = [result or {} for result in chunks.values_list("result", flat=True)]
                parent.result = {"images": sum(result.get("images", 0) for result in results)}
                parent.message = counted("{count:,} image", "{count:,} images", parent.result["images"])
        parent.save(update_fields=["progress", "state", "error", "finished", "result", "message"])


def cancel_job(*, job: Job) -> Job:
    """Ask a job to stop: at once where it has not begun, else at its next step; what it finished stays."""
    with transaction.atomic():
        family = Job.objects.filter(Q(pk=job.pk) | Q(parent=job), state__in=OPEN)
        family.update(cancel_requested=True)
        now = timezone.now()
        queued = Job.objects.filter(Q(pk=job.pk) | Q(parent=job), state=JobState.QUEUED)
        queued.update(state=JobState.CANCELLED, finished=now)
        abandoned = Job.objects.filter(Q(pk=job.pk) | Q(parent=job), state=JobState.RUNNING, lease_until__lt=now)
        abandoned.update(state=JobState.CANCELLED, finished=now)
    _refresh_parent(job.parent_id or job.pk)
    job.refresh_from_db()
    return job


def sweep() -> int:
    """Send again what was lost: jobs whose worker died, and queued jobs that the broker forgot. Returns how many."""
    now = timezone.now()
    # A job that was asked to stop and whose worker died has nobody left to stop it.
    Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now, cancel_requested=True).update(
        state=JobState.CANCELLED, finished=now
    )
    lost = Q(state=JobState.RUNNING, lease_until__lt=now)
    waiting = Q(state=JobState.QUEUED) | lost
    # Once after its lease ran out: while all workers are busy, copies of a message would only pile up.
    newly_lost = lost & (Q(sent=None) | Q(sent__lt=F("lease_until")))
    never_sent = Q(state=JobState.QUEUED, sent=None, created__lt=now - UNSENT_AFTER)
    long_waiting = waiting & Q(sent__lt=now - RESEND_AFTER)
    missed = Q(state=JobState.QUEUED, queue__in=queues_without_messages(), sent__lt=now - MISSED_AFTER)
    chosen = waiting if broker_was_emptied() else newly_lost | never_sent | long_waiting | missed
    jobs = list(Job.objects.filter(chosen))
    for job in jobs:
        logger.info("job %s (%s, %s) is sent again", job.pk, job.kind, job.state)
        send(job)
    waiting_parents = Job.objects.filter(state=JobState.RUNNING, lease_until=None).values_list("pk", flat=True)
    for parent_id in waiting_parents:
        _refresh_parent(parent_id)
    return len(jobs)


def queues_without_messages() -> list[str]:
    """Queues of the broker in which nothing waits; a copy that is sent to one ends the reason to send another."""
    with app.connection_or_acquire() as broker:
        client = broker.default_channel.client
        return [queue for queue in QUEUES if client.llen(queue) == 0]


def broker_was_emptied() -> bool:
    """Whether the broker lost its keys since the last call: a mark that was left there is gone."""
    with app.connection_or_acquire() as broker:
        return bool(broker.default_channel.client.set(BROKER_MARK, 1, nx=True))


def seconds_left(job: Job) -> float | None:
    """Estimated seconds until a running job ends, or None where nothing can be said yet."""
    if job.state != JobState.RUNNING or job.started is None or job.progress < 0.02:
        return None
    elapsed = (timezone.now() - job.started).total_seconds()
    return elapsed * (1.0 - job.progress) / job.progress
