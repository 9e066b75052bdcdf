"""The section "Models" of docs/measurements.md, out of models.json; what was not measured stays an empty cell."""

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.models.camvid_budget import SAME_STEPS, STEPS
from benchmarks.models.conditions import Scale
from benchmarks.record import Record
from segmodels.catalogue import ARCHITECTURE_CARDS

EMPTY = ""


def report(record: Record, scale: Scale) -> str:
    """Markdown; every table names its command's part, and what is missing is said with its reason below it."""
    sections = (
        ["## Models", "", _machine(record)],
        _training(record, scale),
        _speeds(record),
        _camvid(record, scale),
        _backends(record),
        _prelabel(record),
        _nuclei(record),
        _gpu(record),
    )
    lines = [line for section in sections for line in (*section, "")]
    # A section that has nothing to say between two blank lines leaves only one.
    return "\n".join(line for before, line in zip(["", *lines], lines, strict=False) if line or before)


def _machine(record: Record) -> str:
    measured = [entry for part in record.parts.values() for entry in part.values() if "machine" in entry]
    if not measured:
        return "`make bench-models`: nothing was measured yet."
    machine = measured[-1]["machine"]
    highest = max(entry["machine"]["load_before"] for entry in measured)
    gpu = machine["gpu"] or "no GPU"
    return (
        f"`make bench-models` on {machine['processor']}, {machine['threads']} threads, {gpu}, "
        f"torch {machine['torch']}; load average {highest:g} before it began. Speeds are medians of "
        "rounds that take turns; in brackets the lowest and highest round."
    )


def _training(record: Record, scale: Scale) -> list[str]:
    return [*_speed(record), "", *_equal_accuracy(record, [f"seed-{seed}" for seed in scale.seeds])]


def _speed(record: Record) -> list[str]:
    speed = record.figures("training", "speed")
    lines = ["### Training beside a plain loop", ""]
    if speed:
        height, width = speed["image_size"]
        lines += [
            f"{speed['model']}, {width}×{height} px, {speed['batch_size']} images a step, {speed['precision']}. "
            "The plain loop is segmentation-models-pytorch in float32 with a DataLoader that decodes, resizes and "
            "augments each item.",
            "",
        ]
    rows = [
        ("beside the same loop on batches in memory", "speed_of_in_memory"),
        ("beside the plain loop, 2 loader processes", "speedup_over_plain_2_workers"),
        ("beside the plain loop, no loader process", "speedup_over_plain_0_workers"),
        ("bfloat16 beside float32, batches in memory", "speedup_of_bfloat16"),
    ]
    lines += _table(
        ("Steps per second", "Ratio"), [(label, _ratio(speed[key]) if speed else EMPTY) for label, key in rows]
    )
    return [*lines, *_missing(record, "training", "speed")]


def _equal_accuracy(record: Record, names: Sequence[str]) -> list[str]:
    rows = [row for name in names if (row := record.figures("training", name))]
    columns = ("segmodels", "plain", "segmodels_bfloat16")
    head = ("Seed", "mIoU, segmodels", "mIoU, plain loop", "mIoU, segmodels in bfloat16")
    lines = _table(head, [(str(row["seed"]), *(f"{row[name]:.1f}" for name in columns)) for row in rows])
    if rows:
        to_plain = statistics.mean(row["difference_to_plain"] for row in rows)
        of_lower = statistics.mean(row["difference_of_bfloat16"] for row in rows)
        lines += [
            "",
            f"After {rows[0]['steps']} steps from the same weights, over the same samples: segmodels less plain loop "
            f"{to_plain:+.2f} points on average, bfloat16 less float32 {of_lower:+.2f}.",
        ]
    return [*lines, *_missing(record, "training", *names)]


