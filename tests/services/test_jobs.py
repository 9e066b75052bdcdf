"""Jobs: the row is the truth, one worker at a time, and every job ends."""

import time
from datetime import timedelta

import pytest
from celery import Celery
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from annotator.models import Job
from annotator.services import jobs
from annotator.services.errors import ServiceError
from annotator.services.jobs import Cancelled, JobHandle, LeaseLost, WaitForChunks


@pytest.fixture(autouse=True)
def broker(monkeypatch):
    """What was handed to the broker, which is said to be well and not emptied."""
    sent: list[int] = []

    def send_task(name, args, queue, retry):
        sent.append(args[0])

    monkeypatch.setattr(jobs.app, "send_task", send_task)
    monkeypatch.setattr(jobs, "broker_was_emptied", lambda: False)
    monkeypatch.setattr(jobs, "queues_without_messages", list)
    return sent


@pytest.fixture
def job(project):
    """job(**fields): a job of kind `work` on the io queue."""

    def make(**fields) -> Job:
        return Job.objects.create(**{"kind": "work", "queue": "io", "project": project, **fields})

    return make


def run(job: Job, work) -> Job:
    jobs.execute(job.pk, {job.kind: work})
    job.refresh_from_db()
    return job


def minutes_ago(minutes: float):
    return timezone.now() - timedelta(minutes=minutes)


def test_a_job_ends_with_its_result(job):
    done = run(job(), lambda handle: {"images": 3})
    assert (done.state, done.result, done.progress, done.error) == ("succeeded", {"images": 3}, 1.0, "")
    assert done.started <= done.finished


def test_a_job_that_fails_says_why_and_keeps_how_far_it_was(job):
    def work(handle):
        handle.report(0.4, "half way", now=True)
        raise ServiceError("The disk is full. Make room and start again.")

    done = run(job(), work)
    assert (done.state, done.error, done.progress) == ("failed", "The disk is full. Make room and start again.", 0.4)


def test_an_unforeseen_error_ends_the_job_too(job):
    assert run(job(), lambda handle: 1 / 0).error == "ZeroDivisionError: division by zero"
    assert run(job(kind="unheard of"), None).state == "failed"


def test_an_error_with_a_null_byte_can_be_stored(job):
    def work(handle):
        raise ValueError("broken \0 name")

    assert run(job(), work).error == "broken  name"


def test_progress_never_falls_and_stays_between_0_and_1(job):
    seen = []

    def work(handle):
        for progress in (0.3, 0.1, float("nan"), -5, 0.5, 17):
            handle.report(progress, "x", now=True)
            seen.append(Job.objects.get(pk=handle.job.pk).progress)

    run(job(), work)
    assert seen == [0.3, 0.3, 0.3, 0.3, 0.5, 1.0]


def test_a_long_message_is_cut_to_what_the_row_holds(job):
    def work(handle):
        handle.report(0.1, "m" * 1000, now=True)

    assert len(run(job(), work).message) == 300


def test_the_log_keeps_its_end(job, monkeypatch):
    monkeypatch.setattr(jobs, "LOG_CHARACTERS", 50)

    def work(handle):
        for number in range(20):
            handle.log(f"line {number}")

    log = run(job(), work).log
    assert len(log) == 50
    assert log.endswith("line 19\n")


# One worker at a time


def test_a_second_delivery_leaves_at_once(job):
    mine = job()
    ran = []

    def work(handle):
        ran.append("first")
        jobs.execute(mine.pk, {"work": lambda handle: ran.append("second")})

    assert run(mine, work).attempts == 1
    assert ran == ["first"]


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled"])
def test_a_job_that_has_ended_is_not_run_again(job, state):
    ran = []
    assert run(job(state=state), lambda handle: ran.append(1)).state == state
    assert ran == []


def test_a_job_whose_lease_ran_out_is_taken_by_another(job):
    lost = job(state="running", lease="dead", lease_until=minutes_ago(1), attempts=1, progress=0.6)
    done = run(lost, lambda handle: {"ok": 1})
    assert (done.state, done.attempts) == ("succeeded", 2)


def test_a_worker_that_lost_its_lease_stops_and_writes_nothing(job):
    def work(handle):
        Job.objects.filter(pk=handle.job.pk).update(lease="another", message="by the other")
        with pytest.raises(LeaseLost):
            handle.report(0.9, "by me", now=True)
        return {"by": "me"}

    done = run(job(), work)
    assert (done.state, done.message, done.result, done.lease) == ("running", "by the other", None, "another")


