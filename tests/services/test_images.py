"""Files that come in: good ones are taken, known ones are known, bad ones are refused with a reason."""

import io
import re
import struct
import zipfile
import zlib

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image as PillowImage

from annotator import storage
from annotator.models import Image
from annotator.services import exports, images, projects
from annotator.services.errors import Conflict, ServiceError
from tests.conftest import picture


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg(seed: int = 0, **options) -> bytes:
    out = io.BytesIO()
    PillowImage.open(io.BytesIO(picture(seed))).save(out, "jpeg", **options)
    return out.getvalue()


@pytest.fixture
def add(project, alice):
    """add({name: bytes}): upload them together; the report."""

    def send(files: dict[str, bytes] | list[tuple[str, bytes]], **more):
        pairs = files.items() if isinstance(files, dict) else files
        return images.add_uploads(
            project=project, user=alice, files=[upload(name, data) for name, data in pairs], **more
        )

    return send


def test_an_image_is_stored_as_it_came(add):
    data = picture(1)
    image = add({"a.png": data}).created[0]
    assert (image.width, image.height, image.state, image.head) == (64, 48, "new", 0)
    assert storage.get(image.file_key) == data
    assert PillowImage.open(io.BytesIO(storage.get(image.thumbnail_key))).size == (64, 48)


def test_a_photo_on_its_side_has_the_size_that_people_see(add):
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    image = add({"turned.jpg": jpeg(exif=exif)}).created[0]
    assert (image.width, image.height) == (48, 64)


def test_the_same_content_is_one_image_whatever_its_name(add, project):
    report = add({"a.png": picture(1), "b.png": picture(1), "c.png": picture(2)})
    assert ([i.name for i in report.created], report.duplicates) == (["a.png", "c.png"], ["b.png"])
    assert add({"again.png": picture(2)}).duplicates == ["again.png"]
    assert project.images.count() == 2


def test_the_same_name_with_other_content_is_another_image(add, project):
    add([("a.png", picture(1)), ("a.png", picture(2))])
    assert project.images.count() == 2


