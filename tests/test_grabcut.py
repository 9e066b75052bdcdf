"""A disc of one colour on another is found in the box around it, at any size."""

import time

import cv2
import numpy as np
import pytest

from annotator import grabcut


def disc(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A noisy picture (side, side, 3) of a red disc on green, and the disc's mask."""
    mask = np.zeros((side, side), np.uint8)
    cv2.circle(mask, (side // 2, side // 2), side // 4, 1, -1)
    colors = np.where(mask[..., None] > 0, (180, 60, 50), (60, 150, 70))
    noise = np.random.default_rng(0).normal(0, 12, colors.shape)
    return np.clip(colors + noise, 0, 255).astype(np.uint8), mask.astype(bool)


def boxed(side: int) -> np.ndarray:
    inside = np.zeros((side, side), bool)
    margin = side // 6
    inside[margin:-margin, margin:-margin] = True
    return inside


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize("side", [60, 200, 900])
def test_the_object_in_the_box_is_found(side):
    pixels, truth = disc(side)
    assert overlap(grabcut.cut_out(pixels, boxed(side)), truth) > 0.97


def test_a_smaller_copy_gives_the_outline_at_full_size():
    pixels, truth = disc(900)
    small = cv2.resize(pixels, (250, 250), interpolation=cv2.INTER_AREA)
    assert overlap(grabcut.cut_out(small, boxed(900)), truth) > 0.97


def test_nothing_outside_of_the_box_is_taken():
    pixels, truth = disc(200)
    inside = np.zeros((200, 200), bool)
    inside[20:140, 20:180] = True
    assert (truth & ~inside).any()
    found = grabcut.cut_out(pixels, inside)
    assert not (found & ~inside).any()
    assert overlap(found, truth & inside) > 0.9


def test_what_is_known_to_be_of_the_object_stays():
    pixels, truth = disc(200)
    keep = np.zeros((200, 200), bool)
    keep[40:46, 100:106] = True
    assert not truth[keep].any()
    found = grabcut.cut_out(pixels, boxed(200), keep)
    assert found[keep].all()
    assert overlap(found, truth) > 0.9


@pytest.mark.parametrize("side", [1, 3, 50])
def test_a_box_without_surroundings_is_answered_too(side):
    pixels, _ = disc(60)
    found = grabcut.cut_out(pixels[:side, :side], np.ones((side, side), bool))
    assert found.shape == (side, side)


def test_the_same_box_gives_the_same_answer():
    pixels, _ = disc(300)
    assert np.array_equal(grabcut.cut_out(pixels, boxed(300)), grabcut.cut_out(pixels, boxed(300)))


def test_a_box_over_a_large_image_is_answered_soon():
    pixels, _ = disc(4000)
    small = cv2.resize(pixels, (280, 280), interpolation=cv2.INTER_AREA)
    started = time.perf_counter()
    grabcut.cut_out(small, boxed(4000))
    assert time.perf_counter() - started < 3
