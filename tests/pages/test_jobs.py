"""Background work as people see it."""

import pytest
from django.urls import reverse

from annotator.models import Job


@pytest.fixture
def make_job(project, alice):
    def make(state="running", **more):
        values = {"kind": "import", "queue": "io", "requested_by": alice, "progress": 0.25, "message": "7 of 28 images"}
        return Job.objects.create(project=project, state=state, **(values | more))

    return make


def test_the_list_shows_what_runs_first_and_is_live(as_user, bob, make_job):
    running, done = make_job(), make_job("succeeded")
    response = as_user(bob).get("/jobs/")
    assert [job.pk for job in response.context["jobs"]] == [running.pk, done.pk]
    html = response.content.decode()
    assert "7 of 28 images" in html and "every 2s" in html


def test_the_list_is_quiet_when_all_is_done(as_user, bob, make_job):
    make_job("succeeded")
    assert "every 2s" not in as_user(bob).get("/jobs/").content.decode()


def test_chunks_of_a_job_are_not_listed(as_user, alice, project, make_job):
    parent = make_job(kind="predict")
    make_job(kind="predict_chunk", parent=parent)
    response = as_user(alice).get(reverse("jobs", args=[project.pk]))
    assert [job.pk for job in response.context["jobs"]] == [parent.pk]


def test_strangers_see_no_job(as_user, charlie, make_job):
    make_job()
    assert as_user(charlie).get("/jobs/").context["jobs"] == []


def test_a_failed_job_shows_its_reason_and_its_log(as_user, bob, make_job):
    job = make_job("failed", error="cells.zip is no zip.", log="12:00:00 unpacking cells.zip")
    html = as_user(bob).get(reverse("job", args=[job.pk])).content.decode()
    assert "cells.zip is no zip." in html
    assert "12:00:00 unpacking cells.zip" in html


def test_managers_cancel_a_queued_job_at_once(as_user, alice, make_job):
    job = make_job("queued")
    as_user(alice).post(reverse("job-cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_annotators_cancel_only_what_they_asked_for(as_user, bob, make_job):
    client, foreign, own = as_user(bob), make_job("queued"), make_job("queued", requested_by=bob)
    assert client.post(reverse("job-cancel", args=[foreign.pk])).status_code == 403
    assert client.post(reverse("job-cancel", args=[own.pk])).status_code == 302
    foreign.refresh_from_db(), own.refresh_from_db()
    assert (foreign.state, own.state) == ("queued", "cancelled")


def test_strangers_cancel_nothing(as_user, charlie, make_job):
    job = make_job("queued")
    assert as_user(charlie).post(reverse("job-cancel", args=[job.pk])).status_code == 404


def test_cancelling_what_has_ended_changes_nothing(as_user, alice, make_job):
    job = make_job("succeeded")
    as_user(alice).post(reverse("job-cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "succeeded" and not job.cancel_requested


def test_the_page_of_a_running_job_asks_for_its_live_part(as_user, alice, make_job):
    job = make_job()
    client, address = as_user(alice), reverse("job", args=[job.pk])
    assert "every 1s" in client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part.headers["Vary"]
