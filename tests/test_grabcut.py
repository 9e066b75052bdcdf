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


def test_what_is_known_not_to_be_of_the_object_is_left_out():
    pixels, truth = disc(200)
    drop = np.zeros((200, 200), bool)
    drop[90:100, 90:100] = True
    found = grabcut.cut_out(pixels, boxed(200), drop=drop)
    assert not (found & drop).any()
    assert overlap(found, truth) > 0.9


def test_a_click_speaks_for_what_is_alike_about_it():
    """A box of two discs of one colour: a click on one of them takes more of it than its own pixels."""
    pixels = np.full((200, 300, 3), (60, 150, 70), np.uint8)
    for x in (80, 220):
        cv2.circle(pixels, (x, 100), 45, (180, 60, 50), -1)
    pixels = np.clip(pixels + np.random.default_rng(0).normal(0, 4, pixels.shape), 0, 255).astype(np.uint8)
    inside = np.zeros((200, 300), bool)
    inside[20:180, 15:285] = True
    drop = np.zeros((200, 300), bool)
    drop[98:102, 218:222] = True
    before = grabcut.cut_out(pixels, inside)
    after = grabcut.cut_out(pixels, inside, drop=drop)
    assert before[100, 80] and before[100, 220]
    assert after[:, :150].sum() > 0.95 * before[:, :150].sum()
    assert after[:, 150:].sum() < before[:, 150:].sum() - 20 * drop.sum()


def test_two_clicks_of_both_kinds_on_one_colour_share_it():
    pixels = np.full((200, 300, 3), (180, 60, 50), np.uint8)
    inside = np.zeros((200, 300), bool)
    inside[20:180, 20:280] = True
    keep, drop = np.zeros((200, 300), bool), np.zeros((200, 300), bool)
    keep[98:102, 140:144] = True
    drop[98:102, 150:154] = True
    found = grabcut.cut_out(pixels, inside, keep, drop)
    assert found[100, 135:146].all() and not found[100, 149:158].any()


@pytest.mark.parametrize("known", ["keep", "drop"])
def test_a_mark_of_one_pixel_is_seen_on_the_smaller_copy(monkeypatch, known):
    pixels, _ = disc(900)
    seen = []
    monkeypatch.setattr(grabcut.cv2, "grabCut", lambda _, marks, *rest: seen.append(marks.copy()))
    mark = np.zeros((900, 900), bool)
    mark[451, 452] = True
    grabcut.cut_out(pixels, boxed(900), **{known: mark})
    (marks,) = seen
    row, column = 451 * marks.shape[0] // 900, 452 * marks.shape[1] // 900
    value = cv2.GC_FGD if known == "keep" else cv2.GC_BGD
    assert (marks[row - 1 : row + 2, column - 1 : column + 2] == value).any()


def test_a_pixel_that_is_both_kept_and_dropped_is_dropped():
    pixels, _ = disc(200)
    mark = np.zeros((200, 200), bool)
    mark[100:110, 100:110] = True
    assert not grabcut.cut_out(pixels, boxed(200), mark, mark)[mark].any()


@pytest.mark.parametrize("known", ["keep", "drop"])
def test_all_known_is_answered_too(known):
    pixels, _ = disc(60)
    everything = np.ones((60, 60), bool)
    found = grabcut.cut_out(pixels, everything, **{known: everything})
    assert found.all() if known == "keep" else not found.any()


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
