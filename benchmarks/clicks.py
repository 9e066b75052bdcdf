"""Click-to-segment, measured: IoU over simulated clicks, and what a click costs through the service.

`python -m benchmarks.clicks WEIGHTS NUCLEI COCO OUT.json`; the folders are those of the two datasets' train parts.
"""

import itertools
import json
import math
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools.coco import COCO

from annotator.regions import runs_to_mask
from benchmarks.click_latency import measure_latency
from benchmarks.models.machine import describe_machine
from segmodels.clicks.decoder import ClickDecoder
from segmodels.clicks.encoder import ClickEncoder, embed_image
from segmodels.clicks.frames import Frame
from segmodels.clicks.looking import Found, Pointing, look
from segmodels.clicks.prompts import Click
from segmodels.clicks.turns import Turns
from segmodels.clicks.weights import decoder_arrays, load_encoder

NUCLEI, COCO_OBJECTS = 90, 100
LEAST_PIXELS = 64
MOST_CLICKS, WANTED_IOU = 20, 0.9
# So many objects of the kind that somebody drew in the image before.
DRAWN_BEFORE = 3
# Large images are made of so many of COCO in a row and a column, each in a place of so many px.
IN_A_ROW, PLACE_PX = 4, 640
PHOTOGRAPHS = 10
# COCO's own classes of size, in pixels: from, and below.
SIZES = {"small": (0, 32**2), "medium": (32**2, 96**2), "large": (96**2, math.inf)}

Mask = NDArray[np.bool_]
# Points with whether they are inside, and a box: to a mask.
Box = tuple[int, int, int, int]
Segment = Callable[[Sequence[tuple[float, float, bool]], Box | None], Mask]


@dataclass(frozen=True)
class Target:
    """An image, one object of it, and the pixels of DRAWN_BEFORE others of its class, none where there are fewer."""

    image: Path
    mask: Mask
    alike: Sequence[int]


@dataclass(frozen=True)
class Outcome:
    """Of one object: its pixels, IoU after each click, IoU of its box."""

    pixels: int
    over_clicks: Sequence[float]
    boxed: float


def nuclei(folder: Path) -> list[Target]:
    """Three nuclei of LEAST_PIXELS or more from each of 30 images, chosen by a fixed seed."""
    rng = np.random.default_rng(0)
    paths = sorted((folder / "images").glob("*.jpg"))
    targets: list[Target] = []
    for index in rng.permutation(len(paths)):
        labels = np.asarray(Image.open(folder / "labels" / f"{paths[index].stem}.png"))
        sizes = np.bincount(labels.ravel())
        large = [number for number in range(1, len(sizes)) if sizes[number] >= LEAST_PIXELS]
        if len(large) >= 3:
            for number in rng.choice(large, 3, replace=False):
                others = np.delete(sizes, [0, number])
                targets.append(Target(paths[index], labels == number, drawn_before(others[others > 0])))
        if len(targets) >= NUCLEI:
            break
    return targets


def coco_objects(folder: Path) -> list[Target]:
    """Objects of LEAST_PIXELS or more that are no crowds, chosen by a fixed seed and put in the order of images."""
    dataset = COCO(str(folder / "instances.json"))
    rows = [row for row in dataset.anns.values() if not row["iscrowd"] and row["area"] >= LEAST_PIXELS]
    chosen = np.random.default_rng(0).choice(len(rows), COCO_OBJECTS, replace=False)
    picked = sorted((rows[index] for index in chosen), key=lambda row: (row["image_id"], row["id"]))
    names = {row["image_id"]: dataset.imgs[row["image_id"]]["file_name"] for row in picked}
    return [
        Target(
            folder / "images" / names[row["image_id"]], dataset.annToMask(row).astype(bool), others_like(row, dataset)
        )
        for row in picked
    ]


def others_like(row: dict[str, Any], dataset: COCO) -> Sequence[int]:
    same = dataset.getAnnIds(imgIds=row["image_id"], catIds=row["category_id"], iscrowd=False)
    sizes = [int(dataset.annToMask(dataset.anns[number]).sum()) for number in same if number != row["id"]]
    return drawn_before(np.array([size for size in sizes if size], int))


