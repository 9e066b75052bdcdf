"""One pre-label job in a fresh data folder (DATA): python -m benchmarks.models.prelabel_process ORDER.

ORDER is JSON: images (folder), count, weights (model file), backend (its name), threads. The last line
printed is JSON as well.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Each chunk of the job takes turns with the bare forward pass over the chunk's images."""
    import torch

    from benchmarks.models.prelabel_services import Prelabelling
    from benchmarks.models.turns import ratio

    torch.set_num_threads(order["threads"])
    paths = sorted(Path(order["images"]).iterdir())[: order["count"]]
    work = Prelabelling(Path(order["weights"]), paths, order["backend"])
    job: list[float] = []
    bare: list[float] = []
    counts: list[int] = []
    for chunk in work.chunks():
        counts.append(len(chunk.images))
        job.append(_seconds(chunk.run))
        bare.append(_seconds(chunk.bare_forward_pass))
    # The first chunk loads the model and prepares its kernels, which is done once however many images follow.
    per_image = [[seconds / count for seconds, count in zip(of, counts, strict=True)][1:] for of in (job, bare)]
    return {
        "backend": order["backend"],
        "images": sum(counts[1:]),
        "images_per_second": round(sum(counts[1:]) / sum(job[1:]), 2),
        "bare_images_per_second": round(sum(counts[1:]) / sum(bare[1:]), 2),
        "ratio": ratio(per_image[1], per_image[0]),
        "first_chunk_seconds": round(job[0], 2),
    }


def _seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main(json.loads(sys.argv[1]))))
