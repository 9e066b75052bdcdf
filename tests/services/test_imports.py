"""Datasets that come in: each image whole or not at all, each refusal with its file and reason."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage

from annotator.imagefile import BadFile
from annotator.models import Import
from annotator.services import imports, jobs, labels, projects, queue, snapshots
from annotator.services.errors import ServiceError
from tests.conftest import picture

HEIGHT, WIDTH = 48, 64


def mask(*rows: tuple[int, int, int]) -> np.ndarray:
    """(48, 64) of 0 with bands (first row, last row, value)."""
    array = np.zeros((HEIGHT, WIDTH), np.uint8)
    for top, bottom, value in rows:
        array[top:bottom] = value
    return array


def write(root: Path, files: dict) -> Path:
    """Bytes as they are, arrays as PNG, everything else as JSON."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, np.ndarray):
            PillowImage.fromarray(content).save(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return root


CLASSES_JSON = {
    "classes": [{"id": 0, "name": "Sky", "rgb": [128, 128, 128]}, {"id": 1, "name": "Road", "rgb": [9, 9, 9]}],
    "ignore": {"id": 11, "name": "Void", "rgb": [0, 0, 0]},
}


def camvid(root: Path) -> Path:
    return write(
        root,
        {
            "classes.json": CLASSES_JSON,
            "train/images/a.png": picture(1),
            "train/labels/a.png": mask((20, 30, 1), (30, 48, 11)),
            "val/images/b.png": picture(2),
            "val/labels/b.png": mask((0, 48, 1)),
        },
    )


def coco(root: Path) -> Path:
    box = [5, 5, 15, 5, 15, 15, 5, 15]
    annotations = [
        {
            "id": 1,
            "image_id": 7,
            "category_id": 3,
            "segmentation": [box],
            "iscrowd": 0,
            "area": 100,
            "bbox": [5, 5, 10, 10],
        },
        {
            "id": 2,
            "image_id": 7,
            "category_id": 3,
            "segmentation": {"size": [HEIGHT, WIDTH], "counts": [HEIGHT * 40, HEIGHT, HEIGHT * 23]},
            "iscrowd": 1,
            "area": HEIGHT,
            "bbox": [40, 0, 1, HEIGHT],
        },
    ]
    table = {
        "images": [{"id": 7, "file_name": "a.png", "width": WIDTH, "height": HEIGHT}],
        "annotations": annotations,
        "categories": [{"id": 3, "name": "person"}],
    }
    return write(root, {"images/a.png": picture(1), "annotations/instances.json": table})


@pytest.fixture
def bare(alice):
    """A project without classes."""
    return projects.create_project(user=alice, name="Bare", task="panoptic")


@pytest.fixture
def bring(bare, alice):
    """bring(root, format, **options): the report of the import."""

    def run(root: Path, format: str, **options) -> dict:
        return imports.import_folder(project=bare, user=alice, root=root, format=format, options=options)

    return run


def pixels_of(project, name: str) -> dict[str, int]:
    """{class name: pixels} of the labels of an image."""
    names = dict(project.classes.values_list("pk", "name"))
    found: dict[str, int] = {}
    for row in labels.head_layer(project.images.get(name=name)).segments:
        found[names[row["class"]]] = found.get(names[row["class"]], 0) + row["pixels"]
    return found


def test_camvid_comes_in_with_classes_splits_and_accepted_labels(bring, bare, tmp_path):
    report = bring(camvid(tmp_path), "camvid")
    assert (report["images"], report["labelled"], report["refused"]) == (2, 2, [])
    assert [(c.name, c.ignore) for c in bare.classes.all()] == [("Sky", False), ("Road", False), ("Void", True)]
    assert dict(bare.images.values_list("name", "split")) == {"a.png": "train", "b.png": "val"}
    assert set(bare.images.values_list("state", flat=True)) == {"accepted"}
    # Class id 0 is a class like any other.
    assert pixels_of(bare, "a.png") == {"Sky": 20 * WIDTH, "Road": 10 * WIDTH, "Void": 18 * WIDTH}
    assert bare.images.get(name="a.png").revisions.get().kind == "import"


def test_masks_of_object_numbers_come_in_as_objects(bring, bare, tmp_path):
    numbers = np.zeros((HEIGHT, WIDTH), np.uint16)
    numbers[:10, :10], numbers[20:30, :10] = 1, 300
    write(tmp_path, {"images/a.png": picture(1), "labels/a.png": numbers})
    report = bring(tmp_path, "masks", mask_values="instance")
    assert report["labelled"] == 1
    rows = labels.head_layer(bare.images.get()).segments
    assert [row["pixels"] for row in rows] == [100, 100]
    assert bare.classes.get(pk=rows[0]["class"]).kind == "thing"


def test_coco_comes_in_with_crowd_regions(bring, bare, tmp_path):
    report = bring(coco(tmp_path), "coco")
    assert (report["images"], report["labelled"], report["refused"]) == (1, 1, [])
    rows = labels.head_layer(bare.images.get()).segments
    assert sorted((row["pixels"], bool(row.get("crowd"))) for row in rows) == [(HEIGHT, True), (100, False)]


def test_images_come_in_new(bring, bare, tmp_path):
    report = bring(write(tmp_path, {"x/a.png": picture(1), "b.png": picture(2)}), "images")
    assert (report["images"], report["labelled"]) == (2, 0)
    assert set(bare.images.values_list("state", flat=True)) == {"new"}


def test_labels_can_be_left_out(bring, bare, tmp_path):
    report = bring(camvid(tmp_path), "camvid", with_labels=False)
    assert (report["images"], report["labelled"]) == (2, 0)
    assert set(bare.images.values_list("state", flat=True)) == {"new"}


def test_the_classes_of_a_dataset_come_in_without_its_labels(bring, bare, tmp_path):
    bring(camvid(tmp_path), "camvid", with_labels=False)
    assert bare.classes.count() == 3


def test_labels_that_are_not_trusted_come_in_for_review(bring, bare, alice, tmp_path):
    bring(camvid(tmp_path), "camvid", accept=False)
    assert set(bare.images.values_list("state", flat=True)) == {"submitted"}
    assert queue.claim_next_image(project=bare, user=alice, purpose="review").head == 1


def test_a_second_import_finds_only_duplicates(bring, bare, tmp_path):
    bring(camvid(tmp_path), "camvid")
    report = bring(tmp_path, "camvid")
    assert (report["images"], report["labelled"], sorted(report["duplicates"])) == (0, 0, ["a.png", "b.png"])
    assert bare.images.count() == 2
    assert bare.classes.count() == 3


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (np.zeros((10, 10), np.uint8), "the mask is 10x10 but the image is 64x48"),
        (mask((0, 5, 77)), "class id 77, which classes.json does not have"),
        (b"not a png", "not a JPEG, PNG"),
    ],
)
def test_a_bad_mask_is_reported_and_its_image_is_kept(bring, bare, tmp_path, bad, reason):
    camvid(tmp_path)
    write(tmp_path, {"train/labels/a.png": bad})
    report = bring(tmp_path, "camvid")
    assert (report["images"], report["labelled"]) == (2, 1)
    assert [row["name"] for row in report["refused"]] == ["a.png"]
    assert reason in report["refused"][0]["reason"]
    assert "The image was kept" in report["refused"][0]["reason"]
    assert bare.images.get(name="a.png").state == "new"