def drawn_before(sizes: NDArray[np.integer]) -> Sequence[int]:
    """DRAWN_BEFORE of these pixels of objects, chosen by a fixed seed."""
    if len(sizes) < DRAWN_BEFORE:
        return ()
    return tuple(np.random.default_rng(len(sizes)).choice(sizes, DRAWN_BEFORE, replace=False).tolist())


def innermost(mask: Mask) -> tuple[float, float]:
    """x and y of the centre of the pixel that is farthest from the edge of the mask; the image's border is an edge."""
    distances = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    y, x = np.unravel_index(int(np.argmax(distances)), distances.shape)
    return float(x) - 0.5, float(y) - 0.5


def largest_region(mask: Mask) -> Mask:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count == 1:
        return mask
    return labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))


def iou(found: Mask, wanted: Mask) -> float:
    return float((found & wanted).sum() / max(1, (found | wanted).sum()))


def next_click(found: Mask, wanted: Mask) -> tuple[float, float, bool]:
    """In the middle of the largest region that is wrong."""
    x0, y0, x1, y1 = box_of(found | wanted)
    found, wanted = found[y0:y1, x0:x1], wanted[y0:y1, x0:x1]
    lacking, excess = largest_region(wanted & ~found), largest_region(found & ~wanted)
    is_inside = bool(lacking.sum() >= excess.sum())
    x, y = innermost(lacking if is_inside else excess)
    return x + x0, y + y0, is_inside


def ious_over_clicks(segment: Segment, wanted: Mask) -> Iterator[float]:
    """IoU after the first, second ... click of somebody who corrects the largest error."""
    clicks = [(*innermost(wanted), True)]
    while True:
        found = segment(clicks, None)
        yield iou(found, wanted)
        clicks.append((*innermost(wanted), True) if np.array_equal(found, wanted) else next_click(found, wanted))


def box_of(mask: Mask) -> Box:
    x, y = (np.flatnonzero(mask.any(axis)) for axis in (0, 1))
    return int(x[0]), int(y[0]), int(x[-1]) + 1, int(y[-1]) + 1


class Embeddings:
    """An image as the decoder is asked about it, embedded frame by frame, each once."""

    def __init__(self, image: NDArray[np.uint8], encoder: ClickEncoder, decoder: ClickDecoder) -> None:
        self.height, self.width = image.shape[:2]
        self.seconds: list[float] = []
        self._image, self._encoder, self._decoder = image, encoder, decoder
        self._turns: dict[Frame, Turns] = {}

    def turns(self, frame: Frame) -> Turns:
        if frame not in self._turns:
            part = np.ascontiguousarray(self._image[frame.y0 : frame.y1, frame.x0 : frame.x1])
            began = time.perf_counter()
            embedding = embed_image(self._encoder, part).astype(np.float16).astype(np.float32)
            self.seconds.append(time.perf_counter() - began)
            self._turns[frame] = Turns(self._decoder, embedding, frame.inner_edges(self.width, self.height))
        return self._turns[frame]

    def segmenter(self, alike: Sequence[int] = (), seen: Box | None = None) -> Segment:
        """Answers as the service does, which is told what others measure and what is in view."""

        def segment(clicks: Sequence[tuple[float, float, bool]], box: Box | None) -> Mask:
            pointing = Pointing([Click(*click) for click in clicks], box, alike, seen)
            found = look(pointing, self.width, self.height, self.turns)
            assert isinstance(found, Found)
            return runs_to_mask(found.runs.ravel().tolist(), left=0, top=0, width=self.width, height=self.height)

        return segment


def measure_accuracy(targets: Sequence[Target], encoder: ClickEncoder, decoder: ClickDecoder) -> dict[str, Any]:
    """Means over the objects, all of them, by size, and with DRAWN_BEFORE others; seconds of an embedding."""
    outcomes, with_others, embedding_seconds = [], [], []
    for path, group in itertools.groupby(targets, key=lambda target: target.image):
        image = Embeddings(np.asarray(Image.open(path).convert("RGB")), encoder, decoder)
        for target in group:
            plain = outcome(image.segmenter(), target.mask)
            outcomes.append(plain)
            with_others.append(outcome(image.segmenter(target.alike), target.mask) if target.alike else plain)
        embedding_seconds += image.seconds
    by_size = {
        name: summary(of_size)
        for name, (least, bound) in SIZES.items()
        if (of_size := [one for one in outcomes if least <= one.pixels < bound])
    }
    return {
        **summary(outcomes),
        "seconds_per_embedding": round(statistics.median(embedding_seconds), 2),
        "by_size": by_size,
        f"with_{DRAWN_BEFORE}_drawn_before": {
            "objects_with_others": sum(bool(target.alike) for target in targets),
            **summary(with_others),
        },
    }


