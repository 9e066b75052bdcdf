"""The contract of DESIGN, section 8, from a new project to the download."""

import io
import json
import zipfile

import pytest

from annotator.models import Job
from tests.api.test_labels import png, records, segments_part, spot
from tests.conftest import picture
from tests.services.test_images import upload, zipped


def test_a_project_is_answered_with_its_classes_and_counts(call, alice):
    body = {
        "name": "Straße 🚗",
        "task": "semantic",
        "classes": [{"name": "Road", "color": "#804080", "kind": "stuff"}, {"name": "Void", "ignore": True}],
    }
    answer = call(alice).post("/projects", body)
    assert answer.status_code == 201
    project = answer.json()
    assert [(c["name"], c["kind"], c["ignore"]) for c in project["classes"]] == [
        ("Road", "stuff", False),
        ("Void", "stuff", True),
    ]
    again = call(alice).get(f"/projects/{project['id']}").json()
    assert again == project
    states = ("new", "prelabelled", "in_progress", "submitted", "returned", "accepted")
    assert again["counts"] == dict.fromkeys(states, 0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": None},
        {"name": "x" * 300},
        {"name": "a\0"},
        {"name": "\ud800"},
        {"name": "P", "task": "video"},
        {"name": "P", "classes": [{"name": "A", "kind": "blob"}]},
        {"name": "P", "classes": [{"name": "A", "shortcut": "\0"}]},
        {"name": "P", "classes": [{"name": "A", "id": 10**40}]},
        {"name": "P", "classes": "A"},
        {"name": "P", "description": "x" * 30_000},
    ],
)
def test_a_project_that_does_not_hold_is_a_problem_answer(call, alice, body):
    answer = call(alice).post("/projects", body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert {"type", "title", "status", "detail"} <= answer.json().keys()


def test_an_upload_says_per_file_what_became_of_it(call, alice, project):
    parts = {
        "files": [
            upload("a.png", picture(1)),
            upload("b.png", picture(1)),
            upload("c.png", b"text"),
            upload("d.zip", zipped({"x/e.png": picture(2)})),
        ]
    }
    answer = call(alice).upload("POST", f"/projects/{project.pk}/images", parts)
    assert answer.status_code == 201
    body = answer.json()
    created = [(row["name"], row["width"], row["height"]) for row in body["created"]]
    assert created == [("a.png", 64, 48), ("x/e.png", 64, 48)]
    assert body["duplicates"] == [{"name": "b.png"}]
    assert [row["name"] for row in body["rejected"]] == ["c.png"]
    assert "not a JPEG" in body["rejected"][0]["reason"]


def test_an_upload_without_files_or_with_a_broken_body_is_a_problem_answer(call, alice, project):
    caller, path = call(alice), f"/projects/{project.pk}/images"
    assert caller.upload("POST", path, {}).status_code == 422
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x"):
        answer = caller.client.generic("POST", "/api/v1" + path, b"--x\r\nrubbish", content_type=kind)
        assert answer.status_code in (400, 422)


def test_files_are_served_to_be_kept_for_ever(call, alice, add_image):
    image = add_image(1)
    answer = call(alice).get(f"/images/{image.pk}/file")
    assert b"".join(answer.streaming_content) == picture(1)
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "immutable" in answer["Cache-Control"]
    assert call(alice).get(f"/images/{image.pk}/file", **{"If-None-Match": answer["ETag"]}).status_code == 304
    assert call(alice).get(f"/images/{image.pk}/thumbnail")["Content-Type"] == "image/webp"


def test_the_labels_are_drawn_over_the_thumbnail(call, alice, add_image, label):
    image = add_image(1)
    plain = call(alice).get(f"/images/{image.pk}/thumbnail?overlay=1").content
    label(image, alice)
    drawn = call(alice).get(f"/images/{image.pk}/thumbnail?overlay=1")
    assert drawn.content != plain
    assert "no-cache" in drawn["Cache-Control"]


def test_the_queue_hands_out_claims_and_ends_with_204(call, bob, rita, add_image, project):
    add_image(1)
    path = f"/projects/{project.pk}/next"
    first = call(bob).post(f"{path}?for=annotate")
    assert (first.status_code, first.json()["claimed_by"], first.json()["editable"]) == (200, "bob", True)
    assert call(rita).post(f"{path}?for=annotate").status_code == 204
    assert call(rita).post(f"{path}?for=review").status_code == 204
    assert call(rita).post(f"{path}?for=sleep").status_code == 422
    assert call(bob).post(f"{path}?skip={first.json()['id']}").status_code == 204
    assert call(rita).post(path).json()["id"] == first.json()["id"]
    assert call(rita).post(f"/images/{first.json()['id']}/release").status_code == 204
    assert call(bob).post(f"{path}?skip={10**40}").status_code == 200


def test_an_image_goes_through_the_whole_workflow(call, bob, rita, add_image, project):
    image = add_image(1)
    sky = project.classes.get(name="Sky").pk
    path = f"/images/{image.pk}"
    parts = {"map": png(spot(1)[:48, :64]), "segments": segments_part({1: sky})}
    assert call(bob).upload("PUT", f"{path}/labels", parts, **{"If-Match": '"0"'}).json() == {"revision": 1}
    assert call(bob).post(f"{path}/submit").json()["state"] == "submitted"
    assert call(bob).get(path).json()["read_only_reason"] == "The role annotator may not correct."
    pinned = {"comments": [{"text": "here", "x": 3.0, "y": 4.5}]}
    assert call(rita).post(f"{path}/return", pinned).json()["state"] == "returned"
    assert call(bob).get(path).json()["open_comments"] == 1
    (comment,) = call(bob).get(f"{path}/comments").json()["items"]
    assert (comment["text"], comment["x"], comment["y"], comment["author"]) == ("here", 3.0, 4.5, "rita")
    assert call(bob).post(f"/comments/{comment['id']}/resolve").json()["resolved"] is True
    tiles = {"tiles": records({0: spot(1, 9)}), "segments": segments_part({1: sky})}
    assert call(bob).upload("PATCH", f"{path}/labels", tiles, **{"If-Match": '"1"'}).status_code == 200
    assert call(bob).post(f"{path}/submit").status_code == 200
    assert call(bob).post(f"{path}/submit").status_code == 409
    assert call(rita).post(f"{path}/accept").json()["state"] == "accepted"
    assert call(rita).post(f"{path}/reopen").json()["state"] == "in_progress"


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "a\0"},
        {"text": "\ud800"},
        {"text": "x", "x": 1},
        {"text": "x", "x": 1e9, "y": 0},
        {"text": "x", "x": float("nan"), "y": 0},
        {"text": "x", "x": float("-inf"), "y": 0},
        {"text": "x", "x": "left", "y": 0},
        {"text": ["x"]},
        {},
    ],
)
def test_a_comment_that_does_not_hold_is_a_problem_answer(call, bob, add_image, body):
    answer = call(bob).post(f"/images/{add_image(1).pk}/comments", body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_a_prediction_is_shown_and_accepted(call, bob, add_image, make_model, predict):
    image = add_image(1)
    predict(image, make_model())
    path = f"/images/{image.pk}"
    described = call(bob).get(path).json()["prediction"]
    assert (described["version"], described["mean_entropy"], described["mean_score"]) == (1, 0.5, pytest.approx(0.9))
    layer = call(bob).get(f"{path}/labels?layer=prediction", Accept="application/json").json()
    assert {row["score"] for row in layer["segments"]} == {0.9}
    assert call(bob).post(f"{path}/accept-prediction").json()["revision"] == 1


def test_training_and_its_job_are_202_and_can_be_cancelled(call, alice, add_image, accept, project):
    accept(add_image(1, split="train"), alice)
    settings = {"architecture": "unet", "encoder_weights": "none", "epochs": 2, "image_size": [32, 32], "seed": 5}
    answer = call(alice).post(f"/projects/{project.pk}/training-runs", settings)
    assert answer.status_code == 202
    run = answer.json()
    assert (run["job"]["state"], run["job"]["progress"], run["settings"]["image_size"]) == ("queued", 0.0, [32, 32])
    described = call(alice).get(f"/training-runs/{run['id']}").json()
    assert (described["metrics"], described["step_losses"]) == ([], [])
    job = call(alice).post(f"/jobs/{run['job']['id']}/cancel").json()
    assert job["state"] == "cancelled"
    assert call(alice).get(f"/jobs/{job['id']}").json() == job


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 0},
        {"epochs": 10**30},
        {"learning_rate": float("nan")},
        {"image_size": [32]},
        {"image_size": [-32, 32]},
        {"encoder_weights": 10**30},
        {"encoder_weights": -1},
        {"encoder_weights": "\ud800"},
        {"surprise": 1},
        {"class_balance": 2.0},
    ],
)
def test_training_settings_that_do_not_hold_are_a_problem_answer(call, alice, add_image, accept, project, settings):
    accept(add_image(1, split="train"), alice)
    answer = call(alice).post(f"/projects/{project.pk}/training-runs", {"encoder_weights": "none", **settings})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    "body",
    [{"model": 10**40}, {"model": -1}, {"scope": "all"}, {"scope": [10**40]}, {"scope": [1.5]}, {"scope": [None]}],
)
def test_predictions_that_cannot_be_are_a_problem_answer(call, alice, project, make_model, body):
    project.promoted_model = make_model()
    project.save()
    answer = call(alice).post(f"/projects/{project.pk}/predictions", body)
    assert answer.status_code in (404, 422)
    assert answer["Content-Type"] == "application/problem+json"


