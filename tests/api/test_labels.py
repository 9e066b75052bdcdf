"""Label maps over HTTP, as DESIGN tells clients."""

import io
import json
import struct
import zlib
from urllib.parse import quote

import numpy as np
import pytest
import tifffile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage

from annotator.models import Image

TILE = (256, 256)


def spot(segment: int, top: int = 0) -> np.ndarray:
    tile = np.zeros(TILE, np.uint16)
    tile[top : top + 4, :4] = segment
    return tile


def records(tiles: dict[int, np.ndarray]) -> SimpleUploadedFile:
    out = b""
    for index, tile in tiles.items():
        packed = zlib.compress(tile.astype("<u2").tobytes())
        out += struct.pack("<II", index, len(packed)) + packed
    return SimpleUploadedFile("tiles", out, "application/octet-stream")


def segments_part(classes: dict[int, int]) -> str:
    return json.dumps([{"id": segment, "class": pk} for segment, pk in classes.items()])


def png(array: np.ndarray, form: str = "png") -> SimpleUploadedFile:
    out = io.BytesIO()
    PillowImage.fromarray(array).save(out, form)
    return SimpleUploadedFile(f"map.{form}", out.getvalue(), f"image/{form}")


@pytest.fixture
def sky(project) -> int:
    return project.classes.get(name="Sky").pk


@pytest.fixture
def image(add_image) -> Image:
    return add_image(1, width=300, height=260)


@pytest.fixture
def path(image) -> str:
    return f"/images/{image.pk}/labels"


@pytest.fixture
def patch(call, bob, path, sky):
    """patch(tiles, segments={1: sky}, **headers) as bob."""
    caller = call(bob)

    def send(tiles, segments=None, **headers):
        parts = {"tiles": records(tiles), "segments": segments_part(segments or {1: sky})}
        return caller.upload("PATCH", path, parts, **{key.replace("_", "-"): value for key, value in headers.items()})

    return send


def test_nothing_labelled_is_a_blank_map_at_revision_0(call, bob, path):
    answer = call(bob).get(path)
    assert (answer.status_code, answer["ETag"], answer["Content-Type"]) == (200, '"0"', "image/tiff")
    array = tifffile.imread(io.BytesIO(answer.content))
    assert (array.shape, array.dtype, array.any()) == ((260, 300), np.uint16, False)


def test_a_patch_is_read_back_in_every_form(call, bob, path, patch, sky):
    saved = patch({1: spot(1), 2: spot(1)}, If_Match='"0"')
    assert (saved.status_code, saved.json(), saved["ETag"]) == (200, {"revision": 1}, '"1"')
    expected = np.zeros((260, 300), np.uint16)
    expected[:4, 256:260] = expected[256:260, :4] = 1
    tiff = call(bob).get(path, Accept="image/tiff")
    assert np.array_equal(tifffile.imread(io.BytesIO(tiff.content)), expected)
    grey = call(bob).get(path, Accept="image/png")
    picture = PillowImage.open(io.BytesIO(grey.content))
    assert picture.mode == "I;16"
    assert np.array_equal(np.asarray(picture), expected)
    table = call(bob).get(path, Accept="application/json").json()
    assert (table["revision"], table["width"], table["height"]) == (1, 300, 260)
    assert [(s["id"], s["class"], s["pixels"], s["source"]) for s in table["segments"]] == [(1, sky, 32, "human")]
    assert {tiff["ETag"], grey["ETag"]} == {'"1"'}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "image/tiff"),
        ("image/*", "image/tiff"),
        ("image/png, image/tiff;q=0.5", "image/png"),
        ("application/json", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "image/tiff"),
    ],
)
def test_the_form_is_chosen_by_accept(call, bob, path, accept, kind):
    assert call(bob).get(path, Accept=accept)["Content-Type"] == kind


def test_a_form_that_labels_do_not_have_is_406(call, bob, path):
    answer = call(bob).get(path, Accept="text/csv")
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.parametrize("match", [None, "", "*", '"x"', "-1", '"1.5"', "\xb2", "9" * 5000, '"0", "1"', "0x1"])
def test_a_save_without_a_revision_to_start_from_is_refused(patch, image, match):
    answer = patch({0: spot(1)}, **({} if match is None else {"If_Match": match}))
    assert answer.status_code == 422
    assert "If-Match" in answer.json()["detail"]
    image.refresh_from_db()
    assert image.head == 0


def test_a_weak_tag_matches_no_revision(patch, image):
    """RFC 9110, 13.1.1."""
    answer = patch({0: spot(1)}, If_Match='W/"0"')
    assert (answer.status_code, answer.json()["title"]) == (412, "Precondition Failed")
    image.refresh_from_db()
    assert image.head == 0


@pytest.mark.parametrize("match", ["0", '"0"', ' "0" '])
def test_a_revision_may_be_written_as_clients_write_it(patch, match):
    assert patch({0: spot(1)}, If_Match=match).status_code == 200


