"""The section "The label editor" of docs/measurements.md, out of editor.json; what was not measured is left out."""

from collections.abc import Iterator
from typing import Any

from benchmarks.record import Record

PART = "editor"


def report(record: Record) -> str:
    """A table of what was measured beside what was aimed at, in Markdown."""
    figures = {name: entry for name in record.parts.get(PART, {}) if (entry := record.figures(PART, name))}
    if not figures:
        return "`make bench-editor`: nothing was measured yet."
    machine = next(iter(figures.values()))["machine"]
    loads = [entry["machine"]["load_before"] for entry in figures.values()]
    lines = [
        "## The label editor",
        "",
        f"`make bench-editor` in Chromium {machine['chromium']} with {machine['gl']} on {machine['processor']}, "
        f"{machine['cores']} cores; load before a measurement {min(loads)} to {max(loads)}.",
        "",
        "| Measure | Aim | Median | 95th percentile | Highest |",
        "|---|---|---|---|---|",
        *_rows(figures),
        "",
        *_notes(figures),
    ]
    return "\n".join(lines)


def _rows(figures: dict[str, Any]) -> Iterator[str]:
    for name, by_radius in figures.get("brush moves", {}).items():
        if not name.endswith(("segments", "strokes")):
            continue
        for radius, found in by_radius.items():
            aim = {"radius 1000": "8 ms", "radius 200": "4 ms"}.get(radius, "")
            yield _row(f"script per pointer move, 24 MP, {name}, {radius} px", aim, found["handler"])
            yield _row(f"… script of the frame that shows it, {radius} px", "", found["frame_script"])
    for name, found in _spreads(figures.get("first edit", {})):
        yield _row(f"click to first edit, {name}", _first_edit_aim(name), found)
    for key, title, aims in (
        ("undo", "", {"undo": "50 ms", "redo": "50 ms"}),
        ("until safe", "stroke until", {"draft": "50 ms", "acknowledged": "500 ms"}),
        ("wand", "magic wand, 24 MP", {"preview": "300 ms"}),
        ("click to segment", "click to segment, embedding ready", {"proposal": "300 ms"}),
    ):
        for name, found in _spreads(figures.get(key, {})):
            yield _row(f"{title} {name}".strip(), aims.get(name, ""), found)
    for key, aim in (("next image", "100 ms"), ("submit large", "")):
        for name, found in figures.get(key, {}).items():
            if isinstance(found, dict) and "to_next" in found:
                yield _row(f"submit until the next is ready, {name}", aim, found["to_next"])
                yield _row(f"submit until the server has it, {name}", "500 ms" if not aim else "", found["to_server"])
    baseline = figures.get("beside full canvas", {})
    for name in ("here_per_move", "canvas_per_move", "here_at_the_end", "canvas_at_the_end"):
        if name in baseline:
            yield _row(f"beside a full-size 2D canvas: {name.replace('_', ' ')}", "", baseline[name])


def _spreads(measured: dict[str, Any]) -> Iterator[tuple[str, dict[str, float]]]:
    for name, found in measured.items():
        if isinstance(found, dict) and "median_ms" in found:
            yield name, found


def _first_edit_aim(name: str) -> str:
    if name.startswith("0.7 MP"):
        return "700 ms"
    return "1,500 ms" if "segments" in name else "1,000 ms"


def _ratios(by_radius: dict[str, float]) -> str:
    return ", ".join(f"{ratio:.2f} ({radius})" for radius, ratio in by_radius.items())


def _row(title: str, aim: str, found: dict[str, float]) -> str:
    shown = " | ".join(f"{found[key]:,.1f} ms" for key in ("median_ms", "p95_ms", "highest_ms"))
    return f"| {title} | {aim} | {shown} |"


def _notes(figures: dict[str, Any]) -> Iterator[str]:
    if moves := figures.get("brush moves"):
        yield (
            f"Script per move (means) after 1,000 strokes over before: {_ratios(moves['after_strokes_over_fresh'])}; "
            f"with 5,000 segments over 500: {_ratios(moves['crowded_over_fresh'])} (aim: 1.2)."
        )
        yield ""
    if frames := figures.get("frames"):
        yield "| Frames over 33 ms of all frames | rest | zoom | pan | stroke (radius 200) |"
        yield "|---|---|---|---|---|"
        for image, by_turn in frames.items():
            if not isinstance(by_turn, dict) or "rest, turn 1" not in by_turn:
                continue
            for turn in (1, 2):
                cells = [by_turn[f"{act}, turn {turn}"] for act in ("rest", "zoom", "pan", "stroke")]
                shown = " | ".join(
                    f"{cell['over_33_ms']} of {cell['frames']}, highest {cell['highest_ms']:.0f} ms" for cell in cells
                )
                yield f"| {image}, turn {turn} | {shown} |"
        yield ""
    if "beside full canvas" in figures:
        yield f"The full-size canvas takes {figures['beside full canvas']['canvas_over_here']} times as long per move."
        yield ""
    if memory := figures.get("memory of one image"):
        yield "| Memory, image open and painted | script heap | page's process | GPU process |"
        yield "|---|---|---|---|"
        for image, found in memory.items():
            if isinstance(found, dict) and "script_heap_mib" in found:
                shown = " | ".join(
                    f"{found[key]:,.0f} MiB" for key in ("script_heap_mib", "renderer_mib", "gpu_process_mib")
                )
                yield f"| {image} | {shown} |"
        yield ""
    if many := figures.get("memory over many images"):
        yield (
            f"Over {many['samples'][-1]['images']} images in one page the script heap grew by "
            f"{many['heap_growth_mib']} MiB, the page's process by {many['process_growth_mib']} MiB."
        )
