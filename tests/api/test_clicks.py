"""POST /images/{id}/click-segment."""

import pytest

from annotator.models import Job
from tests.services.click_setup import set_up_clicks

CLICK = {"points": [{"x": 20, "y": 20, "positive": True}], "box": None}


@pytest.fixture
def setup(monkeypatch, settings, tmp_path):
    return set_up_clicks(monkeypatch, settings, tmp_path)


@pytest.fixture
def click(call, add_image):
    """click(user, body): the answer for the same image each time."""
    image = add_image(1)
    return lambda user, body: call(user).post(f"/images/{image.pk}/click-segment", body)


def test_without_weights_the_problem_says_how_to_set_it_up(click, alice, settings, tmp_path):
    settings.CLICK_WEIGHTS = tmp_path / "nowhere.pt"
    for body in (CLICK, {}):
        answer = click(alice, body)
        assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
        assert "fetch_weights" in answer.json()["setup"]


def test_a_tool_that_is_chosen_makes_the_image_ready(setup, click, alice, run_job):
    answer = click(alice, {})
    assert (answer.status_code, answer.json()["job"]["kind"]) == (202, "embed")
    run_job(Job.objects.get(pk=answer.json()["job"]["id"]))
    ready = click(alice, {})
    assert (ready.status_code, ready.json()) == (200, {"runs": []})


def test_a_click_waits_for_the_job_and_then_gets_its_region(setup, click, bob, call, run_job):
    waiting = click(bob, CLICK)
    assert waiting.status_code == 202
    job = waiting.json()["job"]["id"]
    assert call(bob).get(f"/jobs/{job}").json()["state"] == "queued"
    run_job(Job.objects.get(pk=job))
    answer = click(bob, CLICK)
    assert answer.status_code == 200
    assert answer.json().keys() == {"runs", "score"}
    runs = answer.json()["runs"]
    assert runs and len(runs) % 3 == 0 and all(isinstance(number, int) for number in runs)


def test_negative_clicks_and_boxes_are_heard(setup, click, alice, run_job):
    run_job(Job.objects.get(pk=click(alice, {}).json()["job"]["id"]))
    bodies = [
        CLICK,
        {"points": [*CLICK["points"], {"x": 40, "y": 30, "positive": False}]},
        {"points": [*CLICK["points"], {"x": 40, "y": 30, "positive": True}]},
        {"points": [], "box": [5, 5, 30, 30]},
        {"points": CLICK["points"], "box": [5, 5, 30, 30]},
    ]
    answers = [str(click(alice, body).json()["runs"]) for body in bodies]
    assert len(set(answers)) == len(answers)
    for more in ({"alike": [40, 50, 60]}, {"seen": [0, 0, 30, 30]}):
        assert click(alice, {**CLICK, **more}).status_code == 200


def test_what_is_in_view_says_which_part_of_a_large_image_is_looked_at(setup, call, add_image, bob):
    image = add_image(1, 2400, 1200)
    for body in ({}, CLICK):
        answer = call(bob).post(f"/images/{image.pk}/click-segment", {**body, "seen": [0, 0, 300, 200]})
        job = Job.objects.get(pk=answer.json()["job"]["id"])
        assert job.arguments["frame"] == [0, 0, 600, 600]


@pytest.mark.parametrize(
    "body",
    [
        {"points": [{"x": 1000, "y": 2}]},
        {"points": [{"x": 20, "y": 20, "positive": False}]},
        {"points": [{"x": 1}]},
        {"points": [{"x": "a", "y": 2}]},
        {"box": [0, 0, 9]},
        {"box": [9, 9, 0, 0]},
        {"clicks": []},
        {"seen": [900, 900, 999, 999]},
        {**CLICK, "seen": [9, 9, 2]},
        {**CLICK, "alike": [0]},
        {**CLICK, "alike": [10**400] * 3},
        {**CLICK, "alike": [9] * 101},
    ],
)
def test_what_cannot_be_meant_is_refused(setup, click, alice, body):
    answer = click(alice, body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert not Job.objects.exists()


@pytest.mark.parametrize("point", [{"x": 1, "y": 1}, {"x": "a"}])
def test_endless_clicks_are_refused_without_reading_them_all(setup, click, alice, point):
    answer = click(alice, {"points": [point] * 20_000})
    assert answer.status_code == 422
    assert len(answer.content) < 1_000
    assert not Job.objects.exists()


def test_who_may_only_look_starts_no_job(setup, click, vera):
    assert click(vera, CLICK).status_code == 403
    assert not Job.objects.exists()


def test_strangers_find_no_image(setup, click, charlie):
    assert click(charlie, CLICK).status_code == 404
    assert not Job.objects.exists()
