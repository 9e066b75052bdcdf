"""Every part of `python -m benchmarks.models` at toy size, on made data."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.models.__main__ import main
from benchmarks.models.accuracy_speed import Frame, Point, picture, placed_labels
from benchmarks.models.conditions import Scale
from benchmarks.models.contact_sheet import outlines
from benchmarks.models.report import report
from benchmarks.models.turns import Turns, ratio
from benchmarks.record import Record

TOY = Scale(
    encoder="mobilenet_v2",
    encoder_weights="none",
    batch_size=2,
    seeds=(0,),
    speed_size=(32, 64),
    speed_rounds=2,
    speed_steps=1,
    speed_warm_steps=1,
    equal_size=(32, 64),
    equal_steps=2,
    camvid_size=(32, 64),
    camvid_cpu_seconds=0.5,
    camvid_probe_steps=1,
    camvid_full_size=(32, 64),
    camvid_architectures=("fcn32s", "fcn8s", "unet"),
    speed_table_architectures=("fcn32s", "fcn8s", "unet", "mask_rcnn"),
    brief_steps=2,
    backend_images=2,
    backend_sizes=((32, 64),),
    backend_rounds=1,
    backends=("eager",),
    prelabel_images=40,
    speed_table_rounds=1,
    nuclei_seconds=0.2,
    nuclei_probe_steps=1,
    nuclei_crop_px=64,
    nuclei_every=3,
    nuclei_pictured=2,
    nuclei_options=(
        ("pyramid_channels", 16),
        ("head_features", 16),
        ("min_size_px", 64),
        ("anchor_samples", 16),
        ("proposal_samples", 16),
    ),
)

Bench = Callable[..., int]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def _write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def camvid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise with a bright half per class; 2 is Void. 40 training images, so that a pre-label job has two chunks."""
    folder = tmp_path_factory.mktemp("camvid")
    for part, count in (("train", 40), ("val", 2)):
        for number in range(count):
            random = np.random.default_rng(number)
            labels = np.zeros((48, 96), np.uint8)
            labels[:, number % 40 + 20 :] = 1
            labels[:4] = 2
            pixels = (labels[..., None] * 90 + random.integers(0, 60, (48, 96, 3))).astype(np.uint8)
            _write(folder / part / "images" / f"{part}-{number:02}.png", pixels)
            _write(folder / part / "labels" / f"{part}-{number:02}.png", labels)
    classes = [{"id": 0, "name": "Ground"}, {"id": 1, "name": "Wall"}, {"id": 2, "name": "Void", "ignore": True}]
    (folder / "classes.json").write_text(json.dumps({"classes": classes}))
    return folder