def _camvid(record: Record, scale: Scale) -> list[str]:
    counted, speeds = record.figures("camvid", STEPS), record.figures("architectures", "speeds")
    lines = ["### Architectures on CamVid", "", *(_camvid_conditions(counted, scale) if counted else [])]
    full_head = f"mIoU, full ({scale.camvid_epochs} passes)"
    head = ("Architecture", "Encoder", "Start", "Steps", "mIoU", "Pixels right", "Images per second", full_head)
    rows = []
    for name in scale.camvid_architectures:
        trained, full = record.figures("camvid", name), record.figures("camvid", f"{name}-full")
        rows.append(
            (
                ARCHITECTURE_CARDS[name].title,
                trained["encoder"] if trained else EMPTY,
                _start(trained["encoder_weights"]) if trained else EMPTY,
                str(counted["steps"][name]) if counted else EMPTY,
                _points(trained, "val_miou"),
                _points(trained, "pixel_accuracy"),
                f"{speeds['images_per_second'][name]:g}" if speeds else EMPTY,
                _points(full, "val_miou"),
            )
        )
    lines += [*_table(head, rows), ""]
    if record.figures("architectures", "picture"):
        lines += ["![Accuracy over speed of the architectures](images/accuracy-speed.svg)", ""]
    lines += _fcn_order(record)
    names = (STEPS, *scale.camvid_architectures, *(f"{name}-full" for name in scale.camvid_architectures))
    return [*lines, *_missing(record, "camvid", *names), *_missing(record, "architectures", "speeds")]


def _speeds(record: Record) -> list[str]:
    speeds = record.figures("architectures", "speeds")
    head = (
        "Architecture",
        "Encoder",
        "M parameters",
        "GFLOPs",
        "Images per second",
        "U-Net is faster by",
        "Training MB",
    )
    lines = ["### Speed of the architectures", ""]
    if speeds is None:
        return [*lines, *_table(head, []), *_missing(record, "architectures", "speeds")]
    height, width = speeds["image_size"]
    rates = speeds["images_per_second"]
    rows = [
        (
            ARCHITECTURE_CARDS[name].title,
            speeds["encoders"][name],
            f"{speeds['parameters'][name] / 1e6:.1f}",
            f"{speeds['gflops'][name]:.1f}",
            f"{rates[name]:g}",
            f"{rates['unet'] / rates[name]:.2f}",
            f"{speeds['training_mb'][name]:.0f}",
        )
        for name in sorted(rates, key=lambda name: -rates[name])
    ]
    return [
        *lines,
        f"One image of {width}×{height} px, float32, median of {speeds['rounds']} rounds in turns, random weights (the "
        "proposals of Mask R-CNN depend on them); memory is what one image keeps for the backward pass.",
        "",
        *_table(head, rows),
        "",
    ]


def _camvid_conditions(counted: dict[str, Any], scale: Scale) -> list[str]:
    height, width = scale.camvid_size
    images = counted["images"]
    return [
        f"{images['training']} training and {images['validation']} validation frames, {counted['classes']} classes, "
        f"Void ignored; images at {width}×{height} px, mIoU at the labels' own 480×360. One recipe (AdamW at 3e-3, "
        f"cosine, {scale.batch_size} images a step, augmentation), the model of the last step, one seed. Every "
        f"architecture had {counted['cpu_seconds']:g} s of processor time, so that slow ones take few steps; the FCNs "
        "share their number of steps. *Full* is each architecture's own recipe at 480×360 on a GPU.",
        "",
    ]


def _fcn_order(record: Record) -> list[str]:
    trained = [record.figures("camvid", name) for name in reversed(SAME_STEPS)]
    if not all(trained):
        return []
    scores = ", ".join(f"{100 * figures['val_miou']:.1f}" for figures in trained if figures)
    return [f"FCN-8s, 16s, 32s, as many steps each: {scores} points.", ""]


