"""A progress bar with ETA for commands in a terminal; a line now and then where the output is a file."""

import time
from typing import TextIO

BAR_CHARACTERS = 30
LINE_EVERY_SECONDS = 10.0


class ProgressBar:
    def __init__(self, stream: TextIO, noun: str):
        self.stream = stream
        self.noun = noun
        self.began = self.stage_began = time.monotonic()
        self.shown = 0.0
        self.done = 0
        self.live = stream.isatty()

    def update(self, done: int, total: int, detail: str = "") -> None:
        """Show `done` of `total`, at most ten times a second; a count that falls begins a new stage."""
        now = time.monotonic()
        if done < self.done:
            self.stage_began = now
        self.done = done
        if now - self.shown < (0.1 if self.live else LINE_EVERY_SECONDS):
            return
        self.shown = now
        left = f", {(now - self.stage_began) / done * (total - done):.0f} s left" if done else ""
        if self.live:
            filled = BAR_CHARACTERS * done // max(1, total)
            bar = "█" * filled + "·" * (BAR_CHARACTERS - filled)
            self.stream.write(f"\r{bar} {done}/{total} {self.noun}{left} {detail[:40]:40}")
        else:
            self.stream.write(f"{done}/{total} {self.noun}{left} {detail}\n")
        self.stream.flush()

    def finish(self) -> None:
        """Leave the bar and say how long it took."""
        seconds = time.monotonic() - self.began
        self.stream.write(("\r" + " " * 110 + "\r" if self.live else "") + f"done in {seconds:.1f} s\n")
