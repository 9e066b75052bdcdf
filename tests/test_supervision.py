"""The group of processes: what dies comes back, what is stopped is gone with all that it had started."""

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from annotator.services import jobs
from annotator.supervision import group as supervision
from annotator.supervision import services
from annotator.supervision.group import Child, Group

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
PARENT = (
    "import subprocess, sys, time; "
    "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"
)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(supervision, "STOP_SECONDS", 0.5)
    monkeypatch.setattr(supervision, "RESTART_SECONDS", 0.0)


@pytest.fixture
def group(tmp_path):
    made = Group(tmp_path / "logs")
    yield made
    made.stop()


def python(name: str, code: str, **more) -> Child:
    return Child(name, [sys.executable, "-c", code], **more)


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> object:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_child_that_dies_is_started_again(group):
    child = python("sleeper", "import time; time.sleep(60)")
    group.start(child)
    first = pid_of(child)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not is_running(first))
    group.restart_dead()
    assert pid_of(child) != first
    assert child.is_alive


def test_what_a_dead_child_had_started_does_not_outlive_it(group):
    child = python("parent", PARENT)
    group.start(child)
    grandchild = int(wait_for(lambda: group.log_of(child).read_text().strip()))
    os.kill(pid_of(child), signal.SIGKILL)
    child.process.wait()
    assert is_running(grandchild)
    group.restart_dead()
    wait_for(lambda: not is_running(grandchild))


def test_stopping_kills_the_deaf_and_their_children(group):
    deaf, parent = python("deaf", STUBBORN), python("parent", PARENT)
    group.start(deaf), group.start(parent)
    wait_for(lambda: group.log_of(deaf).read_text())
    pids = [pid_of(deaf), pid_of(parent), int(wait_for(lambda: group.log_of(parent).read_text().strip()))]
    group.stop()
    wait_for(lambda: not any(is_running(pid) for pid in pids))


def test_what_others_need_stops_after_them(group, tmp_path):
    code = (
        "import signal, sys, time, pathlib\n"
        "def leave(*_): pathlib.Path({path!r}).write_text(str(time.time())); sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave); print('up', flush=True); time.sleep(60)"
    )
    needed = python("needed", code.format(path=str(tmp_path / "needed")), is_needed_by_others=True)
    user = python("user", code.format(path=str(tmp_path / "user")))
    group.start(needed), group.start(user)
    for child in (needed, user):
        wait_for(lambda child=child: group.log_of(child).read_text())
    group.stop()
    assert float((tmp_path / "user").read_text()) < float((tmp_path / "needed").read_text())


def test_a_long_log_is_put_aside(group, monkeypatch):
    monkeypatch.setattr(supervision, "KEEP_LOG_BYTES", 10)
    child = python("talker", "print('x' * 100, flush=True)")
    group.start(child)
    wait_for(lambda: not child.is_alive)
    group.restart_dead()
    assert group.log_of(child).with_suffix(".log.1").read_text().strip() == "x" * 100


def compose_workers() -> list[list[str]]:
    """The words of each worker's command in docker-compose.yml."""
    text = (settings.BASE_DIR / "docker-compose.yml").read_text()
    return [line.split() for line in text.splitlines() if "-m celery" in line]


def up_workers() -> list[list[str]]:
    return [services.worker_child(worker).command for worker in services.WORKERS]


@pytest.mark.parametrize("workers", [up_workers, compose_workers])
def test_what_somebody_waits_for_waits_for_nothing_else(workers):
    """Every queue has one worker, that of the editor two hands and no other queue, and one worker sweeps."""
    commands = workers()
    processes = {words[words.index("-Q") + 1]: int(words[words.index("-c") + 1]) for words in commands}
    assert processes.keys() == set(jobs.QUEUES)
    assert processes["interactive"] == 2
    assert sum("-B" in words for words in commands) == 1


def test_a_taken_port_is_a_clear_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(services.StartError, match=rf"Port {port} on 127.0.0.1 cannot be used: .*PORT="):
            services.check_port("127.0.0.1", port)
    services.check_port("127.0.0.1", port)


def test_a_web_server_that_does_not_come_up_is_told_with_the_end_of_its_log(group):
    child = python("web", "print('the reason', flush=True); raise SystemExit(3)")
    group.start(child)
    with pytest.raises(services.StartError, match="does not answer(?s:.*)the reason"):
        services.wait_for_web(group, child, "127.0.0.1", 1)
