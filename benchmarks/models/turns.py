"""Two or more ways of doing the same thing in turns, so that a busy minute of the machine slows all of them."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

OWN = "segmodels"


class Turns:
    """Called after each step of a training run; between its rounds every rival has a round of its own.

    A round is `warm` steps that are not counted and `counted` steps that are: what was made ready while others
    had their turn is used up by the first of them. Seconds per step go to `seconds`, by name and round.
    """

    def __init__(
        self,
        rivals: Mapping[str, Callable[[], object]],
        counted: int,
        warm: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        if warm < 1:
            raise ValueError("warm must be at least 1: the first step of a round uses what was made before it")
        self.rivals = rivals
        self.counted = counted
        self.warm = warm
        self.clock = clock
        self.seconds: dict[str, list[float]] = {name: [] for name in (OWN, *rivals)}
        self.done = 0
        self.began = clock()

    def after_step(self) -> None:
        self.done += 1
        place = self.done % (self.warm + self.counted)
        if place == self.warm:
            self.began = self.clock()
        if place:
            return
        self.seconds[OWN].append((self.clock() - self.began) / self.counted)
        for name, step in self.rivals.items():
            self.seconds[name].append(self._round(step))
        self.began = self.clock()

    def _round(self, step: Callable[[], object]) -> float:
        for _ in range(self.warm):
            step()
        began = self.clock()
        for _ in range(self.counted):
            step()
        return (self.clock() - began) / self.counted


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> dict[str, Any]:
    """The median over rounds of one by the other, and the range they span."""
    quotients = [above / below for above, below in zip(numerators, denominators, strict=True)]
    return {
        "median": round(statistics.median(quotients), 3),
        "lowest": round(min(quotients), 3),
        "highest": round(max(quotients), 3),
        "rounds": len(quotients),
    }


def medians(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Median seconds by name."""
    return {name: round(statistics.median(values), 4) for name, values in seconds.items()}