def test_a_bad_image_is_reported_and_the_others_come_in(bring, bare, tmp_path):
    camvid(tmp_path)
    write(tmp_path, {"train/images/a.png": b"text"})
    report = bring(tmp_path, "camvid")
    assert [i.name for i in bare.images.all()] == ["b.png"]
    assert report["refused"][0]["name"] == "a.png"


def test_class_names_are_matched_to_those_of_the_project(project, alice, tmp_path):
    camvid(tmp_path)
    classes = {"classes": [{"id": 0, "name": " SKY "}, {"id": 1, "name": "road"}, {"id": 11, "name": "void"}]}
    write(tmp_path, {"classes.json": classes})
    report = imports.import_folder(project=project, user=alice, root=tmp_path, format="camvid")
    assert report["labelled"] == 2
    assert [c.name for c in project.classes.all()] == ["Sky", "Cell", "Void", "road"]


def test_progress_names_each_file(bare, alice, tmp_path):
    seen = []
    imports.import_folder(
        project=bare, user=alice, root=camvid(tmp_path), format="camvid", progress=lambda *step: seen.append(step)
    )
    assert seen == [(0, 2, "a.png"), (1, 2, "b.png")]


def test_an_empty_folder_is_an_error_that_says_so(bring, tmp_path):
    for format in ("camvid", "masks", "coco"):
        with pytest.raises(BadFile):
            bring(tmp_path, format)


