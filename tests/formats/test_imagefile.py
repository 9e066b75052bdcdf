import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from annotator.imagefile import (
    BadFile,
    content_hash,
    inspect_image,
    make_rendition,
    make_thumbnail,
    read_rgb,
)

LIMIT = 1_000_000


def inspect(data, name="a.png"):
    return inspect_image(data, name=name, max_pixels=LIMIT)


@pytest.mark.parametrize(
    ("form", "mime", "extension", "needs_rendition"),
    [
        ("JPEG", "image/jpeg", ".jpg", False),
        ("PNG", "image/png", ".png", False),
        ("WEBP", "image/webp", ".webp", False),
        ("BMP", "image/bmp", ".bmp", False),
        ("TIFF", "image/tiff", ".tif", True),
    ],
)
def test_every_accepted_format_is_described(made, tmp_path, form, mime, extension, needs_rendition):
    data = made.image(12, 8, form=form)
    info = inspect(data, "misleading.gif")
    assert (info.width, info.height, info.mime, info.extension) == (12, 8, mime, extension)
    assert info.needs_rendition is needs_rendition
    path = tmp_path / "file"
    path.write_bytes(data)
    assert inspect(path) == info


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_frame_is_the_one_after_exif_rotation(made, form):
    data = made.encode(np.zeros((8, 12, 3), np.uint8), form, orientation=6)
    info = inspect(data)
    assert (info.width, info.height) == (8, 12)
    assert read_rgb(data).shape == (12, 8, 3)
    assert Image.open(io.BytesIO(make_thumbnail(data, longest_side_px=6))).size == (4, 6)
    assert Image.open(io.BytesIO(make_rendition(data))).size == (8, 12)


def test_exif_rotation_turns_pixels_clockwise(made):
    pixels = np.zeros((2, 3, 3), np.uint8)
    pixels[0, 0] = 255
    upright = read_rgb(made.encode(pixels, "PNG", orientation=6))
    assert np.argwhere(upright[..., 0]).tolist() == [[0, 1]]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_a_truncated_file_is_refused(made, form):
    data = made.image(64, 64, form=form)
    with pytest.raises(BadFile) as refusal:
        inspect(data[: len(data) * 2 // 3], "cut.jpg")
    assert refusal.value.name == "cut.jpg"
    assert refusal.value.reason


def test_a_png_that_claims_too_many_pixels_is_refused_before_decoding(made):
    data = made.png_that_claims(60_000, 60_000)
    tracemalloc.start()
    with pytest.raises(BadFile, match="60000x60000 = 3,600,000,000 pixels; at most 1,000,000"):
        inspect(data)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_over_the_limit_is_refused_by_its_header(made, lossless):
    data = made.encode(np.zeros((64, 80, 3), np.uint8), "WEBP", lossless=lossless)
    with pytest.raises(BadFile, match="80x64"):
        inspect_image(data, name="a.webp", max_pixels=1000)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not an image", "not a JPEG, PNG, WebP, BMP or TIFF image"),
        (b"", "the file is empty"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG is not accepted"),
        (b"\x89PNG\r\n\x1a\nrubbish", "cannot be decoded"),
        (b"RIFF\x10\0\0\0WEBPVP8X", "truncated"),
    ],
)
def test_what_is_no_image_is_refused_with_the_reason(data, reason):
    with pytest.raises(BadFile, match=reason):
        inspect(data, "notes.png")


def test_animations_and_page_stacks_are_refused(made):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    for form in ("PNG", "WEBP"):
        data = made.encode(frames[0], form, save_all=True, append_images=frames[1:])
        with pytest.raises(BadFile, match="animation of 3 frames"):
            inspect(data)
    with pytest.raises(BadFile, match="TIFF of 3 pages"):
        inspect(made.encode(frames[0], "TIFF", save_all=True, append_images=frames[1:]))


def test_16_bit_grey_is_stretched_over_its_own_range(made):
    data = made.encode(np.array([[1000, 1500], [2000, 1000]], np.uint16))
    assert inspect(data).needs_rendition
    assert read_rgb(data)[..., 0].tolist() == [[0, 128], [255, 0]]
    assert np.array_equal(read_rgb(make_rendition(data)), read_rgb(data))


def test_flat_16_bit_grey_is_black_and_not_an_error(made):
    assert not read_rgb(made.encode(np.full((3, 3), 700, np.uint16))).any()


def test_transparency_is_laid_over_white_and_shown_the_same_way(made):
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0, 3] = 255
    data = made.encode(pixels)
    assert inspect(data).needs_rendition
    assert read_rgb(data)[..., 0].tolist() == [[0, 255], [255, 255]]
    assert np.array_equal(read_rgb(make_rendition(data)), read_rgb(data))


def test_opaque_rgba_palette_and_cmyk_are_read_as_colours(made):
    opaque = np.full((2, 2, 4), 255, np.uint8)
    assert not inspect(made.encode(opaque)).needs_rendition
    palette = Image.new("P", (2, 2), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert read_rgb(made.encode(palette))[0, 0].tolist() == [10, 20, 30]
    cmyk = made.encode(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG")
    assert inspect(cmyk).needs_rendition
    red, green, blue = read_rgb(cmyk)[0, 0].tolist()
    assert red > 200 and green < 60 and blue < 60


def test_a_thumbnail_keeps_the_shape_and_never_grows(made):
    data = made.image(400, 100, form="JPEG")
    assert Image.open(io.BytesIO(make_thumbnail(data, longest_side_px=200))).size == (200, 50)
    assert Image.open(io.BytesIO(make_thumbnail(data, longest_side_px=999))).size == (400, 100)


def test_the_content_hash_is_the_same_for_bytes_and_file(made, tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert content_hash(b"abc") == content_hash(tmp_path / "a") == digest
