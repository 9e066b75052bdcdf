"""What the label editor asks for besides labels: tiles, superpixels, objects in boxes, what to load ahead."""

import io
from datetime import timedelta
from urllib.parse import quote

import numpy as np
import pytest
import tifffile
from django.utils import timezone
from PIL import Image as PillowImage

from annotator import storage
from annotator.models import Image, Job
from annotator.services import clicks, superpixels
from annotator.workflow import State
from tests.services.click_setup import set_up_clicks


@pytest.fixture
def large(settings, add_image):
    settings.PYRAMID_PIXELS = 500_000
    return add_image(1, width=1100, height=600)


# Pyramids


def test_a_large_image_is_told_with_the_job_and_then_with_its_levels(call, bob, large, run_job):
    path = f"/images/{large.pk}"
    record = call(bob).get(path).json()
    assert record["pyramid"] is None
    assert record["pyramid_job"] == Job.objects.get().pk
    run_job(Job.objects.get())
    record = call(bob).get(path).json()
    assert (record["pyramid"], record["pyramid_job"]) == ({"tile_px": 512, "levels": 3}, None)


def test_a_large_image_from_before_starts_being_cut_when_it_is_opened(call, bob, project, large, as_user):
    for how in ("record", "next", "page"):
        Job.objects.all().delete()
        Image.objects.update(claimed_by=None, claimed_until=None)
        if how == "record":
            record = call(bob).get(f"/images/{large.pk}").json()
        elif how == "next":
            record = call(bob).post(f"/projects/{project.pk}/next").json()
        else:
            record = as_user(bob).get(f"/images/{large.pk}/label/").context["config"]["image"]
        assert record["pyramid_job"] == Job.objects.get(kind="pyramid").pk


def test_a_list_of_images_starts_nothing(call, bob, project, large):
    Job.objects.all().delete()
    assert call(bob).get(f"/projects/{project.pk}/images").json()["items"][0]["pyramid_job"] is None
    assert not Job.objects.exists()


def test_a_list_of_images_tells_which_are_being_cut(call, bob, project, large):
    items = call(bob).get(f"/projects/{project.pk}/images").json()["items"]
    assert [item["pyramid_job"] for item in items] == [Job.objects.get().pk]


def test_a_tile_whose_file_was_lost_is_made_again(call, bob, large, run_job):
    run_job(Job.objects.get())
    large.refresh_from_db()
    storage.delete(large.pyramid_key)
    path = f"/images/{large.pk}/pyramid/0/0/0"
    lost = call(bob).get(path)
    assert (lost.status_code, lost["Content-Type"]) == (404, "application/problem+json")
    assert "made again" in lost.json()["detail"]
    run_job(Job.objects.get(pk=call(bob).get(f"/images/{large.pk}").json()["pyramid_job"]))
    assert call(bob).get(path).status_code == 200


@pytest.mark.parametrize("kind", ["superpixels", "embed"])
def test_work_that_failed_is_not_begun_again_by_every_request(
    call, bob, add_image, run_job, monkeypatch, settings, tmp_path, kind
):
    set_up_clicks(monkeypatch, settings, tmp_path)

    def fail(*args, **kwargs):
        raise OSError("disk full")

    image = add_image(1)
    monkeypatch.setattr(superpixels, "read_crop", fail)
    monkeypatch.setattr(clicks, "_embed", fail)

    def ask():
        if kind == "superpixels":
            return call(bob).get(f"/images/{image.pk}/superpixels/fine")
        return call(bob).post(f"/images/{image.pk}/click-segment", {})

    assert ask().status_code == 202
    assert run_job(Job.objects.get(kind=kind)).state == "failed"
    refused = ask()
    assert (refused.status_code, refused["Content-Type"]) == (409, "application/problem+json")
    assert "could not be prepared: OSError: disk full. It can be tried again from" in refused.json()["detail"]
    assert Job.objects.filter(kind=kind).count() == 1
    Job.objects.update(finished=timezone.now() - timedelta(minutes=3))
    assert ask().status_code == 202
    assert Job.objects.filter(kind=kind).count() == 2


def test_an_ordinary_image_has_no_pyramid(call, bob, add_image):
    record = call(bob).get(f"/images/{add_image(1).pk}").json()
    assert (record["pyramid"], record["pyramid_job"]) == (None, None)