def test_predicting_is_202_with_its_job(call, alice, project, add_image, make_model):
    project.promoted_model = make_model()
    project.save()
    image = add_image(1)
    for body in ({}, {"scope": [image.pk, image.pk]}, {"scope": []}):
        answer = call(alice).post(f"/projects/{project.pk}/predictions", body)
        assert (answer.status_code, answer.json()["job"]["kind"]) == (202, "predict")


def test_classes_are_replaced_as_a_list(call, alice, project):
    path = f"/projects/{project.pk}/classes"
    classes = call(alice).get(f"/projects/{project.pk}").json()["classes"]
    answer = call(alice).send("PUT", path, {"classes": [*reversed(classes), {"name": "Cloud", "kind": "thing"}]})
    assert [c["name"] for c in answer.json()["classes"]] == ["Void", "Cell", "Sky", "Cloud"]
    assert call(alice).send("PUT", path, {"classes": [{"name": "A", "id": 10**40}]}).status_code == 422
    assert call(alice).send("PUT", path, {}).status_code == 422


def test_an_import_and_an_export_are_jobs_with_a_report_and_a_download(call, alice, project, run_job):
    parts = {"archive": upload("set.zip", zipped({"a.png": picture(1), "b.txt": b"x"})), "format": "images"}
    answer = call(alice).upload("POST", f"/projects/{project.pk}/imports", parts)
    assert answer.status_code == 202
    run_job(Job.objects.get(pk=answer.json()["job"]["id"]))
    described = call(alice).get(f"/imports/{answer.json()['id']}").json()
    assert (described["report"]["images"], described["job"]["state"]) == (1, "succeeded")

    assert call(alice).post(f"/projects/{project.pk}/exports", {"format": "masks"}).status_code == 422
    image = project.images.get()
    sky = project.classes.get(name="Sky").pk
    labels = {"map": png(spot(1)[:48, :64]), "segments": segments_part({1: sky})}
    call(alice).upload("PUT", f"/images/{image.pk}/labels", labels, **{"If-Match": '"0"'})
    call(alice).post(f"/images/{image.pk}/submit"), call(alice).post(f"/images/{image.pk}/accept")
    export = call(alice).post(f"/projects/{project.pk}/exports", {"format": "coco_panoptic"}).json()
    early = call(alice).get(f"/exports/{export['id']}/download")
    assert (early.status_code, early["Content-Type"]) == (409, "application/problem+json")
    run_job(Job.objects.get(pk=export["job"]["id"]))
    download = call(alice).get(f"/exports/{export['id']}/download")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(download.streaming_content)))
    assert any(name.endswith("panoptic.json") for name in archive.namelist())
    assert "attachment" in download["Content-Disposition"]


