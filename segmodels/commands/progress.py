"""How far a command is, on one line of the terminal."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

SILENT_SECONDS = 1.0
SECONDS_BETWEEN_LINES = 0.2
ERASE_LINE = "\r\x1b[K"


class ProgressLine:
    """Rewrites one line of `stream`: what is done of how much, and how long the rest will take.

    It stays silent for the first second and where `stream` (None: standard error) is no terminal. As a
    context manager it takes its line away at the end.
    """

    def __init__(
        self, doing: str, total: int, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.doing = doing
        self.total = total
        self.done = 0
        self._stream = stream or sys.stderr
        self._clock = clock
        self._started = clock()
        self._written_at: float | None = None
        self._is_shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def advance(self, count: int = 1) -> None:
        """So many more are done, each taken to last as long as those so far."""
        self.done += count
        elapsed = self._clock() - self._started
        self.show(self.done, self.total, elapsed / self.done * (self.total - self.done) if self.done else None)

    def show(self, done: int, total: int, seconds_left: float | None) -> None:
        now = self._clock()
        too_soon = self._written_at is not None and now - self._written_at < SECONDS_BETWEEN_LINES
        if now - self._started < SILENT_SECONDS or too_soon or not self._stream.isatty():
            return
        left = "" if seconds_left is None else f", {duration(seconds_left)} left"
        self._stream.write(f"{ERASE_LINE}{self.doing} {done} of {total}{left}")
        self._stream.flush()
        self._written_at, self._is_shown = now, True

    def clear(self) -> None:
        """Take the line away, so that something else can be printed."""
        if self._is_shown:
            self._stream.write(ERASE_LINE)
            self._stream.flush()
            self._is_shown = False

    def say(self, text: str) -> None:
        """A line of its own that stays, terminal or not."""
        self.clear()
        print(text, file=self._stream, flush=True)


def duration(seconds: float) -> str:
    """In the largest unit of which there are two: 95 s, 12 min, 3 h."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
