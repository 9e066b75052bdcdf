"""Borders of regions move onto the edges of a picture; no region falls apart."""

import numpy as np
import pytest
from scipy import ndimage

from annotator import superpixel_borders
from annotator.superpixel_borders import HOLDS_TOGETHER, lab_of, refine_borders

HEIGHT, WIDTH, SIDE = 120, 160, 10


def squares() -> np.ndarray:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return (1 + y // SIDE * (WIDTH // SIDE) + x // SIDE).astype(np.uint16)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rows", [7, HEIGHT])
def test_on_noise_the_borders_wander_and_each_region_stays_in_one_piece(monkeypatch, seed, rows):
    monkeypatch.setattr(superpixel_borders, "STRIP_PIXELS", WIDTH * rows)
    monkeypatch.setattr(superpixel_borders, "SMOOTHNESS", 0.0)
    monkeypatch.setattr(superpixel_borders, "ROUNDS", 6)
    random = np.random.default_rng(seed)
    noise = random.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    before = squares()
    means = random.integers(0, 256, (int(before.max()) + 1, 3)).astype(np.float32)
    after = refine_borders(before, means, lambda top, bottom: noise[top:bottom])
    assert (after != before).mean() > 0.2
    assert np.array_equal(before, squares())
    assert set(np.unique(after)) == set(np.unique(before))
    for region in np.unique(after):
        assert ndimage.label(after == region)[1] == 1


def test_a_border_beside_an_edge_moves_onto_it():
    picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    picture[:, 83:] = 190
    left = np.ones((HEIGHT, WIDTH), np.uint16)
    left[:, 80:] = 2
    lab = lab_of(picture)
    means = np.array([[0, 0, 0], lab[0, 0], lab[0, -1]], np.float32)
    refined = refine_borders(left, means, lambda top, bottom: picture[top:bottom])
    assert (refined[:, 82] == 1).all() and (refined[:, 83] == 2).all()


def test_which_neighbours_hold_together_without_the_pixel_between_them():
    around = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    for bits in range(256):
        block = np.zeros((3, 3), bool)
        for i, place in enumerate(around):
            block[place] = bits >> (7 - i) & 1
        parts = ndimage.label(block)[0]
        beside = {int(parts[place]) for place in ((0, 1), (1, 2), (2, 1), (1, 0))} - {0}
        assert HOLDS_TOGETHER[bits] == (len(beside) == 1), f"{bits:08b}"
