"""Coming in: tokens, sessions, and CSRF for browsers only."""

import json

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from annotator.models import ApiToken
from tests.api.test_labels import records, segments_part, spot


def post(path, body, **more):
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return Client(**more).generic("POST", f"/api/v1{path}", data, content_type="application/json")


def test_a_name_and_password_give_a_token_that_works(alice):
    answer = post("/tokens", {"username": "alice", "password": "alice"})
    token = answer.json()["token"]
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/projects").status_code == 200
    assert token not in ApiToken.objects.get().digest


def test_a_page_is_not_answered_with_the_session_of_another_user(alice, bob):
    browser = Client()
    browser.force_login(bob)
    assert browser.get("/api/v1/projects", headers={"X-Page-User": str(bob.pk)}).status_code == 200
    answer = browser.get("/api/v1/projects", headers={"X-Page-User": str(alice.pk)})
    assert (answer.status_code, answer.json()["logged_in"]) == (401, "bob")
    assert answer.json()["detail"] == "bob is logged in in this browser now."


@pytest.mark.parametrize(
    "credentials",
    [
        {"username": "alice", "password": "wrong"},
        {"username": "nobody", "password": "alice"},
        {"username": "", "password": ""},
        {"username": "alice\0", "password": "alice"},
        {"username": "alice", "password": "a\0"},
        {"username": "x" * 10_000, "password": "y" * 10_000},
    ],
)
def test_wrong_credentials_give_none(alice, credentials):
    answer = post("/tokens", credentials)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert not ApiToken.objects.exists()


def test_somebody_who_was_shut_out_is_shut_out_at_once(alice, call):
    caller = call(alice)
    alice.is_active = False
    alice.save()
    assert caller.get("/projects").status_code == 401
    assert post("/tokens", {"username": "alice", "password": "alice"}).status_code == 401


@pytest.mark.parametrize("header", ["Bearer ", "Bearer x", "Basic YTpi", "bearer", "Bearer \xff\xfe"])
def test_a_wrong_header_is_refused(db, header):
    assert Client(headers={"Authorization": header}).get("/api/v1/projects").status_code == 401


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '{"username": 3}', '{"username": "\\ud800", "password": "x"}', b"\xff\xfe"]
)
def test_a_body_that_is_no_such_json_is_a_problem_answer(db, body):
    answer = post("/tokens", body)
    assert answer.status_code in (400, 401, 422)
    assert answer["Content-Type"] == "application/problem+json"


def test_a_session_needs_the_csrf_token_to_change_something(project, add_image, alice):
    image = add_image(1)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.get("/api/v1/projects").status_code == 200
    sky = project.classes.get(name="Sky").pk
    body = encode_multipart(BOUNDARY, {"tiles": records({0: spot(1)}), "segments": segments_part({1: sky})})

    def patch(**headers):
        return browser.generic(
            "PATCH",
            f"/api/v1/images/{image.pk}/labels",
            body,
            content_type=MULTIPART_CONTENT,
            headers={"If-Match": '"0"', **headers},
        )

    refused = patch()
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    image.refresh_from_db()
    assert image.head == 0
    browser.cookies["csrftoken"] = "a" * 32
    assert patch(**{"X-CSRFToken": "a" * 32}).status_code == 200
    assert browser.post("/api/v1/projects", "{}", content_type="application/json").status_code == 403


def test_a_token_needs_no_csrf_token(alice, project):
    token = post("/tokens", {"username": "alice", "password": "alice"}).json()["token"]
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}"})
    assert client.post("/api/v1/projects", {"name": "P"}, content_type="application/json").status_code == 201