@pytest.fixture(scope="module")
def nuclei(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nuclei")
    for number in range(6):
        labels = np.zeros((64, 64), np.uint16)
        for index, centre in enumerate([(16, 16), (46, 20), (30, 48)], 1):
            cv2.circle(labels, centre, 9 + number % 3, index, -1)
        pixels = np.where(labels[..., None] > 0, 200, 40).repeat(3, 2).astype(np.uint8)
        _write(folder / "train" / "images" / f"{number}.png", pixels)
        _write(folder / "train" / "labels" / f"{number}.png", labels)
    classes = [{"id": 0, "name": "background"}, {"id": 1, "name": "nucleus"}]
    (folder / "classes.json").write_text(json.dumps({"classes": classes}))
    return folder


@pytest.fixture
def bench(tmp_path: Path, camvid: Path, nuclei: Path) -> Bench:
    """bench("camvid", ...): run parts at toy size; `camvid` and `nuclei` may name other folders."""

    def run(*wanted: str, scale: Scale = TOY, **folders: Path) -> int:
        places = {"camvid": camvid, "nuclei": nuclei, "work": tmp_path / "work", "pictures": tmp_path / "images"}
        options = [f"--{name}={place}" for name, place in (places | folders).items()]
        return main([*wanted, *options, f"--out={tmp_path / 'models.json'}"], scale)

    return run


@pytest.fixture
def figures(tmp_path: Path) -> Callable[[str, str], dict[str, Any]]:
    """figures(part, name): what was written down."""
    return lambda part, name: json.loads((tmp_path / "models.json").read_text())["parts"][part][name]


def test_training_is_timed_in_turns_and_compared_in_accuracy(bench: Bench, figures) -> None:
    assert bench("training") == 0
    speed = figures("training", "speed")
    assert speed["speed_of_in_memory"]["rounds"] == 2
    assert speed["speedup_over_plain_2_workers"]["median"] > 0
    assert set(speed["seconds_per_step"]) >= {"segmodels", "in_memory_float32", "plain_2_workers", "plain_0_workers"}
    row = figures("training", "seed-0")
    assert all(0 < row[name] < 100 for name in ("segmodels", "plain", "segmodels_bfloat16"))
    assert row["difference_to_plain"] == round(row["segmodels"] - row["plain"], 2)
    assert speed["machine"]["threads"] == 1


def test_the_budget_buys_steps_and_the_fcns_share_theirs(bench: Bench, figures, tmp_path: Path) -> None:
    assert bench("camvid") == 0
    steps = figures("camvid", "steps")["steps"]
    assert steps["fcn32s"] == steps["fcn8s"] >= 1
    trained = figures("camvid", "unet")
    assert trained["steps"] == steps["unet"]
    assert 0 < trained["val_miou"] <= 1
    assert set(trained["iou_per_class"]) == {"Ground", "Wall"}
    assert (tmp_path / "work" / "camvid" / "unet" / "best.safetensors").is_file()
    if not torch.cuda.is_available():
        assert "CUDA" in figures("camvid", "unet-full")["skipped"]

    assert bench("architectures") == 0
    drawn = ElementTree.parse(tmp_path / "images" / "accuracy-speed.svg").getroot()
    texts = {element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"FCN-8s", "FCN-32s", "U-Net"} <= texts
    assert figures("architectures", "speeds")["images_per_second"]["unet"] > 0


def test_backends_are_measured_and_prelabelling_runs_the_one_kept(bench: Bench, figures) -> None:
    assert bench("backends", "prelabel/auto-64x32") == 0
    found = figures("backends", "64x32")
    assert (found["auto"], found["speedup_of_auto"], found["trained"]) == ("eager", 1.0, "for 2 steps")
    job = figures("prelabel", "auto-64x32")
    assert job["backend"] == "eager"
    assert job["images"] == 8
    assert 0 < job["ratio"]["median"] < 1
    assert job["images_per_second"] < job["bare_images_per_second"]


def test_nuclei_end_in_a_score_and_a_small_picture(bench: Bench, figures, tmp_path: Path) -> None:
    assert bench("nuclei") == 0
    found = figures("nuclei", "mask_rcnn")
    assert found["images"] == {"training": 4, "validation": 2}
    assert 0 <= found["mask_ap"] <= found["mask_ap50"] <= 1
    with Image.open(tmp_path / "images" / "mask-rcnn-nuclei.png") as sheet:
        assert sheet.width > 1000 and sheet.height > 200
    assert found["picture_bytes"] < 300_000


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_its_measurements_say_what_is_missing(bench: Bench, figures) -> None:
    assert bench("gpu") == 0
    assert figures("gpu", "two_processes") == {"skipped": "2 CUDA GPUs wanted, 0 available here"}


def test_missing_data_leaves_a_reason_and_is_tried_again(bench: Bench, figures, tmp_path: Path) -> None:
    assert bench("nuclei", "backends", nuclei=tmp_path / "nowhere", camvid=tmp_path / "nowhere") == 0
    assert "NUCLEI" in figures("nuclei", "mask_rcnn")["skipped"]
    assert "CAMVID" in figures("backends", "64x32")["skipped"]
    assert bench("backends") == 0
    assert figures("backends", "64x32")["auto"] == "eager"


def test_what_was_measured_is_left_alone_unless_asked_for_again(bench: Bench, figures, tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    path.write_text(json.dumps({"parts": {"nuclei": {"mask_rcnn": {"mask_ap": 0.5}}}}))
    assert bench("nuclei") == 0
    assert figures("nuclei", "mask_rcnn") == {"mask_ap": 0.5}
    assert bench("nuclei", "--again") == 0
    assert "steps" in figures("nuclei", "mask_rcnn")


def test_a_failure_is_written_down_and_the_next_part_still_runs(bench: Bench, figures) -> None:
    broken = replace(TOY, encoder="no-such-encoder")
    assert bench("training/speed", "gpu/two_processes", scale=broken) == 1
    assert "no-such-encoder" in figures("training", "speed")["skipped"]
    assert "skipped" in figures("gpu", "two_processes") or "seconds" in figures("gpu", "two_processes")


def test_an_unknown_part_is_named(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench("camwid") == 2
    assert "camwid: no such part; choose of camvid" in capsys.readouterr().err


def test_a_rival_has_its_round_after_each_round_of_the_run() -> None:
    now = 0.0
    calls: list[float] = []

    def rival() -> None:
        nonlocal now
        now += 3.0
        calls.append(now)

    turns = Turns({"rival": rival}, counted=2, warm=1, clock=lambda: now)
    for _ in range(6):
        now += 1.0
        turns.after_step()
    assert len(calls) == 6
    assert turns.seconds == {"segmodels": [1.0, 1.0], "rival": [3.0, 3.0]}
    assert ratio(turns.seconds["rival"], turns.seconds["segmodels"])["median"] == 3.0


def test_names_in_the_picture_cover_neither_each_other_nor_a_dot() -> None:
    points = [Point(f"Architecture {number}", 20.0 + number / 4, 60.0 + number / 8) for number in range(10)]
    frame = Frame.around(points)
    boxes = placed_labels(points, frame)
    assert not any(one.meets(other) for place, one in enumerate(boxes) for other in boxes[:place])
    assert all(box.is_inside for box in boxes)
    for point in points:
        x, y = frame.x(point.images_per_second), frame.y(point.miou_points)
        assert not any(box.x < x < box.x + box.width and box.y < y < box.y + box.height for box in boxes)
    assert "prefers-color-scheme: dark" in picture(points)


def test_an_outline_lies_within_its_object_and_parts_neighbours() -> None:
    objects = np.zeros((6, 8), np.uint16)
    objects[1:5, 1:4], objects[1:5, 4:7] = 1, 2
    drawn = outlines(objects)
    assert not drawn[objects == 0].any()
    assert drawn[2, 3] and drawn[2, 4]
    assert not drawn[2, 2] and not drawn[2, 5]


def test_the_report_leaves_cells_empty_and_says_why(bench: Bench, tmp_path: Path, capsys) -> None:
    assert bench("camvid/steps", "camvid/unet", "gpu", camvid=tmp_path / "nowhere") == 0
    assert bench("camvid/steps", "camvid/unet") == 0
    capsys.readouterr()
    assert main(["report", f"--out={tmp_path / 'models.json'}"], TOY) == 0
    text = capsys.readouterr().out
    assert re.search(r"\| U-Net \| mobilenet_v2 \| random \| \d+ \| \d+\.\d \| \d+\.\d \|  \|  \|", text)
    assert re.search(r"\| FCN-8s \|  \|  \| \d+ \|  \|  \|  \|  \|", text)
    assert "Not measured: fcn32s, fcn8s" in text and "(not run yet)" in text


def test_a_report_of_nothing_has_every_section(tmp_path: Path) -> None:
    text = report(Record(tmp_path / "none.json"), TOY)
    for section in ("Training beside a plain loop", "Architectures on CamVid", "Backends", "Pre-labelling", "On a GPU"):
        assert f"### {section}" in text