def test_a_job_that_kills_its_workers_is_given_up(job):
    lost = job(state="running", lease="dead", lease_until=minutes_ago(1), attempts=jobs.MOST_ATTEMPTS)
    ran = []
    done = run(lost, lambda handle: ran.append(1))
    assert (done.state, ran) == ("failed", [])
    assert "the worker died 5 times" in done.error


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_renews_the_lease_while_the_work_goes_on(job, monkeypatch):
    monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 0.05)
    mine = job()

    def work(handle):
        Job.objects.filter(pk=mine.pk).update(lease_until=minutes_ago(1))
        deadline = timezone.now() + timedelta(seconds=10)
        while timezone.now() < deadline:
            if Job.objects.get(pk=mine.pk).lease_until > timezone.now():
                return {"renewed": True}
        return {"renewed": False}

    assert run(mine, work).result == {"renewed": True}


# Cancel


def test_a_queued_job_is_cancelled_at_once(job):
    cancelled = jobs.cancel_job(job=job())
    assert (cancelled.state, cancelled.cancel_requested) == ("cancelled", True)
    assert run(cancelled, lambda handle: {}).state == "cancelled"


def test_a_running_job_stops_at_its_next_step(job):
    mine = job()

    def work(handle):
        handle.report(0.2, now=True)
        jobs.cancel_job(job=Job.objects.get(pk=mine.pk))
        handle._checked = 0.0
        assert handle.should_stop()
        handle._checked = 0.0
        handle.report(0.3, now=True)
        return {"ran": "to the end"}

    done = run(mine, work)
    assert (done.state, done.result) == ("cancelled", None)


def test_cancelling_what_has_ended_changes_nothing(job):
    done = run(job(), lambda handle: {"ok": 1})
    assert jobs.cancel_job(job=done).state == "succeeded"


def test_a_job_whose_worker_died_is_cancelled_at_once(job):
    assert jobs.cancel_job(job=job(state="running", lease="x", lease_until=minutes_ago(1))).state == "cancelled"


def test_the_question_whether_to_stop_is_not_asked_of_the_database_every_step(job, django_assert_num_queries):
    handle = JobHandle(jobs.take(job().pk))
    handle.check()
    with django_assert_num_queries(0):
        for _ in range(100):
            handle.check()


# Chunks


@pytest.fixture
def family(job):
    """family(n): a parent that waits for n queued chunks."""

    def make(count: int) -> tuple[Job, list[Job]]:
        parent = job(kind="parent")

        def split(handle):
            for _ in range(count):
                job(kind="chunk", queue="gpu", parent=handle.job)
            return WaitForChunks()

        run(parent, split)
        return parent, list(Job.objects.filter(parent=parent).order_by("pk"))

    return make


def test_a_parent_ends_with_its_last_chunk(family):
    parent, chunks = family(3)
    seen = []
    for chunk in chunks:
        seen.append(parent.state)
        run(chunk, lambda handle: {"images": 2})
        parent.refresh_from_db()
        seen.append(round(parent.progress, 2))
    assert seen == ["running", 0.33, "running", 0.67, "running", 1.0]
    assert (parent.state, parent.result) == ("succeeded", {"images": 6})


def test_a_chunk_that_fails_fails_the_parent_with_its_error_after_the_others(family):
    parent, (first, second) = family(2)
    run(first, lambda handle: 1 / 0)
    parent.refresh_from_db()
    assert parent.state == "running"
    run(second, lambda handle: {"images": 1})
    parent.refresh_from_db()
    assert (parent.state, parent.error) == ("failed", "ZeroDivisionError: division by zero")


def test_cancelling_a_parent_cancels_the_chunks_that_wait(family):
    parent, (first, second) = family(2)
    run(first, lambda handle: {"images": 1})
    jobs.cancel_job(job=parent)
    assert [Job.objects.get(pk=j.pk).state for j in (parent, first, second)] == ["cancelled", "succeeded", "cancelled"]


def test_a_parent_that_is_cancelled_while_it_makes_its_chunks_ends_cancelled(job):
    parent = job(kind="parent")

    def split(handle):
        jobs.cancel_job(job=Job.objects.get(pk=parent.pk))
        job(kind="chunk", parent=handle.job)
        return WaitForChunks()

    assert run(parent, split).state == "cancelled"
    assert Job.objects.get(kind="chunk").state == "cancelled"


