"""Who may call what: one table over every address of the API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage

from annotator import storage
from annotator.api import api
from annotator.models import Image
from annotator.pyramid import write_pyramid
from annotator.services import exports, imports, projects, review
from tests.api.test_labels import png, records, segments_part, spot
from tests.conftest import seen_by
from tests.services.test_images import upload, zipped

# address: the lowest role that it is open to
LOWEST_ROLE = {
    "GET /projects/{project_id}": "viewer",
    "PUT /projects/{project_id}/classes": "manager",
    "POST /projects/{project_id}/images": "manager",
    "GET /projects/{project_id}/images": "viewer",
    "POST /projects/{project_id}/next": "annotator",
    "GET /projects/{project_id}/jobs": "viewer",
    "GET /projects/{project_id}/models": "viewer",
    "GET /projects/{project_id}/training-runs": "viewer",
    "POST /projects/{project_id}/training-runs": "manager",
    "POST /projects/{project_id}/predictions": "manager",
    "POST /projects/{project_id}/imports": "manager",
    "GET /projects/{project_id}/exports": "viewer",
    "POST /projects/{project_id}/exports": "viewer",
    "GET /images/{image_id}": "viewer",
    "GET /images/{image_id}/file": "viewer",
    "GET /images/{image_id}/thumbnail": "viewer",
    "GET /images/{image_id}/uncertainty": "viewer",
    "GET /images/{image_id}/labels": "viewer",
    "PUT /images/{image_id}/labels": "annotator",
    "PATCH /images/{image_id}/labels": "annotator",
    "GET /images/{image_id}/revisions": "viewer",
    "POST /images/{image_id}/revisions/{number}/restore": "annotator",
    "POST /images/{image_id}/submit": "annotator",
    "POST /images/{image_id}/accept": "reviewer",
    "POST /images/{image_id}/return": "reviewer",
    "POST /images/{image_id}/reopen": "reviewer",
    "POST /images/{image_id}/accept-prediction": "annotator",
    "POST /images/{image_id}/release": "viewer",
    "GET /images/{image_id}/previous": "viewer",
    "GET /images/{image_id}/pyramid/{level}/{column}/{row}": "viewer",
    "GET /images/{image_id}/superpixels/{scale}": "annotator",
    "POST /images/{image_id}/grabcut": "annotator",
    "POST /images/{image_id}/click-segment": "annotator",
    "GET /images/{image_id}/comments": "viewer",
    "POST /images/{image_id}/comments": "annotator",
    "POST /comments/{comment_id}/resolve": "annotator",
    "GET /training-runs/{run_id}": "viewer",
    "GET /models/{model_id}": "viewer",
    "GET /models/{model_id}/backends": "viewer",
    "POST /models/{model_id}/backends": "manager",
    "GET /models/{model_id}/weights": "viewer",
    "POST /models/{model_id}/promote": "manager",
    "GET /imports/{import_id}": "viewer",
    "GET /exports/{export_id}": "viewer",
    "GET /exports/{export_id}/download": "viewer",
    "GET /jobs/{job_id}": "viewer",
    "POST /jobs/{job_id}/cancel": "manager",
}
OPEN_TO_ALL_WHO_LOG_IN = {"GET /projects", "POST /projects", "GET /me/preferences", "PATCH /me/preferences"}
OPEN = {"POST /tokens"}
LADDER = ["viewer", "annotator", "reviewer", "manager"]


def all_addresses() -> set[str]:
    schema = api.get_openapi_schema(path_prefix="")
    return {f"{method.upper()} /{path.strip('/')}" for path, methods in schema["paths"].items() for method in methods}


def test_the_table_names_every_address():
    assert all_addresses() == LOWEST_ROLE.keys() | OPEN_TO_ALL_WHO_LOG_IN | OPEN


@pytest.fixture
def world(project, alice, add_image, accept, label, make_model, predict, tmp_path):
    """Ids of one object of every kind, and the state of the image for each step."""
    model = make_model()
    image = add_image(1)
    predict(image, model)
    label(image, alice)
    review.submit_image(image=seen_by(alice, image), user=alice)
    write_pyramid(PillowImage.new("RGB", (image.width, image.height)), tmp_path / "pyramid.zip", lambda share: None)
    Image.objects.update(pyramid_key=storage.put_file("pyramids", tmp_path / "pyramid.zip", ".zip"))
    comment = review.add_comment(image=seen_by(alice, image), user=alice, text="here")
    export = exports.create_export(project=project, user=alice, format="masks")
    archive = SimpleUploadedFile("a.zip", zipped({"a.txt": b"a"}))
    row = imports.start_import(project=project, user=alice, format="images", archive=archive)
    return {
        "project_id": project.pk,
        "image_id": image.pk,
        "comment_id": comment.pk,
        "run_id": model.run_id,
        "model_id": model.pk,
        "import_id": row.pk,
        "export_id": export.pk,
        "job_id": export.job_id,
        "number": 1,
        "level": 0,
        "column": 0,
        "row": 0,
        "scale": "fine",
    }


STATE_FOR = {"reopen": "accepted", "accept": "submitted", "return": "submitted", "labels": "submitted"}


def request(caller, address: str, world: dict, sky: int):
    method, path = address.split(" ")
    path = path.format(**world)
    Image.objects.filter(pk=world["image_id"]).update(
        state=STATE_FOR.get(path.rsplit("/", 1)[-1], "in_progress"), claimed_by=None, claimed_until=None
    )
    if path.endswith("/labels") and method != "GET":
        part = {"tiles": records({0: spot(1)})} if method == "PATCH" else {"map": png(spot(1)[:48, :64])}
        Image.objects.filter(pk=world["image_id"]).update(state="in_progress")
        return caller.upload(method, path, {**part, "segments": segments_part({1: sky})}, **{"If-Match": '"99"'})
    if path.endswith("/images") and method == "POST":
        return caller.upload(method, path, {"files": upload("a.png", b"text")})
    if path.endswith("/imports"):
        return caller.upload(method, path, {"archive": upload("a.zip", zipped({})), "format": "images"})
    bodies = {
        "classes": {"classes": []},
        "predictions": {},
        "exports": {"format": "masks"},
        "training-runs": {"epochs": 1, "encoder_weights": "none"},
        "comments": {"text": "hello"},
        "grabcut": {"box": [0, 0, 40, 40]},
    }
    return caller.send(method, path, bodies.get(path.rsplit("/", 1)[-1])) if method != "GET" else caller.get(path)


@pytest.mark.parametrize("address", sorted(LOWEST_ROLE))
def test_a_stranger_finds_nothing_and_a_member_what_the_role_grants(
    address, world, project, call, charlie, vera, bob, rita, alice
):
    mina = type(alice).objects.create_user(username="mina", password="mina")
    projects.set_member(project=project, by=alice, username="mina", role="manager")
    sky = project.classes.get(name="Sky").pk

    stranger = request(call(charlie), address, world, sky)
    assert (stranger.status_code, stranger["Content-Type"]) == (404, "application/problem+json")
    nowhere = {name: 10**6 if isinstance(value, int) else value for name, value in world.items()}
    missing = request(call(alice), address, nowhere, sky)
    assert missing.status_code == 404
    assert missing.json()["detail"] == stranger.json()["detail"]

    lowest = LADDER.index(LOWEST_ROLE[address])
    for place, member in enumerate((vera, bob, rita, mina)):
        answer = request(call(member), address, world, sky)
        if place < lowest:
            assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json"), member.username
            assert answer.json()["detail"]
        else:
            assert answer.status_code not in (401, 403, 404), (member.username, answer.content)


@pytest.mark.parametrize("address", sorted(LOWEST_ROLE.keys() | OPEN_TO_ALL_WHO_LOG_IN))
def test_without_a_token_nothing_is_open(address, world, project, call):
    answer = request(call(None), address, world, project.classes.first().pk)
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["status"] == 401


def test_a_model_or_snapshot_of_another_project_is_not_mixed_in(world, call, alice, charlie):
    own = projects.create_project(user=charlie, name="Own", task="semantic", classes=[{"name": "A"}])
    path = f"/projects/{own.pk}"
    assert call(charlie).post(f"{path}/predictions", {"model": world["model_id"]}).status_code == 404
    assert call(charlie).post(f"{path}/exports", {"format": "masks", "snapshot": 1}).status_code == 404
    assert call(charlie).post(f"{path}/predictions", {"scope": [world["image_id"]]}).status_code == 422
    assert call(charlie).post(f"{path}/training-runs", {"encoder_weights": world["model_id"]}).status_code == 422


def test_the_list_of_projects_shows_ones_own(world, call, alice, vera, charlie):
    assert [row["id"] for row in call(vera).get("/projects").json()["items"]] == [world["project_id"]]
    assert call(charlie).get("/projects").json() == {"items": [], "next": None}


def test_a_superuser_sees_every_project(world, call, charlie):
    charlie.is_superuser = True
    charlie.save()
    assert len(call(charlie).get("/projects").json()["items"]) == 1
    assert call(charlie).get(f"/images/{world['image_id']}").status_code == 200
