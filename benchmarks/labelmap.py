"""What a save costs at 24 megapixels: python benchmarks/labelmap.py OUT.json (medians of repeated runs)."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from annotator.labelmap import LabelTiff, PackedTile

HEIGHT, WIDTH, OBJECTS, REPEATS = 4000, 6000, 500, 9


def discs() -> np.ndarray:
    """(4000, 6000) uint16 with 500 discs of 20 to 200 px radius."""
    rng = np.random.default_rng(0)
    canvas = np.zeros((HEIGHT, WIDTH), np.int32)
    for segment in range(1, OBJECTS + 1):
        center = int(rng.integers(WIDTH)), int(rng.integers(HEIGHT))
        cv2.circle(canvas, center, int(rng.integers(20, 200)), segment, -1)
    return canvas.astype(np.uint16)


def median_ms(run: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return round(1000 * statistics.median(times), 2)


def main(out: Path) -> None:
    array = discs()
    table = [{"id": segment, "class": 1, "source": "human"} for segment in range(1, OBJECTS + 1)]
    labels = LabelTiff.from_array(array, table)
    data = labels.to_bytes()
    tile = labels.tile(100)
    result = {
        "pixels": array.size,
        "tiles": labels.grid.count,
        "segments": OBJECTS,
        "bytes": len(data),
        "encode_ms": median_ms(lambda: LabelTiff.from_array(array, table).to_bytes()),
        "decode_ms": median_ms(lambda: LabelTiff.from_bytes(data).array()),
        "replace_one_tile_ms": median_ms(
            lambda: LabelTiff.from_bytes(data).with_tiles({100: PackedTile.of(tile)}, table).to_bytes()
        ),
    }
    out.write_text(json.dumps(result, indent=1) + "\n")
    print(result)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
