"""From clicks on an image to a region, in the tightest frame that holds it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from segmodels.clicks.decoder import Candidate, ClickDecoder
from segmodels.clicks.frames import Frame
from segmodels.clicks.letterbox import LOGITS_PX
from segmodels.clicks.looking import Found, Pointing, look
from segmodels.clicks.prompts import Click, Prompt
from segmodels.clicks.turns import Turns
from tests.segmodels.click_weights import random_arrays

WIDTH, HEIGHT = 2400, 1200
WHOLE, MIDDLE, TIGHT = Frame(0, 0, 2400, 1200), Frame(600, 0, 1800, 1200), Frame(900, 300, 1500, 900)
SEEN = (1000.0, 500.0, 1300.0, 700.0)
FIRST, SECOND = Click(1050, 450, True), Click(1200, 600, False)
INNER, ACROSS_LEFT = (64, 64, 128, 128), (0, 64, 128, 128)

Box = tuple[int, int, int, int]
Array = NDArray[np.float32]


class Boxes(ClickDecoder):
    """Finds these boxes of logits (x0, y0, x1, y1), the n-th at the n-th click; remembers what it was asked."""

    def __init__(self, *boxes: Box) -> None:
        super().__init__(random_arrays())
        self.boxes = boxes
        self.asked: list[Prompt] = []

    def segment(self, embedding: Array, prompt: Prompt, before: Array | None = None) -> Candidate:
        self.asked.append(prompt)
        logits = np.full((LOGITS_PX, LOGITS_PX), -1, np.float32)
        x0, y0, x1, y1 = self.boxes[len(prompt.clicks) - 1]
        logits[y0:y1, x0:x1] = 1
        return Candidate(logits, 0.5)


def embedded(frames: dict[Frame, Boxes]) -> Callable[[Frame], Turns | None]:
    """Frames that are embedded, each with a decoder of its own; others are None."""
    turns = {
        frame: Turns(decoder, np.zeros(1, np.float32), frame.inner_edges(WIDTH, HEIGHT))
        for frame, decoder in frames.items()
    }
    return turns.get


def extent(found: Found | Frame) -> tuple[int, ...]:
    """x0, y0, x1, y1 of a region."""
    assert isinstance(found, Found)
    y, x0, x1 = found.runs.T
    return x0.min(), y.min(), x1.max(), y.max() + 1


def at(*clicks: Click, seen: tuple[float, float, float, float] | None = SEEN) -> Pointing:
    return Pointing(clicks, seen=seen)


def test_frames_are_the_whole_where_nobody_says_what_is_seen() -> None:
    assert at(FIRST, seen=None).frames(WIDTH, HEIGHT) == [WHOLE]
    assert at(FIRST).frames(WIDTH, HEIGHT) == [TIGHT, MIDDLE, WHOLE]


def test_clicks_and_boxes_beside_what_is_seen_widen_it() -> None:
    assert at(FIRST, Click(100, 100, False)).frames(WIDTH, HEIGHT) == [WHOLE]
    assert Pointing([FIRST], (100, 100, 2000, 900), seen=SEEN).frames(WIDTH, HEIGHT) == [WHOLE]


def test_a_region_lies_in_the_image_where_its_frame_does() -> None:
    tight = Boxes(INNER)
    found = look(at(FIRST), WIDTH, HEIGHT, embedded({TIGHT: tight}))
    assert extent(found) == pytest.approx((1050, 450, 1200, 600), abs=2)
    [click] = tight.asked[0].clicks
    assert click[:2] == pytest.approx((256, 256)), "600 px are 1,024 of the square"


@pytest.mark.parametrize("box", [ACROSS_LEFT, (64, 0, 128, 99), (64, 64, 256, 99), (64, 64, 99, 256)])
def test_what_goes_on_beyond_its_frame_comes_from_a_wider_one(box: Box) -> None:
    found = look(at(FIRST), WIDTH, HEIGHT, embedded({TIGHT: Boxes(box), MIDDLE: Boxes(INNER), WHOLE: Boxes(INNER)}))
    assert extent(found) == pytest.approx((900, 300, 1200, 600), abs=3)


@pytest.mark.parametrize(
    ("frame", "box"),
    [
        (Frame(0, 0, 600, 600), (0, 0, 128, 128)),
        (Frame(1800, 600, 2400, 1200), (128, 128, 256, 256)),
    ],
)
def test_at_the_edges_of_the_image_nothing_goes_on(frame: Frame, box: Box) -> None:
    seen = (frame.x0 + 150.0, frame.y0 + 150.0, frame.x1 - 150.0, frame.y1 - 150.0)
    pointing = at(Click(seen[0], seen[1], True), seen=seen)
    assert pointing.frames(WIDTH, HEIGHT)[0] == frame
    found = look(pointing, WIDTH, HEIGHT, embedded({frame: Boxes(box)}))
    assert extent(found)[2] - extent(found)[0] == pytest.approx(300, abs=2)


def test_a_proposal_that_was_widened_stays_so_though_a_later_click_makes_it_small() -> None:
    middle = Boxes(INNER, INNER)
    frames = embedded({TIGHT: Boxes(ACROSS_LEFT, INNER), MIDDLE: middle})
    look(at(FIRST), WIDTH, HEIGHT, frames)
    found = look(at(FIRST, SECOND), WIDTH, HEIGHT, frames)
    assert extent(found) == pytest.approx((900, 300, 1200, 600), abs=3)
    assert len(middle.asked) == 2, "with the history of the wide frame"


def test_of_wider_frames_one_that_is_embedded_is_taken_before_one_that_is_waited_for() -> None:
    tight, whole = Boxes(ACROSS_LEFT), Boxes(INNER)
    found = look(at(FIRST), WIDTH, HEIGHT, embedded({TIGHT: tight, WHOLE: whole}))
    assert extent(found) == pytest.approx((600, 600, 1200, 1200), abs=5)
    assert look(at(FIRST), WIDTH, HEIGHT, embedded({TIGHT: tight})) == MIDDLE
    assert look(at(FIRST), WIDTH, HEIGHT, embedded({})) == TIGHT
