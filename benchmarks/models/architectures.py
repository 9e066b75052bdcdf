"""Accuracy of part `camvid` beside speed, as a table and as a picture for the docs."""

from typing import Any

from benchmarks.models.accuracy_speed import Point, picture
from benchmarks.models.camvid_budget import PART
from benchmarks.models.conditions import Conditions, NotMeasured
from benchmarks.record import Record
from segmodels.architecture_bench import measure_architectures
from segmodels.catalogue import ARCHITECTURE_CARDS

PICTURE = "accuracy-speed.svg"
CLASSES = 11


def measure_speeds(conditions: Conditions) -> dict[str, Any]:
    """Forward passes at CamVid's own size, with the encoders of part `camvid`: the medians of turns."""
    scale = conditions.scale
    figures = measure_architectures(
        scale.speed_table_architectures, scale.camvid_full_size, CLASSES, scale.speed_table_rounds, scale.encoder,
        conditions.say,
    )  # fmt: skip
    return {
        "image_size": list(scale.camvid_full_size),
        "rounds": scale.speed_table_rounds,
        "images_per_second": {name: round(1 / row.seconds_per_image, 1) for name, row in figures.items()},
        "encoders": {name: row.encoder for name, row in figures.items()},
        "parameters": {name: row.parameters for name, row in figures.items()},
        "gflops": {name: row.gflops for name, row in figures.items()},
        "training_mb": {name: row.training_mb for name, row in figures.items()},
    }


def draw_picture(conditions: Conditions, record: Record) -> dict[str, Any]:
    """Write the picture of all architectures that have both figures; raises NotMeasured without any."""
    speeds = record.figures("architectures", "speeds")
    if speeds is None:
        raise NotMeasured(f"the speeds are missing ({record.reason('architectures', 'speeds')})")
    trained = {name: record.figures(PART, name) for name in conditions.scale.camvid_architectures}
    points = [
        Point(ARCHITECTURE_CARDS[name].title, speeds["images_per_second"][name], 100 * row["val_miou"])
        for name, row in trained.items()
        if row is not None
    ]
    if not points:
        raise NotMeasured("no architecture was trained yet; run the part camvid first")
    conditions.pictures.mkdir(parents=True, exist_ok=True)
    (conditions.pictures / PICTURE).write_text(picture(points))
    return {"picture": PICTURE, "architectures": len(points)}