def test_a_stale_save_is_409_with_the_tiles_that_changed(patch, image):
    patch({3: spot(1)}, If_Match='"0"')
    patch({2: spot(1)}, If_Match='"1"')
    answer = patch({0: spot(1)}, If_Match='"0"')
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    body = answer.json()
    assert (body["revision"], sorted(body["changed_tiles"]), body["status"]) == (2, [2, 3], 409)


def test_a_repeated_key_is_answered_like_the_first_time(patch):
    first = patch({0: spot(1)}, If_Match='"0"', Idempotency_Key="abc")
    again = patch({0: spot(1)}, If_Match='"0"', Idempotency_Key="abc")
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (200, {"revision": 1})


@pytest.mark.parametrize("key", ["", "x" * 65])
def test_a_key_that_cannot_be_kept_is_refused(patch, key):
    assert patch({0: spot(1)}, If_Match='"0"', Idempotency_Key=key).status_code == 422


@pytest.mark.parametrize(
    "table",
    [
        "",
        "{",
        "null",
        "{}",
        "[1]",
        "[[]]",
        '[{"id": 1}]',
        '[{"id": NaN, "class": 1}]',
        '[{"id": Infinity, "class": 1}]',
        '[{"id": 1e400, "class": 1}]',
        '[{"id": 1, "class": -1}]',
        '[{"id": "\\ud800", "class": 1}]',
        "[" * 100_000,
        '[{"id": ' + "9" * 5000 + ', "class": 1}]',
    ],
)
def test_a_table_that_does_not_hold_is_422(call, bob, path, image, table):
    parts = {"tiles": records({0: spot(1)}), "segments": table}
    answer = call(bob).upload("PATCH", path, parts, **{"If-Match": '"0"'})
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    image.refresh_from_db()
    assert image.head == 0


def test_the_table_may_come_as_a_file_too(call, bob, path, sky):
    table = SimpleUploadedFile("segments.json", segments_part({1: sky}).encode(), "application/json")
    answer = call(bob).upload("PATCH", path, {"tiles": records({0: spot(1)}), "segments": table}, **{"If-Match": "0"})
    assert answer.status_code == 200


@pytest.mark.parametrize("data", [b"\0", b"\0" * 8, b"\xff" * 100, struct.pack("<II", 0, 5) + b"hello"])
def test_tiles_that_are_none_are_422_and_say_so(call, bob, path, sky, data):
    parts = {"tiles": SimpleUploadedFile("tiles", data), "segments": segments_part({1: sky})}
    answer = call(bob).upload("PATCH", path, parts, **{"If-Match": "0"})
    assert answer.status_code == 422
    assert "The labels were not saved" in answer.json()["detail"]


@pytest.mark.parametrize("form", ["png", "tiff"])
def test_a_put_replaces_the_whole_map(call, bob, path, sky, patch, form):
    patch({0: spot(1)}, If_Match='"0"')
    array = np.zeros((260, 300), np.uint16)
    array[100:, 200:] = 40_000
    parts = {"map": png(array, form), "segments": segments_part({40_000: sky})}
    answer = call(bob).upload("PUT", path, parts, **{"If-Match": '"1"'})
    assert (answer.status_code, answer.json()) == (200, {"revision": 2})
    assert np.array_equal(tifffile.imread(io.BytesIO(call(bob).get(path).content)), array)


@pytest.mark.parametrize(
    ("upload", "reason"),
    [
        (png(np.zeros((300, 260), np.uint16)), "the label map is 260x300, the image is 300x260"),
        (png(np.zeros((260, 300, 3), np.uint8)), "8- or 16-bit grey, not RGB"),
        (SimpleUploadedFile("map.png", b"text"), "no readable PNG or TIFF"),
        (SimpleUploadedFile("map.png", b""), "map"),
        (SimpleUploadedFile("map.png", png(np.ones((260, 300), np.uint16)).read()[:-40]), "no readable PNG or TIFF"),
    ],
)
def test_a_put_of_something_else_is_422_and_changes_nothing(call, bob, path, image, upload, reason):
    upload.seek(0)
    answer = call(bob).upload("PUT", path, {"map": upload, "segments": "[]"}, **{"If-Match": '"0"'})
    assert answer.status_code == 422
    assert reason in answer.json()["detail"]
    image.refresh_from_db()
    assert image.head == 0


def test_a_save_without_its_parts_is_422(call, bob, path):
    for method in ("PUT", "PATCH"):
        answer = call(bob).upload(method, path, {"segments": "[]"}, **{"If-Match": '"0"'})
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert call(bob).send(method, path, {"segments": []}).status_code == 422


def test_a_claimed_image_is_423(call, patch, alice, path, sky):
    patch({0: spot(1)}, If_Match='"0"')
    parts = {"tiles": records({0: spot(1)}), "segments": segments_part({1: sky})}
    answer = call(alice).upload("PATCH", path, parts, **{"If-Match": '"1"'})
    assert (answer.status_code, answer["Content-Type"]) == (423, "application/problem+json")
    assert "bob is working on" in answer.json()["detail"]