def test_a_tile_may_be_kept_for_ever(call, bob, large, run_job):
    run_job(Job.objects.get())
    path = f"/images/{large.pk}/pyramid/0/2/1"
    answer = call(bob).get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "immutable" in answer["Cache-Control"]
    assert PillowImage.open(io.BytesIO(answer.content)).size == (1100 - 1024, 600 - 512)
    again = call(bob).get(path, **{"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = call(bob).get(f"/images/{large.pk}/pyramid/1/0/0", **{"If-None-Match": answer["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize("tile", ["0/0/9", "7/0/0", f"0/{'9' * 30}/0", "0/0/-1", "x/0/0"])
def test_a_tile_that_there_is_not_is_a_problem(call, bob, large, run_job, tile):
    run_job(Job.objects.get())
    answer = call(bob).get(f"/images/{large.pk}/pyramid/{tile}")
    assert answer.status_code in (404, 422)
    assert answer["Content-Type"] == "application/problem+json"


# Superpixels and GrabCut


def test_superpixels_come_after_their_job(call, bob, add_image, run_job):
    image = add_image(1)
    path = f"/images/{image.pk}/superpixels/medium"
    first, second = call(bob).get(path), call(bob).get(path)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    job = run_job(Job.objects.get(pk=first.json()["job"]))
    assert call(bob).get(f"/jobs/{job.pk}").json()["state"] == "succeeded"
    answer = call(bob).get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/tiff")
    regions = tifffile.imread(io.BytesIO(b"".join(answer.streaming_content)))
    assert (regions.shape, regions.dtype) == ((image.height, image.width), np.uint16)
    assert regions.min() == 1


def test_a_scale_that_there_is_not_is_422(call, bob, add_image):
    assert call(bob).get(f"/images/{add_image(1).pk}/superpixels/huge").status_code == 422


def test_an_object_in_a_box_is_row_runs(call, bob, add_image):
    answer = call(bob).post(f"/images/{add_image(1).pk}/grabcut", {"box": [8, 8, 40, 40], "keep": [20, 10, 30]})
    assert answer.status_code == 200
    runs = np.array(answer.json()["runs"]).reshape(-1, 3)
    assert len(runs)
    assert runs[:, 0].min() >= 8
    assert runs[:, 1:].max() <= 40
    assert [20, 10, 30] in [[y, max(x0, 10), min(x1, 30)] for y, x0, x1 in runs.tolist()]


def test_pixels_that_are_known_not_to_be_of_the_object_are_left_out(call, bob, add_image):
    image = add_image(1)
    known = {"keep": [20, 10, 30], "drop": [20, 12, 14]}
    answer = call(bob).post(f"/images/{image.pk}/grabcut", {"box": [8, 8, 40, 40], **known})
    assert answer.status_code == 200
    row = [(x0, x1) for y, x0, x1 in np.array(answer.json()["runs"]).reshape(-1, 3).tolist() if y == 20]
    assert all(x1 <= 12 or x0 >= 14 for x0, x1 in row)
    assert any(x0 <= 10 and x1 == 12 for x0, x1 in row)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"box": [0, 0, 5]},
        {"box": [0, 0, 0, 0]},
        {"box": [0, 0, 1.5, 9]},
        {"box": [0, 0, 10**30, 9]},
        {"box": [5000, 0, 6000, 9]},
        {"box": [0, 0, 20, 20], "keep": [1]},
        {"box": [0, 0, 20, 20], "keep": ["a", 1, 2]},
        {"box": [0, 0, 20, 20], "keep": [10**30, 1, 2]},
        {"box": [0, 0, 20, 20], "drop": [1]},
    ],
)
def test_a_box_that_is_none_is_422(call, bob, add_image, body):
    answer = call(bob).post(f"/images/{add_image(1).pk}/grabcut", body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


@pytest.mark.parametrize("number", [1, "a"])
def test_endless_runs_to_keep_are_refused_without_reading_them_all(call, bob, add_image, number):
    body = {"box": [0, 0, 40, 40], "keep": [number] * 300_003}
    answer = call(bob).post(f"/images/{add_image(1).pk}/grabcut", body)
    assert answer.status_code == 422
    assert len(answer.content) < 1_000


def test_a_large_image_that_is_not_cut_yet_answers_409(call, bob, large):
    answer = call(bob).post(f"/images/{large.pk}/grabcut", {"box": [8, 8, 40, 40]})
    assert answer.status_code == 409
    assert "still being prepared" in answer.json()["detail"]


# The queue, ahead of time


def test_the_next_image_is_claimed_ahead(call, bob, rita, project, add_image):
    for seed in (1, 2, 3):
        add_image(seed)
    path = f"/projects/{project.pk}/next"
    first = call(bob).post(path).json()
    ahead = call(bob).post(f"{path}?for=annotate&ahead={first['id']}").json()
    assert ahead["id"] != first["id"]
    assert ahead["claimed_by"] == "bob"
    assert call(bob).get(f"/images/{first['id']}").json()["claimed_by"] == "bob"
    assert call(rita).post(path).json()["id"] not in (first["id"], ahead["id"])
    assert call(bob).post(f"{path}?ahead={first['id']}").json()["id"] == ahead["id"]
    Image.objects.filter(pk=first["id"]).update(state=State.SUBMITTED, claimed_by=None, claimed_until=None)
    assert call(bob).post(path).json()["id"] == ahead["id"]


def test_nothing_ahead_is_204(call, bob, project, add_image):
    image = add_image(1)
    assert call(bob).post(f"/projects/{project.pk}/next?ahead={image.pk}").status_code == 204


@pytest.mark.parametrize("ahead", ["0", "-1", "x", str(2**63)])
def test_an_open_image_that_cannot_be_is_422(call, bob, project, add_image, ahead):
    add_image(1)
    assert call(bob).post(f"/projects/{project.pk}/next?ahead={ahead}").status_code == 422


def test_a_claim_is_given_back(call, bob, rita, project, add_image):
    image = add_image(1)
    call(bob).post(f"/projects/{project.pk}/next")
    assert call(rita).post(f"/projects/{project.pk}/next").status_code == 204
    assert call(bob).post(f"/images/{image.pk}/release").status_code == 204
    assert call(rita).post(f"/projects/{project.pk}/next").json()["id"] == image.pk
    assert call(bob).post(f"/images/{image.pk}/release").status_code == 204, "a claim of somebody else stays"
    image.refresh_from_db()
    assert image.claimed_by == rita


# The image before


def test_the_image_before_is_the_last_labelled_one_by_name(call, alice, bob, add_image, label):
    images = {name: add_image(seed) for seed, name in enumerate("abcde")}
    for name, image in images.items():
        image.name = {"e": "d"}.get(name, name)
        image.save()
    for name in ("a", "b", "d"):
        label(images[name], alice)
    path = "/images/{}/previous"
    assert call(bob).get(path.format(images["d"].pk)).json()["id"] == images["b"].pk
    assert call(bob).get(path.format(images["e"].pk)).json()["id"] == images["d"].pk, "of one name, the earlier"
    assert call(bob).get(path.format(images["b"].pk)).json()["revision"] == 1
    assert call(bob).get(path.format(images["a"].pk)).status_code == 204


# Preferences


def test_preferences_are_each_ones_own(call, bob, alice):
    assert call(bob).get("/me/preferences").json() == {}
    chosen = {"keymap": {"brush": ["KeyX"]}, "hatching": True}
    assert call(bob).send("PATCH", "/me/preferences", chosen).json() == chosen
    assert call(bob).get("/me/preferences").json() == chosen
    assert call(bob).send("PATCH", "/me/preferences", {"rulers": True}).json() == {**chosen, "rulers": True}
    assert call(alice).get("/me/preferences").json() == {}


@pytest.mark.parametrize("body", ["[]", "1", "null", "{", '{"palette": 3}', '{"a": 1}', '{"keymap": {"a": [NaN]}}'])
def test_what_are_no_preferences_is_refused(call, bob, body):
    answer = call(bob).client.generic("PATCH", "/api/v1/me/preferences", body, content_type="application/json")
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"


# Uncertainty


def test_uncertainty_is_a_grey_picture(call, bob, add_image, make_model, predict):
    image = add_image(1)
    assert call(bob).get(f"/images/{image.pk}/uncertainty").status_code == 404
    predict(image, make_model())
    answer = call(bob).get(f"/images/{image.pk}/uncertainty")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")


def test_uncertainty_is_asked_for_again_and_sent_again_after_a_new_prediction(
    call, bob, add_image, make_model, predict
):
    image = add_image(1)
    predict(image, make_model())
    path = f"/images/{image.pk}/uncertainty"
    first = call(bob).get(path)
    assert first["Cache-Control"] == "private, no-cache"
    again = call(bob).get(path, **{"If-None-Match": first["ETag"]})
    assert (again.status_code, again["Cache-Control"]) == (304, "private, no-cache")
    image.predictions.update(uncertainty_key=storage.put("uncertainty", b"another png", ".png"))
    changed = call(bob).get(path, **{"If-None-Match": first["ETag"]})
    assert (changed.status_code, b"".join(changed.streaming_content)) == (200, b"another png")


def test_a_layer_name_is_quoted(call, bob, add_image):
    assert call(bob).get(f"/images/{add_image(1).pk}/superpixels/{quote('fine/../x', safe='')}").status_code in (
        404,
        422,
    )
