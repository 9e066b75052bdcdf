"""A pyramid of tiles shows the same picture at every level."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image as PillowImage

from annotator.pyramid import TILE_PX, level_count, level_size, read_index, tile_name, write_pyramid


def smooth(width: int, height: int, mode: str = "RGB") -> PillowImage.Image:
    """A picture whose colours tell the place: JPEG keeps them within a few steps."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    picture = PillowImage.fromarray(np.stack([x, y, (x + y) / 2], -1).astype(np.uint8))
    return picture if mode == "RGB" else picture.convert(mode)


@pytest.mark.parametrize(
    ("size", "levels"), [((1, 1), 1), ((512, 512), 1), ((513, 10), 2), ((1025, 1), 3), ((12_000, 8_400), 6)]
)
def test_levels_halve_until_one_tile_is_left(size, levels):
    assert level_count(*size) == levels
    assert max(level_size(*size, levels - 1)) <= TILE_PX
    assert levels == 1 or max(level_size(*size, levels - 2)) > TILE_PX


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("size", [(1300, 700), (513, 512), (40, 30)])
def test_the_tiles_of_each_level_are_the_picture_at_that_scale(tmp_path, size, mode):
    picture = smooth(*size, mode)
    shares: list[float] = []
    write_pyramid(picture, tmp_path / "p.zip", shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with (tmp_path / "p.zip").open("rb") as file:
        index = read_index(file)
        for level in range(level_count(*size)):
            width, height = level_size(*size, level)
            seen = np.zeros((height, width, 3), np.uint8)
            for row in range(-(-height // TILE_PX)):
                for column in range(-(-width // TILE_PX)):
                    offset, length = index.pop(tile_name(level, column, row))
                    file.seek(offset)
                    tile = PillowImage.open(io.BytesIO(file.read(length)))
                    assert (tile.format, tile.mode) == ("JPEG", mode)
                    pixels = np.asarray(tile.convert("RGB"))
                    top, left = row * TILE_PX, column * TILE_PX
                    seen[top : top + TILE_PX, left : left + TILE_PX] = pixels
            expected = picture.convert("RGB").resize((width, height), PillowImage.Resampling.BOX)
            difference = np.abs(seen.astype(int) - np.asarray(expected).astype(int))
            assert difference.max() <= 12
            assert difference.mean() < 2
    assert not index, "no tile lies outside"


def test_any_program_opens_a_pyramid_as_a_zip(tmp_path):
    write_pyramid(smooth(600, 20), tmp_path / "p.zip", lambda share: None)
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        assert archive.namelist() == ["0/0-0", "0/1-0", "1/0-0"]
        assert archive.testzip() is None
