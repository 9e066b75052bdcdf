"""From clicks on an image to a region of it: in the tightest frame around what is seen that holds the region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmodels.clicks.frames import Frame, frames_around
from segmodels.clicks.letterbox import Letterbox
from segmodels.clicks.outlines import find_runs
from segmodels.clicks.prompts import Box, Click, ExpectedSize, Prompt
from segmodels.clicks.turns import Turns


@dataclass(frozen=True)
class Pointing:
    """What somebody points at, in image pixels: clicks in their order, a box x0, y0, x1, y1.

    `alike` are the pixels of objects of the same kind, `seen` is what is in view, which
    may reach beyond the image; None for all of it.
    """

    clicks: Sequence[Click]
    box: Box | None = None
    alike: Sequence[int] = ()
    seen: Box | None = None

    def frames(self, width: int, height: int) -> list[Frame]:
        """The parts of the image that hold what is seen and all that was pointed at: the tightest first."""
        if self.seen is None:
            return [Frame(0, 0, width, height)]
        xs = [self.seen[0], self.seen[2], *(click.x for click in self.clicks), *(self.box or ())[::2]]
        ys = [self.seen[1], self.seen[3], *(click.y for click in self.clicks), *(self.box or ())[1::2]]
        within = max(0.0, min(xs)), max(0.0, min(ys)), min(float(width), max(xs)), min(float(height), max(ys))
        return frames_around(width, height, within)

    def prompt(self, frame: Frame) -> Prompt:
        """The same in px of the square that a frame is scaled to."""
        placed = Letterbox(frame.width, frame.height)

        def in_square(x: float, y: float) -> tuple[float, float]:
            return placed.to_square(x - frame.x0, y - frame.y0)

        clicks = tuple(Click(*in_square(click.x, click.y), click.is_inside) for click in self.clicks)
        if self.box is not None:
            return Prompt(clicks, (*in_square(*self.box[:2]), *in_square(*self.box[2:])))
        return Prompt(clicks, size=ExpectedSize.of([placed.area_in_square(pixels) for pixels in self.alike]))


@dataclass(frozen=True)
class Found:
    """Runs (N, 3) int32 y, x0, x1 (exclusive) of image pixels; the IoU that the network expects."""

    runs: NDArray[np.int32]
    score: float


def look(pointing: Pointing, width: int, height: int, turns_of: Callable[[Frame], Turns | None]) -> Found | Frame:
    """What is pointed at in an image; or the frame that has to be embedded before that can be told.

    `turns_of` a frame are None where it is not embedded. Where the answer to a click goes on beyond its frame, that and
    all later ones come from a wider one: the tightest that is embedded already, so that nobody waits.
    """
    frames = pointing.frames(width, height)
    while True:
        frame, *wider = frames
        turns = turns_of(frame)
        if turns is None:
            return frame
        answer = turns.segment(pointing.prompt(frame))
        if not (wider and answer.goes_on_beyond):
            runs = find_runs(answer.logits, Letterbox(frame.width, frame.height))
            return Found(runs + np.array([frame.y0, frame.x0, frame.x0], np.int32), answer.score)
        ready = next((number for number, one in enumerate(wider) if turns_of(one) is not None), 0)
        frames = wider[ready:]
