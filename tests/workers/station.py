"""A machine of its own for the tests: private Redis and workers on the data folder DATA.

Obeys one line of JSON at a time on standard input and answers with one; the end of the input stops everything.
"""

import io
import json
import os
import select
import sys
from pathlib import Path
from typing import Any

import django
import numpy as np
from PIL import Image as PillowImage

SIDE = 64
SETTINGS = {
    "encoder": "mobilenet_v2",
    "encoder_weights": "none",
    "image_size": [SIDE, SIDE],
    "batch_size": 2,
    "threads": 1,
    "device": "cpu",
    "state_seconds": 0.5,
}


def say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, default=str), flush=True)


def pattern(seed: int) -> tuple[np.ndarray, int]:
    """A label map of class 1 with a rectangle of class 2, and the seed of its picture's noise."""
    array = np.full((SIDE, SIDE), 1, np.uint16)
    top = 8 * seed % 40
    array[top : top + 20, 10:40] = 2
    return array, seed


def picture(array: np.ndarray, seed: int) -> bytes:
    """A PNG that is bright where the label map is 2."""
    noise = np.random.default_rng(seed).integers(0, 60, (SIDE, SIDE, 3))
    out = io.BytesIO()
    PillowImage.fromarray(((array[..., None] - 1) * 150 + noise).astype(np.uint8)).save(out, "png")
    return out.getvalue()


def make_project() -> Any:
    from annotator import access
    from annotator.models import User
    from annotator.services import images, projects, review, saving

    user = User.objects.create_user(username="alice", password="alice")
    classes = [{"name": "Dark"}, {"name": "Bright"}]
    project = projects.create_project(user=user, name="Station", task="semantic", classes=classes)
    ids = [row.pk for row in project.classes.all()]
    for seed in range(6):
        array, seed_of_noise = pattern(seed)
        image = images.add_image(
            project=project,
            user=user,
            name=f"{seed}.png",
            data=picture(array, seed_of_noise),
            split="val" if seed == 5 else "train",
        )
        table = [{"id": 1, "class": ids[0]}, {"id": 2, "class": ids[1]}]

        def seen(pk: int = image.pk) -> Any:
            return access.get_image(user, pk)

        saving.save_label_map(image=seen(), user=user, array=array, segments=table, base_revision=0)
        review.submit_image(image=seen(), user=user)
        review.accept_image(image=seen(), user=user)
    return project


def processes_of(leader: int) -> list[int]:
    """The processes of the session that `leader` leads."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def obey(command: dict[str, Any], project: Any, group: Any) -> dict[str, Any]:
    from annotator.models import Job
    from annotator.services import exports, images, jobs, predictions, training
    from annotator.supervision import services

    user = project.created_by
    what = command.pop("do")
    if what == "train":
        run = training.start_training(project=project, user=user, settings={**SETTINGS, **command})
        return {"job": run.job_id}
    if what == "export":
        return {"job": exports.create_export(project=project, user=user, format="masks").job_id}
    if what == "predict":
        images.add_image(project=project, user=user, name="waiting.png", data=picture(*pattern(99)))
        project.refresh_from_db()
        return {"job": predictions.start_predictions(project=project, user=user).pk}
    if what == "job":
        job = Job.objects.get(pk=command["job"])
        rows = list(job.training_run.epochs.all()) if job.kind == "train" else []
        return {
            "state": job.state,
            "progress": job.progress,
            "message": job.message,
            "attempts": job.attempts,
            "error": job.error,
            "result": job.result,
            "epochs": sum(row.finished for row in rows),
            "steps": [pair[0] for row in rows for pair in row.step_losses],
        }
    if what == "cancel":
        return {"state": jobs.cancel_job(job=Job.objects.get(pk=command["job"])).state}
    if what == "flush":
        return {"flushed": services.broker_client().flushall()}
    if what == "processes":
        return {child.name: processes_of(child.process.pid) for child in group.children}
    raise ValueError(what)


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from annotator.supervision import services
    from annotator.supervision.group import Group

    call_command("migrate", verbosity=0, interactive=False)
    group = Group(settings.DATA / "logs")
    try:
        services.start_background(group)
        project = make_project()
        say({"ready": True})
        pending = b""
        while True:
            readable, _, _ = select.select([sys.stdin], [], [], 0.2)
            group.restart_dead()
            if not readable:
                continue
            data = os.read(sys.stdin.fileno(), 65536)
            if not data:
                return
            pending += data
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                say(obey(json.loads(line), project, group))
    finally:
        group.stop()


if __name__ == "__main__":
    main()
