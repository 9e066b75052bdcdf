"""Real Redis, real Celery workers, real kills: every job ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.workers


class Station:
    """The other end of `station.py`."""

    def __init__(self, data: Path):
        self.data = data
        inherited = {key: value for key, value in os.environ.items() if key not in ("REDIS_URL", "DATABASE_URL")}
        environment = {
            **inherited,
            "DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "annotator.settings",
            "TORCH_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }
        self.log = (data / "station.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers.station"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        self._answer()

    def ask(self, do: str, **more: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the station ended: {(self.data / 'station.log').read_text()[-3000:]}"
        return json.loads(line)

    def until(self, job: int, wanted: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        """The job's row once `wanted` holds; fails after so many seconds, with what the workers wrote."""
        deadline = time.monotonic() + seconds
        while True:
            row = self.ask("job", job=job)
            if wanted(row):
                return row
            if time.monotonic() > deadline:
                logs = "\n".join(f"{p.name}: {p.read_text()[-1500:]}" for p in (self.data / "logs").glob("*.log"))
                raise AssertionError(f"after {seconds} s: {row}\n{logs}")
            time.sleep(0.1)

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)
        self.log.close()


@pytest.fixture(scope="module")
def station(tmp_path_factory) -> Iterator[Station]:
    started = Station(tmp_path_factory.mktemp("station"))
    yield started
    if started.process.poll() is None:
        started.end()


def has_ended(row: dict[str, Any]) -> bool:
    return row["state"] in ("succeeded", "failed", "cancelled")


def is_in_second_epoch(row: dict[str, Any]) -> bool:
    return row["epochs"] >= 1 and row["message"].startswith("epoch 2")


def test_a_training_whose_worker_is_killed_goes_on_from_its_checkpoint(station):
    job = station.ask("train", epochs=4, steps_per_epoch=40)["job"]
    station.until(job, is_in_second_epoch, 60)
    time.sleep(1.0)
    before = station.ask("job", job=job)
    for pid in station.ask("processes")["worker-gpu"]:
        os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()

    row = station.until(job, lambda row: row["attempts"] == 2 and row["message"].startswith("epoch"), 60)
    assert row["progress"] >= before["progress"]
    assert row["epochs"] >= 1, "the finished epoch was not done again"
    assert time.monotonic() - killed < 60
    done = station.until(job, has_ended, 60)
    assert (done["state"], done["error"], done["attempts"], done["epochs"]) == ("succeeded", "", 2, 4)
    assert done["result"]["model"]
    steps = done["steps"]
    assert steps == sorted(set(steps)), "a step is twice in the curve"
    # The curve is written once a second: what came after the last time is lost with the worker, no more.
    assert {1, 40, 41, 160} <= set(steps)
    assert len(steps) > 140


def test_all_jobs_end_when_redis_is_emptied_while_one_runs_and_others_wait(station):
    running = station.ask("train", epochs=2, steps_per_epoch=40)["job"]
    station.until(running, lambda row: row["message"].startswith("epoch"), 60)
    waiting = [station.ask("train", epochs=1, steps_per_epoch=2)["job"] for _ in range(2)]
    station.ask("flush")
    # Sent after the emptying: the queues themselves must have come back.
    waiting.append(station.ask("export")["job"])
    ended = [station.until(job, has_ended, 90) for job in (running, *waiting)]
    assert [(row["state"], row["error"], row["attempts"]) for row in ended] == [("succeeded", "", 1)] * 4


def test_prelabelling_ends_though_the_worker_that_hands_it_out_was_killed(station):
    for pid in station.ask("processes")["worker-interactive"]:
        os.kill(pid, signal.SIGKILL)
    job = station.ask("predict")["job"]
    done = station.until(job, has_ended, 60)
    assert (done["state"], done["error"], done["result"]) == ("succeeded", "", {"images": 1})


def test_a_running_training_is_cancelled_within_seconds(station):
    job = station.ask("train", epochs=1000, steps_per_epoch=40)["job"]
    station.until(job, lambda row: row["message"].startswith("epoch"), 60)
    asked = time.monotonic()
    station.ask("cancel", job=job)
    row = station.until(job, has_ended, 15)
    assert (row["state"], row["result"]) == ("cancelled", None)
    assert time.monotonic() - asked < 8
    # The worker is free again.
    after = station.ask("train", epochs=1, steps_per_epoch=2)["job"]
    assert station.until(after, has_ended, 30)["state"] == "succeeded"


def test_stopping_the_group_leaves_no_process(station):
    station.ask("train", epochs=1000, steps_per_epoch=40)
    time.sleep(1.0)
    pids = [pid for family in station.ask("processes").values() for pid in family]
    assert len(pids) >= 7  # Redis, three workers and a child of each
    station.end()
    assert station.process.returncode == 0
    assert [pid for pid in pids if _is_alive(pid)] == []


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
