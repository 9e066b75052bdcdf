"""A supervised group of child processes: restarted when they die, stopped with the parent."""

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

logger = logging.getLogger(__name__)

STOP_SECONDS = 5.0
RESTART_SECONDS = 1.0
KEEP_LOG_BYTES = 5 << 20
_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A command of the group. `stop_signal` ends it at once where it supports that.

    What is needed by others (Redis) stops after them, or they would wait for it to come back.
    """

    name: str
    command: Sequence[str]
    stop_signal: signal.Signals = signal.SIGTERM
    is_needed_by_others: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


def _die_with_parent(number: signal.Signals) -> None:
    """Ask Linux to signal this child when its parent is killed, so that no orphan keeps the port or the work."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


class Group:
    """Starts children in order, watches them, stops them in reverse order. Output goes to files in `logs`."""

    def __init__(self, logs: Path):
        self.logs = logs
        self.logs.mkdir(parents=True, exist_ok=True)
        self.children: list[Child] = []

    def start(self, child: Child) -> None:
        self.children.append(child)
        self._spawn(child)

    def _spawn(self, child: Child) -> None:
        path = self.logs / f"{child.name}.log"
        if path.exists() and path.stat().st_size > KEEP_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor only, which stops all in order.
            child.process = subprocess.Popen(
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=partial(_die_with_parent, child.stop_signal),
            )
        child.started = time.monotonic()

    def restart_dead(self) -> None:
        """Start again whatever ended by itself."""
        for child in self.children:
            assert child.process is not None
            code = child.process.poll()
            if code is not None and time.monotonic() - child.started > RESTART_SECONDS:
                logger.warning("%s ended with %s and is started again (log: %s)", child.name, code, self.log_of(child))
                # What it had started may have outlived it, and nobody would stop it later.
                _kill_session(child.process.pid)
                self._spawn(child)

    def log_of(self, child: Child) -> Path:
        return self.logs / f"{child.name}.log"

    def watch(self, should_stop: Callable[[], bool]) -> None:
        """Keep the group alive until `should_stop`."""
        while not should_stop():
            time.sleep(0.3)
            self.restart_dead()

    def stop(self) -> None:
        """End all children: ask, wait a little, then kill with everything they started."""
        self._stop([child for child in self.children if not child.is_needed_by_others])
        self._stop([child for child in self.children if child.is_needed_by_others])
        self.children.clear()

    def _stop(self, children: Sequence[Child]) -> None:
        for child in children:
            _signal(child, child.stop_signal)
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.info("%s did not stop in %.0f s and is killed", child.name, STOP_SECONDS)
            _kill_session(child.process.pid)
            child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process is not None and child.is_alive:
        child.process.send_signal(number)


def _kill_session(pid: int) -> None:
    """Kill what is left of a child's session (worker processes whose parent has gone)."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
