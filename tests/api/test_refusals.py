"""Errors have one form, wherever they come from."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotator.api import labels
from tests.api.test_labels import records, spot


def is_problem(answer, status: int) -> bool:
    body = json.loads(answer.content)
    return (
        answer.status_code == body["status"] == status
        and answer["Content-Type"] == "application/problem+json"
        and bool(body["detail"])
    )


def test_an_unknown_address_and_a_wrong_method_are_problems(call, alice, project):
    assert is_problem(call(alice).get("/nothing"), 404)
    answer = call(alice).send("DELETE", f"/projects/{project.pk}")
    assert is_problem(answer, 405)


def test_a_page_that_does_not_exist_stays_a_page(client, db):
    assert client.get("/nothing")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary="])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_damaged_body_is_a_problem(call, alice, project, add_image, method, kind):
    path = f"/projects/{project.pk}/images" if method == "POST" else f"/images/{add_image(1).pk}/labels"
    assert is_problem(call(alice).client.generic(method, "/api/v1" + path, b"--x\r\nx", content_type=kind), 400)


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/images/{image}/click-segment", {"points": [{"y": 1}]}, "points.0.x: Field required"),
        ("/images/{image}/click-segment", {"clicks": []}, "clicks: Extra inputs are not permitted"),
        ("/images/{image}/click-segment", [1], "body: Input should be a valid dictionary"),
        ("/projects/{project}/next?for=fun", {}, "for: Input should be"),
        ("/projects/{project}/next?ahead=x", {}, "ahead: Input should be"),
    ],
)
def test_a_value_is_named_as_the_client_wrote_it(call, alice, project, add_image, path, body, words):
    answer = call(alice).post(path.format(image=add_image(1).pk, project=project.pk), body)
    assert is_problem(answer, 422)
    assert answer.json()["detail"].startswith(words)


def test_too_many_files_at_once_are_a_problem(call, alice, project, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    files = {"files": [SimpleUploadedFile(f"{n}.png", b"x") for n in range(4)]}
    assert is_problem(call(alice).upload("POST", f"/projects/{project.pk}/images", files), 400)


def test_a_body_that_is_too_large_is_a_problem(call, alice, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert is_problem(call(alice).post("/projects", {"name": "x", "description": "y" * 2000}), 400)


def test_a_table_of_all_segments_that_there_can_be_is_taken(call, alice, add_image, project):
    cell = project.classes.get(name="Cell").pk
    table = json.dumps([{"id": n, "class": cell, "source": "human", "score": None} for n in range(1, 65536)])
    parts = {"tiles": records({0: spot(65535)}), "segments": table}
    image = add_image(1)
    assert call(alice).upload("PATCH", f"/images/{image.pk}/labels", parts, **{"If-Match": "0"}).status_code == 200


def test_labels_larger_than_any_labels_are_refused_unread(call, alice, add_image, monkeypatch):
    monkeypatch.setattr(labels, "OVERHEAD_BYTES", 0)
    image = add_image(1, width=8, height=8)
    path = f"/images/{image.pk}/labels"
    for method, part in (("PUT", "map"), ("PATCH", "tiles")):
        body = {part: SimpleUploadedFile("large", bytes(200_000)), "segments": "[]"}
        answer = call(alice).upload(method, path, body, **{"If-Match": "0"})
        assert is_problem(answer, 422)
        assert "more than the image has pixels for" in answer.json()["detail"]


def test_too_many_tries_to_log_in_shut_the_door_for_a_while(alice, settings):
    settings.AXES_ENABLED = True

    def enter(password: str):
        body = json.dumps({"username": "alice", "password": password})
        return Client().post("/api/v1/tokens", body, content_type="application/json")

    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = enter("wrong")
    assert is_problem(answer, 429)
    assert is_problem(enter("alice"), 429)