def test_a_parent_without_chunks_does_not_wait_for_ever(family):
    parent, _ = family(0)
    parent.refresh_from_db()
    assert (parent.state, parent.result) == ("succeeded", {"images": 0})


def test_a_chunk_shows_its_progress_on_the_parent(family):
    parent, (first, _) = family(2)

    def work(handle):
        handle.report(0.5, "half", now=True)
        parent.refresh_from_db()
        return {"images": 1}

    run(first, work)
    assert parent.progress == 0.25


# What was lost


def test_a_job_whose_worker_died_is_sent_again_once(job, broker):
    lost = job(state="running", lease="dead", lease_until=minutes_ago(1), sent=minutes_ago(60), attempts=1)
    assert (jobs.sweep(), broker) == (1, [lost.pk])
    # Its worker may be busy for hours: the broker must not fill up with copies meanwhile.
    assert (jobs.sweep(), broker) == (0, [lost.pk])
    assert run(lost, lambda handle: {}).state == "succeeded"


def test_a_job_that_is_being_worked_on_is_left_alone(job, broker):
    job(state="running", lease="alive", lease_until=timezone.now() + timedelta(seconds=10))
    job(state="running", lease_until=None)
    jobs.sweep()
    assert broker == []


def test_a_job_that_was_never_sent_is_sent(job, broker):
    forgotten, _fresh = job(), job()
    Job.objects.filter(pk=forgotten.pk).update(created=minutes_ago(1))
    jobs.sweep()
    assert broker == [forgotten.pk]


def test_queued_jobs_are_sent_again_when_the_broker_was_emptied(job, broker, monkeypatch):
    queued = job(sent=timezone.now())
    jobs.sweep()
    assert broker == []
    monkeypatch.setattr(jobs, "broker_was_emptied", lambda: True)
    jobs.sweep()
    assert broker == [queued.pk]


def test_a_dead_job_that_was_to_stop_is_cancelled_and_not_sent(job, broker):
    dead = job(state="running", lease="x", lease_until=minutes_ago(1), cancel_requested=True)
    jobs.sweep()
    dead.refresh_from_db()
    assert (dead.state, broker) == ("cancelled", [])


def test_a_parent_whose_last_chunk_died_at_the_wrong_moment_is_ended_by_the_sweep(family):
    parent, (chunk,) = family(1)
    Job.objects.filter(pk=chunk.pk).update(state="succeeded", result={"images": 4})
    jobs.sweep()
    parent.refresh_from_db()
    assert (parent.state, parent.result) == ("succeeded", {"images": 4})


def test_a_broker_that_is_away_leaves_the_job_queued(job, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr(jobs.app, "send_task", away)
    waiting = job()
    jobs.send(waiting)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.sent) == ("queued", None)


def test_a_click_hardly_waits_for_a_broker_that_is_away(job, monkeypatch, tmp_path):
    elsewhere = Celery("elsewhere", broker=f"redis+socket://{tmp_path}/nobody.sock")
    elsewhere.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    monkeypatch.setattr(jobs, "app", elsewhere)
    waiting = job()
    began = time.monotonic()
    jobs.send(waiting)
    assert time.monotonic() - began < 3
    assert Job.objects.get(pk=waiting.pk).sent is None


def test_a_job_is_handed_over_only_when_its_row_is_there(project, broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        made = jobs.create_job(kind="work", queue="io", project=project, user=None, arguments={"a": 1})
    assert broker == []
    callbacks[0]()
    assert broker == [made.pk]


def test_what_is_left_is_estimated_from_what_is_done(job):
    half = job(state="running", started=minutes_ago(1), progress=0.5)
    assert jobs.seconds_left(half) == pytest.approx(60, abs=2)
    assert jobs.seconds_left(job(state="running", started=minutes_ago(1), progress=0.0)) is None
    assert jobs.seconds_left(job()) is None


def test_cancelled_is_an_answer_and_not_an_error(job):
    def work(handle):
        raise Cancelled

    done = run(job(), work)
    assert (done.state, done.error) == ("cancelled", "")


def test_a_message_that_died_with_its_worker_is_sent_again_once_its_queue_is_empty(job, broker, monkeypatch):
    missed = job(sent=timezone.now() - jobs.MISSED_AFTER * 2)
    jobs.sweep()
    assert broker == [], "its message still waits in the queue"
    monkeypatch.setattr(jobs, "queues_without_messages", lambda: [missed.queue])
    jobs.sweep()
    assert broker == [missed.pk]
    jobs.sweep()
    assert broker == [missed.pk], "it was sent just now"