def measure_large(targets: Sequence[Target], encoder: ClickEncoder, decoder: ClickDecoder) -> dict[str, Any]:
    """Objects in images of IN_A_ROW by IN_A_ROW photographs: looked at as a whole, and zoomed in to one photograph."""
    by_image = [list(group) for _, group in itertools.groupby(targets, key=lambda target: target.image)]
    from_afar, closely = [], []
    for start in range(0, len(by_image), IN_A_ROW**2):
        groups = by_image[start : start + IN_A_ROW**2]
        image = np.full((IN_A_ROW * PLACE_PX, IN_A_ROW * PLACE_PX, 3), 114, np.uint8)
        places = [(PLACE_PX * (i % IN_A_ROW), PLACE_PX * (i // IN_A_ROW)) for i in range(len(groups))]
        for (left, top), group in zip(places, groups, strict=True):
            photograph = np.asarray(Image.open(group[0].image).convert("RGB"))
            image[top : top + photograph.shape[0], left : left + photograph.shape[1]] = photograph
        embeddings = Embeddings(image, encoder, decoder)
        for (left, top), group in zip(places, groups, strict=True):
            for target in group:
                height, width = target.mask.shape
                mask = np.zeros(image.shape[:2], bool)
                mask[top : top + height, left : left + width] = target.mask
                from_afar.append(outcome(embeddings.segmenter(), mask))
                seen = (left, top, left + width, top + height)
                closely.append(outcome(embeddings.segmenter(seen=seen), mask))
    return {"side_px": IN_A_ROW * PLACE_PX, "whole": summary(from_afar), "zoomed_in": summary(closely)}


def outcome(segment: Segment, wanted: Mask) -> Outcome:
    """Of clicks until WANTED_IOU, three at least, and of the box."""
    reached: list[float] = []
    for value in itertools.islice(ious_over_clicks(segment, wanted), MOST_CLICKS):
        reached.append(value)
        if value >= WANTED_IOU and len(reached) >= 3:
            break
    return Outcome(int(wanted.sum()), reached, iou(segment([], box_of(wanted)), wanted))


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Means, those of IoU with their standard errors; clicks count MOST_CLICKS where WANTED_IOU is never reached."""
    ious = {
        "1_click": [one.over_clicks[0] for one in outcomes],
        "3_clicks": [one.over_clicks[2] for one in outcomes],
        "box": [one.boxed for one in outcomes],
    }
    needed = [
        next((n for n, value in enumerate(one.over_clicks, 1) if value >= WANTED_IOU), MOST_CLICKS) for one in outcomes
    ]
    return {
        "objects": len(outcomes),
        **{f"iou_{name}": round(statistics.mean(values), 3) for name, values in ious.items()},
        "standard_errors": {name: round(standard_error(values), 3) for name, values in ious.items()},
        "clicks_to_iou_0.9": round(statistics.mean(needed), 2),
        "needing_all_clicks": sum(count == MOST_CLICKS for count in needed),
    }


def standard_error(values: Sequence[float]) -> float:
    """Of a mean; 0 for a single value."""
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def main(weights: Path, nuclei_folder: Path, coco_folder: Path, out: Path) -> None:
    result: dict[str, Any] = {"machine": describe_machine()}
    objects = coco_objects(coco_folder)
    photographs = sorted({target.image for target in objects})[:PHOTOGRAPHS]
    result["service"] = measure_latency(weights, photographs)
    print(json.dumps(result, indent=1), flush=True)
    encoder, decoder = load_encoder(weights), ClickDecoder(decoder_arrays(weights))
    for name, targets in (("nuclei", nuclei(nuclei_folder)), ("coco128", objects)):
        result[name] = measure_accuracy(targets, encoder, decoder)
        print(name, result[name], flush=True)
        out.write_text(json.dumps(result, indent=1) + "\n")
    result["coco128_in_large_images"] = measure_large(objects, encoder, decoder)
    print(result["coco128_in_large_images"], flush=True)
    out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
