"""Files that come in through the browser."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotator.models import Import, Job
from tests.conftest import picture

JSON = {"Accept": "application/json"}


@pytest.fixture
def address(project):
    return reverse("import", args=[project.pk])


def uploaded(name, data):
    return SimpleUploadedFile(name, data)


def zip_of(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return out.getvalue()


def test_good_files_go_in_and_each_other_one_is_named(as_user, alice, project, address):
    files = [uploaded("a.png", picture(1)), uploaded("b.png", picture(1)), uploaded("c.png", b"no picture")]
    answer = as_user(alice).post(address, {"format": "images", "files": files}, headers=JSON).json()
    assert answer["created"] == 1
    assert len(answer["duplicates"]) == 1
    assert [row["name"] for row in answer["rejected"]] == ["c.png"] and answer["rejected"][0]["reason"]
    assert project.images.count() == 1


def test_without_the_script_the_report_is_part_of_the_page(as_user, alice, address):
    files = [uploaded("a.png", picture(1)), uploaded("c.png", b"no picture")]
    html = as_user(alice).post(address, {"format": "images", "files": files}).content.decode()
    assert "1 image taken, 0 known already, 1 refused." in html
    assert "<strong>c.png</strong> refused:" in html


def test_the_split_is_set_for_all_files(as_user, alice, project, address):
    as_user(alice).post(address, {"format": "images", "split": "val", "files": [uploaded("a.png", picture())]})
    assert project.images.get().split == "val"


def test_a_labelled_dataset_becomes_a_job_with_a_report(as_user, alice, project, address):
    data = {"format": "masks", "files": [uploaded("set.zip", zip_of(images=b""))], "mask_values": "class"}
    response = as_user(alice).post(address, data)
    row = Import.objects.get()
    assert response.url == reverse("report", args=[row.pk])
    assert row.options == {"with_labels": False, "accept": False, "mask_values": "class"}
    assert row.job.state == "queued"


def test_a_dataset_of_several_files_is_refused_before_anything_is_stored(as_user, alice, address):
    files = [uploaded("a.zip", b"x"), uploaded("b.zip", b"y")]
    response = as_user(alice).post(address, {"format": "coco", "files": files}, headers=JSON)
    assert response.status_code == 422
    assert "one zip" in response.json()["detail"]
    assert not Import.objects.exists()


def test_nothing_chosen_is_said(as_user, alice, address):
    response = as_user(alice).post(address, {"format": "images"})
    assert response.status_code == 422
    assert "No file came along" in response.content.decode()


@pytest.fixture
def finished(project, alice):
    job = Job.objects.create(project=project, kind="import", queue="io", state="succeeded", progress=1)
    report = {
        "images": 3,
        "labelled": 2,
        "duplicates": ["twin.png"],
        "refused": [{"name": "<b>bad</b>.jpg", "reason": "truncated"}],
        "notes": ["Void is ignored"],
    }
    return Import.objects.create(
        project=project, job=job, format="coco", source_name="cells.zip", report=report, created_by=alice
    )


def test_the_report_names_every_file_that_was_not_taken(as_user, bob, finished):
    html = as_user(bob).get(reverse("report", args=[finished.pk])).content.decode()
    for part in ("cells.zip", "twin.png", "truncated", "Void is ignored", "&lt;b&gt;bad&lt;/b&gt;.jpg"):
        assert part in html
    assert "every 1s" not in html


def test_the_report_of_a_running_import_is_live(as_user, bob, finished):
    finished.job.state = "running"
    finished.job.save()
    address = reverse("report", args=[finished.pk])
    assert "every 1s" in as_user(bob).get(address).content.decode()
    part = as_user(bob).get(address, headers={"HX-Request": "true"}).content.decode()
    assert 'id="report"' in part and "<html" not in part