def test_a_save_in_the_wrong_state_is_409(call, bob, path, image, patch, sky):
    Image.objects.update(state="accepted")
    assert patch({0: spot(1)}, If_Match='"0"').status_code == 409


@pytest.mark.parametrize(
    "layer",
    [
        "",
        "tail",
        "revision:",
        "revision:x",
        "revision:-1",
        "revision:\xb2",
        "revision:" + "9" * 30,
        "revision:7",
        "prediction",
        "revision:0\0",
    ],
)
def test_a_layer_that_is_not_there_is_refused_in_words(call, bob, path, layer):
    answer = call(bob).get(f"{path}?layer={quote(layer)}")
    # A layer that could be there and is not: 404; one that has no meaning: 422.
    expected = 404 if layer in ("prediction", "revision:7") else 422
    assert (answer.status_code, answer["Content-Type"]) == (expected, "application/problem+json")


def test_revisions_are_listed_and_restored(call, bob, rita, path, image, patch):
    patch({0: spot(1)}, If_Match='"0"')
    call(bob).post(f"/images/{image.pk}/submit")
    call(rita).post(f"/images/{image.pk}/return")
    patch({0: spot(1, 20)}, If_Match='"1"')
    listed = call(bob).get(f"/images/{image.pk}/revisions").json()["items"]
    described = [(row["number"], row["kind"], row["author"]) for row in listed]
    assert described == [(2, "draft", "bob"), (1, "submit", "bob")]
    answer = call(bob).post(f"/images/{image.pk}/revisions/1/restore")
    assert answer.json() == {"revision": 3}
    one, three = (call(bob).get(f"{path}?layer=revision:{n}").content for n in (1, 3))
    assert np.array_equal(tifffile.imread(io.BytesIO(one)), tifffile.imread(io.BytesIO(three)))
    assert call(bob).get(f"{path}?layer=revision:1")["ETag"] == '"1"'
    assert call(bob).post(f"/images/{image.pk}/revisions/{'9' * 30}/restore").status_code == 404


# Checksums


def checksum_of(tiles: bytes, segments: str) -> str:
    return f"{zlib.crc32(segments.encode(), zlib.crc32(tiles)):08x}"


@pytest.mark.parametrize("as_file", [False, True])
def test_a_save_that_came_as_it_was_sent_is_taken(call, bob, path, sky, as_file):
    tiles, table = records({0: spot(1)}), segments_part({1: sky})
    parts = {"tiles": tiles, "checksum": checksum_of(tiles.read(), table)}
    tiles.seek(0)
    parts["segments"] = SimpleUploadedFile("segments.json", table.encode()) if as_file else table
    assert call(bob).upload("PATCH", path, parts, **{"If-Match": '"0"'}).json() == {"revision": 1}


@pytest.mark.parametrize("damaged", ["tiles", "segments"])
def test_a_save_that_was_damaged_on_its_way_is_400_and_saves_nothing(call, bob, path, sky, image, project, damaged):
    sent, table = records({0: spot(1)}).read(), segments_part({1: sky})
    came = {
        "tiles": records({0: spot(1, 8)} if damaged == "tiles" else {0: spot(1)}),
        "segments": segments_part({1: project.classes.get(name="Cell").pk}) if damaged == "segments" else table,
    }
    parts = {**came, "checksum": checksum_of(sent, table)}
    answer = call(bob).upload("PATCH", path, parts, **{"If-Match": '"0"'})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "nothing was saved" in answer.json()["detail"]
    image.refresh_from_db()
    assert image.head == 0


@pytest.mark.parametrize("checksum", ["", "1234", "xyzxyzxy", "0x123456", "123456789", "\uff11" * 8])
def test_what_is_no_checksum_is_422(call, bob, path, sky, checksum):
    parts = {"tiles": records({0: spot(1)}), "segments": segments_part({1: sky}), "checksum": checksum}
    assert call(bob).upload("PATCH", path, parts, **{"If-Match": '"0"'}).status_code == 422


# The table alone


def test_a_segment_changes_its_class_without_a_tile(call, bob, path, patch, sky, project):
    patch({0: spot(1)}, If_Match='"0"')
    cell = project.classes.get(name="Cell").pk
    saved = patch({}, {1: cell}, If_Match='"1"')
    assert (saved.status_code, saved.json()) == (200, {"revision": 2})
    answer = call(bob).get(path, Accept="application/json").json()
    assert [(row["id"], row["class"], row["pixels"]) for row in answer["segments"]] == [(1, cell, 16)]


def test_a_save_asks_the_database_little(call, bob, path, image, sky, django_assert_max_num_queries):
    caller = call(bob)
    for number in range(2):
        tiles, table = records({0: spot(1, number)}), segments_part({1: sky})
        headers = {"If-Match": str(number), "Idempotency-Key": f"key {number}"}
        with django_assert_max_num_queries(24):
            caller.upload("PATCH", path, {"tiles": tiles, "segments": table}, **headers)
    assert image.revisions.get().number == 2