@pytest.mark.parametrize("name", ['"; filename=x.html', "a/b\\c", "Umlaut ä – 🔬", "line break"])
def test_a_project_name_cannot_break_the_header_of_a_download(call, alice, add_image, accept, project, run_job, name):
    project.name = name
    project.save()
    accept(add_image(1), alice)
    export = call(alice).post(f"/projects/{project.pk}/exports", {"format": "masks"}).json()
    run_job(Job.objects.get(pk=export["job"]["id"]))
    header = call(alice).get(f"/exports/{export['id']}/download")["Content-Disposition"]
    assert header.startswith("attachment; filename*=UTF-8''")
    assert not set(header) & set('"\r\n')


@pytest.mark.parametrize(
    "body", [{"format": "bmp"}, {"format": "masks", "state": "x"}, {"format": "masks", "name": "a\0"}, {}]
)
def test_an_export_that_cannot_be_is_a_problem_answer(call, alice, project, body):
    answer = call(alice).post(f"/projects/{project.pk}/exports", body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_an_import_in_an_unknown_format_is_refused_before_it_is_stored(call, alice, project):
    parts = {"archive": upload("set.zip", zipped({})), "format": "pascal"}
    assert call(alice).upload("POST", f"/projects/{project.pk}/imports", parts).status_code == 422
    assert not Job.objects.exists()


def test_an_address_that_does_not_exist_is_404_and_a_wrong_method_405(call, alice, project):
    assert call(alice).get("/nothing").status_code == 404
    assert call(alice).send("DELETE", f"/projects/{project.pk}").status_code == 405
    assert call(alice).get(f"/projects/{'9' * 5000}").status_code == 404
    assert call(alice).get(f"/projects/{10**30}").status_code == 404


def test_the_contract_is_published(call, alice):
    schema = json.loads(call(alice).get("/openapi.json").content)
    assert schema["info"]["title"] == "Maskloop"
    assert all("summary" in operation for methods in schema["paths"].values() for operation in methods.values())