BAD = {
    "text.png": (b"hello, I am text", "not a JPEG, PNG"),
    "empty.png": (b"", "empty"),
    "huge.png": (png_that_claims(60_000, 60_000), "claims 60000x60000"),
    "cut.jpg": (jpeg()[:-200], "truncated|cannot be decoded"),
    "cut.png": (picture(3)[:-2000], "truncated|cannot be decoded"),
    "drawing.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG is not accepted"),
    "page.html": (b"<html><script>alert(1)</script>", "not a JPEG, PNG"),
    "not-a.zip": (b"PK nothing", "not a zip|not a readable zip"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_a_reason_and_the_good_one_goes_in(add, project, name):
    data, reason = BAD[name]
    report = add([(name, data), ("good.png", picture(1))])
    assert [i.name for i in report.created] == ["good.png"]
    assert report.rejected[0][0] == name
    assert re.search(reason, report.rejected[0][1])
    assert project.images.count() == 1


def test_a_file_over_the_limit_is_refused_unread(add, settings):
    settings.MAX_UPLOAD_BYTES = 100
    assert add({"large.png": picture(1)}).rejected == [("large.png", "larger than 100 bytes")]


def test_an_image_over_the_pixel_limit_is_refused(add, settings):
    settings.MAX_IMAGE_PIXELS = 64 * 48 - 1
    assert "at most 3,071 are allowed" in add({"large.png": picture(1)}).rejected[0][1]


def test_a_zip_gives_its_images_with_their_folders(add):
    report = add({"set.zip": zipped({"a/1.png": picture(1), "b/1.png": picture(2), "b/same.png": picture(2)})})
    assert [i.name for i in report.created] == ["a/1.png", "b/1.png"]
    assert report.duplicates == ["b/same.png"]


def test_paths_that_lead_out_of_a_zip_are_refused_and_write_nothing(add, project, tmp_path):
    report = add(
        {
            "set.zip": zipped(
                {"../out.png": picture(1), "/abs.png": picture(2), "ok/../../x.png": picture(3), "in.png": picture(4)}
            )
        }
    )
    assert [i.name for i in report.created] == ["in.png"]
    assert {name for name, _ in report.rejected} == {"../out.png", "/abs.png", "ok/../../x.png"}


def test_a_zip_bomb_is_refused_whole(add, project):
    report = add({"bomb.zip": zipped({"good.png": picture(1), "zeros.png": bytes(200 << 20)})})
    assert report.created == []
    assert "zip bombs" in report.rejected[0][1]
    assert not project.images.exists()


def test_a_zip_in_a_zip_is_not_opened(add):
    report = add({"outer.zip": zipped({"inner.zip": zipped({"a.png": picture(1)}), "b.png": picture(2)})})
    assert [i.name for i in report.created] == ["b.png"]
    assert report.rejected[0][0] == "inner.zip"


def test_text_among_the_images_of_a_zip_is_reported(add):
    report = add({"set.zip": zipped({"readme.txt": b"hi", "a.png": picture(1)})})
    assert len(report.created) == 1
    assert report.rejected[0][0] == "readme.txt"


@pytest.mark.parametrize("name", ["Zellen – Versuch 3 🔬.png", "файл.png", "a'b\";--.png", "x" * 240 + ".png"])
def test_odd_names_are_kept(add, name):
    assert add({name: picture(1)}).created[0].name == name


def test_a_very_long_path_in_a_zip_keeps_its_end(add, project):
    name = "/".join(["folder" * 10] * 6) + "/leaf.png"
    report = add({"set.zip": zipped({name: picture(1)})})
    assert len(report.created[0].name) <= 255
    assert report.created[0].name.endswith("/leaf.png")


def test_an_unknown_split_is_refused(add):
    with pytest.raises(ServiceError, match="'holdout' is not one of"):
        add({"a.png": picture(1)}, split="holdout")


def test_a_16_bit_image_gets_a_rendition_that_browsers_show(add):
    out = io.BytesIO()
    PillowImage.fromarray(np.arange(3072, dtype=np.uint16).reshape(48, 64)).save(out, "tiff")
    image = add({"micro.tif": out.getvalue()}).created[0]
    assert PillowImage.open(io.BytesIO(storage.get(image.rendition_key))).mode == "L"


def test_waiting_images_start_in_an_order_of_their_content(add):
    created = add({f"{n}.png": picture(n) for n in range(6)}).created
    assert all(-1 <= image.priority < 0 for image in created)
    assert [i.pk for i in sorted(created, key=lambda i: i.priority)] != [i.pk for i in created]


# Removing and dividing


def test_images_are_removed_with_their_labels(project, alice, add_image, label):
    image, other = add_image(1), add_image(2)
    label(image, alice)
    assert images.delete_images(project=project, user=alice, image_ids=[image.pk, 10**9]) == 1
    assert list(project.images.all()) == [other]


def test_an_image_of_another_project_is_not_removed(project, alice, add_image):
    other = projects.create_project(user=alice, name="Other", task="semantic")
    image = add_image(1)
    assert images.delete_images(project=other, user=alice, image_ids=[image.pk]) == 0
    assert images.set_split(project=other, image_ids=[image.pk], split="test") == 0
    image.refresh_from_db()
    assert image.split == ""


def test_an_image_in_a_snapshot_stays(project, alice, add_image, accept):
    image = add_image(1)
    accept(image, alice)
    exports.create_export(project=project, user=alice, format="masks")
    with pytest.raises(Conflict, match="image-1.png is part of snapshot"):
        images.delete_images(project=project, user=alice, image_ids=[image.pk])
    assert Image.objects.count() == 1


def test_images_can_be_put_into_a_split_and_back(project, add_image):
    image = add_image(1)
    for split in ("val", ""):
        assert images.set_split(project=project, image_ids=[image.pk], split=split) == 1
        image.refresh_from_db()
        assert image.split == split


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's way of telling how a query is answered")
def test_images_of_one_content_are_found_through_an_index(add_image):
    """In whichever project they are: embeddings and pyramids are kept by content, one query for each."""
    add_image(1)
    plan = Image.objects.filter(content_hash="0" * 64).order_by().explain()
    assert "SCAN" not in plan
    assert "content_hash=?" in plan
