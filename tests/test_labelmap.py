"""Label maps: what is written is what every program reads, and hostile bytes are refused in words."""

import contextlib
import io
import json
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PillowImage

from annotator.labelmap import (
    TILE,
    TILE_BYTES,
    Grid,
    LabelMapError,
    LabelTiff,
    PackedTile,
    changed_tiles,
    compress_tile,
    count_pixels,
    decompress_tile,
    from_image_file,
    parse_tile_records,
    to_png,
    unpack_tiles,
)

quick = settings(max_examples=15, deadline=None)
sides = st.one_of(st.integers(1, 40), st.integers(250, 270), st.just(513))


@st.composite
def label_maps(draw):
    """(H, W) uint16: a few rectangles of any ids, sizes around the tile border included."""
    height, width = draw(sides), draw(sides)
    array = np.zeros((height, width), np.uint16)
    for _ in range(draw(st.integers(0, 5))):
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        bottom, right = draw(st.integers(top, height - 1)), draw(st.integers(left, width - 1))
        array[top : bottom + 1, left : right + 1] = draw(st.integers(0, 65535))
    return array


def record(index: int, tile: np.ndarray | bytes) -> bytes:
    packed = tile if isinstance(tile, bytes) else zlib.compress(tile.astype("<u2").tobytes())
    return struct.pack("<II", index, len(packed)) + packed


def taken(data: bytes, grid: Grid) -> dict[int, PackedTile]:
    """What a save of the records keeps, over a blank map."""
    return unpack_tiles(parse_tile_records(data, grid), LabelTiff.blank(grid.width, grid.height))[0]


def full_tile(value: int) -> np.ndarray:
    return np.full((TILE, TILE), value, np.uint16)


@quick
@given(label_maps())
def test_a_label_map_comes_back_from_its_tiff(array):
    segments = [{"id": int(i), "class": 1} for i in np.unique(array) if i]
    back = LabelTiff.from_bytes(LabelTiff.from_array(array, segments).to_bytes())
    assert np.array_equal(back.array(), array)
    assert back.array().dtype == np.uint16
    assert back.segments == segments


@quick
@given(label_maps())
def test_tifffile_and_pillow_read_the_same_pixels(array):
    data = LabelTiff.from_array(array, [{"id": 1, "class": 7}]).to_bytes()
    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages.first
        assert np.array_equal(page.asarray(), array)
        assert (page.tilewidth, page.tilelength, page.dtype) == (256, 256, np.uint16)
        assert json.loads(page.description) == {"segments": [{"id": 1, "class": 7}]}
    with PillowImage.open(io.BytesIO(data)) as picture:
        assert np.array_equal(np.asarray(picture), array)


@quick
@given(label_maps(), st.data())
def test_splicing_tiles_equals_writing_the_whole_map_anew(array, data):
    before = LabelTiff.from_bytes(LabelTiff.from_array(array, []).to_bytes())
    chosen = data.draw(st.sets(st.integers(0, before.grid.count - 1)))
    changed = array.copy()
    tiles = {}
    for index in chosen:
        window = before.grid.window(index)
        changed[window] = data.draw(st.integers(0, 65535))
        tile = np.zeros((TILE, TILE), np.uint16)
        tile[: changed[window].shape[0], : changed[window].shape[1]] = changed[window]
        tiles[index] = tile
    spliced = before.with_tiles({index: PackedTile.of(tile) for index, tile in tiles.items()}, [{"id": 1, "class": 1}])
    assert spliced.to_bytes() == LabelTiff.from_array(changed, [{"id": 1, "class": 1}]).to_bytes()
    different = {i for i in chosen if not np.array_equal(array[before.grid.window(i)], changed[before.grid.window(i)])}
    assert set(changed_tiles(before, spliced)) == different


@quick
@given(label_maps())
def test_counting_tile_by_tile_counts_every_labelled_pixel_once(array):
    tiff = LabelTiff.from_array(array, [])
    counted = count_pixels(tiff.tile(index) for index in range(tiff.grid.count))
    ids, counts = np.unique(array[array > 0], return_counts=True)
    assert counted == dict(zip(ids.tolist(), counts.tolist(), strict=True))