def _backends(record: Record) -> list[str]:
    head = ("Backend", "Images", "Speed beside eager", "mIoU difference, points", "Same pixels", "First batch, s")
    rows, notes = [], []
    for name, entry in record.parts.get("backends", {}).items():
        if "choice" not in entry:
            continue
        for of in entry["choice"]["figures"]:
            if of["reason"]:
                notes.append(f"{of['name']} at {name}: {of['reason']}.")
                continue
            shown = f"**{of['name']}**" if of["name"] == entry["auto"] else of["name"]
            rows.append(
                (
                    shown, name, f"{of['speedup']:.2f}", f"{of['miou_difference']:+.2f}",
                    f"{100 * of['same_pixels']:.2f} %", f"{of['warm_up_seconds']:.1f}",
                )
            )  # fmt: skip
    title = ["### Backends", "", "A U-Net on CamVid's validation images; bold is what `auto` keeps.", ""]
    return [*title, *_table(head, rows), "", *notes, *_missing(record, "backends", *record.parts.get("backends", {}))]


def _prelabel(record: Record) -> list[str]:
    head = ("Images and backend asked for", "Backend", "Job, images per second", "Bare forward pass", "Ratio")
    entries = record.parts.get("prelabel", {})
    rows = [
        (
            name, entry["backend"], f"{entry['images_per_second']:g}", f"{entry['bare_images_per_second']:g}",
            _ratio(entry["ratio"]),
        )
        for name, entry in entries.items()
        if "ratio" in entry
    ]  # fmt: skip
    title = [
        "### Pre-labelling",
        "",
        "A whole job (read, decode, predict, segments, TIFF, rows) beside the forward pass of the same images in "
        "memory.",
        "",
    ]
    return [*title, *_table(head, rows), "", *_missing(record, "prelabel", *entries)]


def _nuclei(record: Record) -> list[str]:
    found = record.figures("nuclei", "mask_rcnn")
    lines = ["### Mask R-CNN on cell nuclei", ""]
    if found:
        images = found["images"]
        lines += [
            f"{images['training']} images for training, {images['validation']} for validation; {found['steps']} steps "
            f"of {found['batch_size']} windows of {found['window'][0]} px in {found['seconds']:.0f} s.",
            "",
        ]
    head = ("Mask AP", "AP at IoU 0.50", "AP at IoU 0.75")
    keys = ("mask_ap", "mask_ap50", "mask_ap75")
    lines += _table(head, [tuple(f"{found[key]:.3f}" if found else EMPTY for key in keys)])
    if found:
        lines += ["", f"![Nuclei: image, true outlines, found outlines](images/{found['picture']})"]
    return [*lines, *_missing(record, "nuclei", "mask_rcnn")]


def _gpu(record: Record) -> list[str]:
    names = ("mixed_precision", "compilation", "pinned_memory", "two_processes")
    rows = []
    for name in names:
        found = record.figures("gpu", name)
        shown = EMPTY if found is None else _ratio(found["speedup"]) if "speedup" in found else f"{found['seconds']} s"
        rows.append((name.replace("_", " "), shown))
    return ["### On a GPU", "", *_table(("What", "Speedup"), rows), *_missing(record, "gpu", *names)]


def _missing(record: Record, part: str, *names: str) -> list[str]:
    """One line for each reason, naming what it kept from being measured."""
    reasons: dict[str, list[str]] = {}
    for name in names:
        if not record.has(part, name):
            reasons.setdefault(record.reason(part, name), []).append(name)
    return [line for reason, of in reasons.items() for line in ("", f"Not measured: {', '.join(of)} ({reason}).")]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _ratio(found: dict[str, Any]) -> str:
    return f"{found['median']:.2f} ({found['lowest']:.2f} to {found['highest']:.2f})"


def _points(found: dict[str, Any] | None, key: str) -> str:
    return EMPTY if found is None or found[key] is None else f"{100 * found[key]:.1f}"


def _start(weights: str) -> str:
    return "ImageNet" if weights == "imagenet" else "random"
