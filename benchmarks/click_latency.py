"""What a click costs through the service, in a data folder of its own; the encoder's job runs in this process."""

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SEQUENCES, CLICKS_EACH = 40, 5
LARGE_SEQUENCES = 10
LARGE_SIZE = (6000, 4000)


def measure_latency(weights: Path, photographs: Sequence[Path]) -> dict[str, Any]:
    """Milliseconds of a click with the embedding ready, seconds of the job before it: photographs, 24 megapixels."""
    with tempfile.TemporaryDirectory(prefix="maskloop-bench-") as folder:
        for foreign in ("DATABASE_URL", "REDIS_URL", "S3_BUCKET"):
            os.environ.pop(foreign, None)
        os.environ |= {"DATA": folder, "CLICK_WEIGHTS": str(weights), "LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "annotator.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        large = Path(folder) / "large.jpg"
        Image.open(photographs[0]).convert("RGB").resize(LARGE_SIZE).save(large, quality=90)
        return {
            "photographs": _measured(photographs, SEQUENCES),
            "24_megapixels": _measured([large], LARGE_SEQUENCES),
        }


def _measured(paths: Sequence[Path], sequences: int) -> dict[str, Any]:
    from annotator.models import User
    from annotator.services import images, projects

    user, _ = User.objects.get_or_create(username="benchmark")
    project = projects.create_project(user=user, name=paths[0].stem, task="semantic", classes=[{"name": "A"}])
    rows = [images.add_image(project=project, user=user, name=path.name, data=path.read_bytes()) for path in paths]
    embedding = [_embed(row, user) for row in rows]
    rng = np.random.default_rng(0)
    seconds = [second for turn in range(sequences) for second in _click(rows[turn % len(rows)], user, rng)]
    return {
        "images": len(rows),
        "clicks": len(seconds),
        "click_ms_p50": round(1000 * statistics.median(seconds)),
        "click_ms_p95": round(1000 * float(np.percentile(seconds, 95))),
        "embedding_job_seconds_p50": round(statistics.median(embedding), 2),
    }


def _embed(row: Any, user: Any) -> float:
    """Seconds of the job that makes an image ready."""
    from annotator.services import clicks, jobs
    from annotator.tasks import RUNNERS

    job = clicks.prepare_clicks(image=row, user=user)
    assert job is not None
    began = time.perf_counter()
    jobs.execute(job.pk, RUNNERS)
    return time.perf_counter() - began


def _click(row: Any, user: Any, rng: np.random.Generator) -> list[float]:
    """Seconds of each click of one sequence, which adds a click at a time somewhere in the image."""
    from annotator.services import clicks

    points: list[clicks.Point] = []
    seconds = []
    for _ in range(CLICKS_EACH):
        is_inside = not points or bool(rng.random() < 0.7)
        points.append(clicks.Point(rng.uniform(0, row.width), rng.uniform(0, row.height), is_inside))
        began = time.perf_counter()
        found = clicks.segment_at(image=row, user=user, points=points, box=None)
        seconds.append(time.perf_counter() - began)
        assert isinstance(found, clicks.Region)
    return seconds