@pytest.mark.parametrize(
    ("format", "options", "reason"),
    [("pascal", {}, "'pascal' is not one of"), ("masks", {"mask_values": "magic"}, "not 'magic'")],
)
def test_an_unknown_format_or_option_is_refused(bring, tmp_path, format, options, reason):
    with pytest.raises(ServiceError, match=reason):
        bring(tmp_path, format, **options)


# As a job, from an archive


def archive_of(folder: Path, more: dict[str, bytes] | None = None) -> SimpleUploadedFile:
    path = folder.parent / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
        for name, data in (more or {}).items():
            archive.writestr(name, data)
    return SimpleUploadedFile("Datensatz ä.zip", path.read_bytes())


@pytest.fixture
def imported(bare, alice, run_job):
    """imported(archive, format): the import after its job has run."""

    def run(archive, format="camvid") -> Import:
        row = imports.start_import(project=bare, user=alice, format=format, archive=archive)
        run_job(row.job)
        row.refresh_from_db()
        row.job.refresh_from_db()
        return row

    return run


def test_an_archive_is_imported_by_its_job(imported, bare, tmp_path):
    row = imported(archive_of(camvid(tmp_path / "set"), {"../evil.png": picture(9)}))
    assert (row.job.state, row.source_name) == ("succeeded", "Datensatz ä.zip")
    assert row.job.result == {"images": 2, "labelled": 2, "import": row.pk, "duplicates": 0, "refused": 1}
    assert imports.told_report(row.report)["refused"] == [
        {"name": "../evil.png", "reason": "the path leads out of the archive"}
    ]
    assert bare.images.count() == 2


def test_a_bad_archive_ends_its_job_with_the_reason(imported, bare):
    row = imported(SimpleUploadedFile("broken.zip", b"PK\3\4 nothing"))
    assert row.job.state == "failed"
    assert "not a zip archive" in row.job.error
    assert not bare.images.exists()


def test_a_cancelled_import_keeps_the_images_that_it_had(bare, alice, run_job, tmp_path, monkeypatch):
    row = imports.start_import(project=bare, user=alice, format="camvid", archive=archive_of(camvid(tmp_path / "set")))
    kept = imports._import_sample

    def cancel_after(*args):
        kept(*args)
        jobs.cancel_job(job=row.job)

    monkeypatch.setattr(imports, "_import_sample", cancel_after)
    monkeypatch.setattr(jobs.JobHandle, "check", _check_always(jobs.JobHandle.check))
    assert run_job(row.job).state == "cancelled"
    assert bare.images.count() == 1


def _check_always(check):
    def asked(handle):
        handle._checked = 0.0
        return check(handle)

    return asked


def test_imported_images_make_a_snapshot_with_their_splits(bring, bare, alice, tmp_path):
    bring(camvid(tmp_path), "camvid")
    snapshot = snapshots.create_snapshot(project=bare, user=alice, name="all")
    assert sorted(snapshot.items.values_list("split", flat=True)) == ["train", "val"]


def test_labels_that_come_later_reach_the_images_that_nobody_labelled(bring, bare, tmp_path):
    """First the pictures, then the same pictures with masks: one set of images, labelled once."""
    folder = camvid(tmp_path / "data")
    counts = [
        (report["images"], len(report["duplicates"]), report["labelled"])
        for report in (
            bring(folder, "camvid", with_labels=False),
            bring(folder, "camvid"),
            bring(folder, "camvid"),
        )
    ]
    assert counts == [(2, 0, 0), (0, 2, 2), (0, 2, 0)]
    assert set(bare.images.values_list("state", flat=True)) == {"accepted"}