@quick
@given(label_maps())
def test_tile_records_carry_a_whole_map(array):
    tiff = LabelTiff.from_array(array, [])
    sent = b"".join(record(index, tiff.tiles[index]) for index in range(tiff.grid.count))
    received = taken(sent, tiff.grid)
    assert np.array_equal(LabelTiff.blank(array.shape[1], array.shape[0]).with_tiles(received, []).array(), array)


def test_a_blank_label_map_is_all_unlabelled():
    assert not LabelTiff.blank(300, 70).array().any()
    assert LabelTiff.blank(300, 70).array().shape == (70, 300)


def test_no_tiles_are_no_change():
    assert taken(b"", Grid(10, 10)) == {}


HOSTILE = {
    "a header cut off": (record(0, full_tile(1)) + b"\1\0\0", "cut off"),
    "a body cut off": (record(0, full_tile(1))[:-1], "tile 0 is cut off"),
    "a length beyond the end": (struct.pack("<II", 0, 2**32 - 1), "tile 0 is cut off"),
    "an index outside": (record(4, full_tile(1)), "tile 4 lies outside the image, which has 4 tiles"),
    "the largest index": (record(2**32 - 1, full_tile(1)), "outside the image"),
    "a tile twice": (record(0, full_tile(1)) * 2, "tile 0 comes twice"),
    "no zlib data": (record(0, b"not zlib at all"), "not zlib data"),
    "an empty body": (record(0, b""), "must inflate to"),
    "too few pixels": (record(0, zlib.compress(bytes(TILE_BYTES - 2))), "must inflate to"),
    "too many pixels": (record(0, zlib.compress(bytes(TILE_BYTES + 2))), "must inflate to"),
    "a bomb": (record(0, zlib.compress(bytes(1 << 26))), "must inflate to"),
    "a stream without its end": (record(0, zlib.compress(bytes(TILE_BYTES))[:-6]), "must inflate to|not zlib"),
    "pixels below the image": (record(2, full_tile(1)), "labels outside the image"),
    "pixels right of the image": (record(1, full_tile(1)), "labels outside the image"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_tile_records_are_refused_in_words(case):
    data, reason = HOSTILE[case]
    with pytest.raises(LabelMapError, match=reason):
        taken(data, Grid(300, 300))


def test_a_bomb_is_not_inflated():
    # 64 MiB of zeros in 64 kB.
    packer = zlib.compressobj(9)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(LabelMapError):
        decompress_tile(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * TILE_BYTES


def test_however_many_tiles_a_save_has_one_is_unpacked_at_a_time():
    grid = Grid(16 * TILE, 8 * TILE)
    data = b"".join(record(index, full_tile(1 + index)) for index in range(grid.count))
    tracemalloc.start()
    before = LabelTiff.blank(grid.width, grid.height)
    kept, won = unpack_tiles(parse_tile_records(data, grid), before)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 * TILE_BYTES
    assert won == {1 + index: TILE * TILE for index in range(grid.count)}
    assert (before.with_tiles(kept, []).tile(5) == 6).all()


def test_tiles_that_hold_labels_are_told_apart_without_unpacking():
    array = np.zeros((300, 600), np.uint16)
    array[290, 520] = 7
    for level in (1, 3, 6):
        assert LabelTiff.from_array(array, [], level).drawn_tiles() == [5]


@given(st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_no_bytes_make_the_parser_fail_in_another_way(data):
    try:
        tiles = taken(data, Grid(300, 300))
    except LabelMapError:
        return
    assert tiles == {}


def test_a_part_of_a_tile_is_padded_with_unlabelled():
    tile = decompress_tile(compress_tile(np.full((2, 3), 9, np.uint16)))
    assert tile[:2, :3].min() == 9
    assert tile.sum() == 9 * 6


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"II*\0",
        b"\x89PNG\r\n\x1a\n",
        LabelTiff.blank(10, 10).to_bytes()[:200],
        b"not a tiff",
    ],
)
def test_what_is_no_label_map_is_refused(data):
    with pytest.raises(LabelMapError):
        LabelTiff.from_bytes(data)


def test_another_tiff_is_refused_as_a_stored_label_map():
    out = io.BytesIO()
    tifffile.imwrite(out, np.zeros((20, 20), np.uint8))
    with pytest.raises(LabelMapError, match="expected 256x256 tiles"):
        LabelTiff.from_bytes(out.getvalue())


# Uploads of whole maps


def encoded(array: np.ndarray, form: str = "png") -> bytes:
    out = io.BytesIO()
    PillowImage.fromarray(array).save(out, form)
    return out.getvalue()


@quick
@given(label_maps())
def test_a_label_map_comes_back_from_its_png(array):
    height, width = array.shape
    assert np.array_equal(from_image_file(to_png(array), width=width, height=height), array)


@pytest.mark.parametrize("form", ["png", "tiff"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_png_and_tiff_of_8_and_16_bits_are_taken(form, dtype):
    array = np.arange(12, dtype=dtype).reshape(3, 4) * (1 if dtype == np.uint8 else 5000)
    assert np.array_equal(from_image_file(encoded(array, form), width=4, height=3), array)


def test_our_own_tiff_is_taken_as_an_upload():
    array = np.random.default_rng(0).integers(0, 65536, (300, 280), np.uint16)
    data = LabelTiff.from_array(array, []).to_bytes()
    assert np.array_equal(from_image_file(data, width=280, height=300), array)


def test_a_palette_png_is_read_by_its_indices_not_its_colours():
    image = PillowImage.fromarray(np.array([[0, 1], [2, 1]], np.uint8), "P")
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    out = io.BytesIO()
    image.save(out, "png")
    assert from_image_file(out.getvalue(), width=2, height=2).tolist() == [[0, 1], [2, 1]]


def test_a_wrong_size_is_refused_with_both_sizes():
    with pytest.raises(LabelMapError, match="5x4, the image is 4x5"):
        from_image_file(encoded(np.zeros((4, 5), np.uint16)), width=4, height=5)


@pytest.mark.parametrize("shape", [(4, 4, 3), (4, 4, 4)])
def test_colours_are_refused(shape):
    with pytest.raises(LabelMapError, match="8- or 16-bit grey, not RGB"):
        from_image_file(encoded(np.zeros(shape, np.uint8)), width=4, height=4)


def test_floats_are_refused():
    with pytest.raises(LabelMapError, match="grey, not F"):
        from_image_file(encoded(np.full((4, 4), np.nan, np.float32), "tiff"), width=4, height=4)


@pytest.mark.parametrize("value", [-1, 65536, 2**31 - 1])
def test_ids_beyond_16_bits_are_refused(value):
    with pytest.raises(LabelMapError, match=r"0\.\.65535"):
        from_image_file(encoded(np.full((4, 4), value, np.int32), "tiff"), width=4, height=4)


@pytest.mark.parametrize("data", [b"", b"hello", b"GIF89a", encoded(np.zeros((4, 4), np.uint8), "jpeg")])
def test_what_is_no_png_or_tiff_is_refused(data):
    with pytest.raises(LabelMapError, match="no readable PNG or TIFF"):
        from_image_file(data, width=4, height=4)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("form", ["png", "tiff"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_damaged_upload_is_refused_and_nothing_else(form, data):
    """Cut anywhere and with any bytes changed: pixels or a LabelMapError, never another error."""
    good = bytearray(encoded(np.arange(4096, dtype=np.uint16).reshape(64, 64), form))
    for _ in range(data.draw(st.integers(0, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(good[: data.draw(st.integers(0, len(good)))])
    with contextlib.suppress(LabelMapError):
        assert from_image_file(cut, width=64, height=64).shape == (64, 64)
