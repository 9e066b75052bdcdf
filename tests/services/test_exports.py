"""Datasets that go out: what other programs read back is exactly what was stored."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image as PillowImage
from pycocotools.coco import COCO

from annotator import storage
from annotator.models import Export
from annotator.services import exports, imports, labels, projects, review, saving
from annotator.services.errors import ServiceError
from tests.conftest import seen_by


@pytest.fixture
def truth(add_image, accept, alice) -> dict[str, np.ndarray]:
    """Two accepted images: {name: label map of sky 1, cells 2 and 3}."""
    return {f"image-{seed}.png": accept(add_image(seed, width=70 + seed, height=50), alice) for seed in (1, 2)}


@pytest.fixture
def archive_of(project, alice, run_job):
    """archive_of(format): the zip that an export's job wrote."""

    def write(format: str, **more) -> zipfile.ZipFile:
        row = exports.create_export(project=project, user=alice, format=format, **more)
        job = run_job(row.job)
        assert (job.state, job.error) == ("succeeded", "")
        row.refresh_from_db()
        assert row.size_bytes == storage.size(row.file_key)
        return zipfile.ZipFile(io.BytesIO(storage.get(row.file_key)))

    return write


def read_json(archive: zipfile.ZipFile, end: str):
    (name,) = [name for name in archive.namelist() if name.endswith(end)]
    return json.loads(archive.read(name))


def test_masks_hold_the_class_of_every_pixel_and_the_number_of_every_object(truth, archive_of):
    archive = archive_of("masks")
    table = read_json(archive, "classes.json")
    value_of = {row["name"]: row["id"] for row in table["classes"]}
    lookup = np.array([table["unlabelled"], value_of["Sky"], value_of["Cell"], value_of["Cell"]])
    for name, array in truth.items():
        (path,) = [n for n in archive.namelist() if n.endswith(f"labels/{name}")]
        classes = PillowImage.open(io.BytesIO(archive.read(path)))
        assert classes.mode == "P"
        assert np.array_equal(np.asarray(classes), lookup[array])
        objects = PillowImage.open(io.BytesIO(archive.read(path.replace("labels/", "instances/"))))
        assert np.array_equal(np.asarray(objects), np.where(array > 1, array, 0))


@pytest.mark.filterwarnings("ignore:__array__")
def test_pycocotools_reads_back_every_segment(truth, archive_of, tmp_path):
    table = read_json(archive_of("coco_instances"), "instances.json")
    path = tmp_path / "instances.json"
    path.write_text(json.dumps(table))
    coco = COCO(str(path))
    category = {row["id"]: row["name"] for row in coco.loadCats(coco.getCatIds())}
    assert set(category.values()) == {"Sky", "Cell"}
    for image in coco.loadImgs(coco.getImgIds()):
        array = truth[image["file_name"].rsplit("/", 1)[-1]]
        found = []
        for row in coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]])):
            decoded = coco.annToMask(row)
            (segment,) = np.unique(array[decoded == 1])
            assert np.array_equal(decoded, array == segment)
            assert row["area"] == (array == segment).sum()
            found.append((int(segment), category[row["category_id"]]))
        assert sorted(found) == [(1, "Sky"), (2, "Cell"), (3, "Cell")]


def test_panoptic_colours_are_the_segment_ids(truth, archive_of):
    archive = archive_of("coco_panoptic")
    table = read_json(archive, "panoptic.json")
    for row in table["annotations"]:
        (path,) = [n for n in archive.namelist() if n.endswith("panoptic/" + row["file_name"])]
        rgb = np.asarray(PillowImage.open(io.BytesIO(archive.read(path)))).astype(int)
        ids = rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2]
        array = truth[row["file_name"]]
        assert np.array_equal(ids, array)
        assert sorted(info["id"] for info in row["segments_info"]) == [1, 2, 3]


def test_an_ignored_class_is_void_in_panoptic(project, alice, add_image, archive_of):
    image = add_image(1)
    void = project.classes.get(name="Void").pk
    array = np.full((48, 64), 5, np.uint16)
    fresh = seen_by(alice, image)
    saving.save_label_map(image=fresh, user=alice, array=array, segments=[{"id": 5, "class": void}], base_revision=0)
    review.submit_image(image=seen_by(alice, image), user=alice)
    review.accept_image(image=seen_by(alice, image), user=alice)
    archive = archive_of("coco_panoptic")
    (path,) = [n for n in archive.namelist() if "panoptic/" in n]
    assert not np.asarray(PillowImage.open(io.BytesIO(archive.read(path)))).any()


@pytest.mark.parametrize(("writer", "reader"), [("masks", "masks"), ("coco_panoptic", "coco")])
def test_an_export_imports_into_another_project_with_the_same_pixels(
    truth, archive_of, alice, tmp_path, writer, reader
):
    archive_of(writer).extractall(tmp_path)
    other = projects.create_project(user=alice, name="Other", task="panoptic")
    report = imports.import_folder(project=other, user=alice, root=tmp_path, format=reader)
    assert (report["labelled"], report["refused"]) == (2, [])
    for image in other.images.all():
        array = labels.head_layer(image).tiff().array()
        expected = truth[image.name.rsplit("/", 1)[-1]]
        pairs = set(zip(array.ravel().tolist(), expected.ravel().tolist(), strict=True))
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) == 4


def test_the_images_go_out_as_they_came(truth, project, archive_of):
    archive = archive_of("coco_instances")
    for image in project.images.all():
        (path,) = [n for n in archive.namelist() if n.endswith(f"images/{image.name}")]
        assert archive.read(path) == storage.get(image.file_key)


def test_a_snapshot_exports_the_same_bytes_whatever_happened_since(truth, project, alice, run_job, label):
    first = exports.create_export(project=project, user=alice, format="masks")
    run_job(first.job)
    for image in project.images.all():
        review.reopen_image(image=seen_by(alice, image), user=alice)
        fresh = seen_by(alice, image)
        saving.save_label_map(
            image=fresh,
            user=alice,
            array=np.zeros((image.height, image.width), np.uint16),
            segments=[],
            base_revision=fresh.head,
        )
    again = exports.create_export(project=project, user=alice, format="masks", snapshot=first.snapshot)
    run_job(again.job)
    keys = set(Export.objects.values_list("file_key", flat=True))
    assert len(keys) == 1


def test_names_that_would_lead_out_of_the_archive_do_not(truth, project, archive_of):
    image = project.images.first()
    image.name = "../../etc/passwd.png"
    image.save()
    assert not [name for name in archive_of("masks").namelist() if ".." in name or name.startswith("/")]


def test_nothing_accepted_is_nothing_to_export(project, alice, add_image):
    add_image(1)
    with pytest.raises(ServiceError, match="no labelled image that is accepted"):
        exports.create_export(project=project, user=alice, format="masks")
    assert not Export.objects.exists()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"format": "bmp"}, "'bmp' is not one of"),
        ({"state": "painted"}, "'painted' is not one of"),
        ({"name": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_cannot_be_exported_is_refused(truth, project, alice, fields, reason):
    with pytest.raises(ServiceError, match=reason):
        exports.create_export(project=project, user=alice, **{"format": "masks", **fields})
    assert not Export.objects.exists()
