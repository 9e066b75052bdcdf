"""What painting costs: script per pointer move, long tasks, undo, and how soon a stroke is safe."""

import time
from typing import Any

from playwright.sync_api import Page

from benchmarks.editor.figures import LONG_TASK_MS, spread
from benchmarks.editor.site import MadeImage
from benchmarks.editor.stage import Stage, drag, picture_box, probe, set_brush, walk
from tests.browser.conftest import until, wait_saved

MOVES = 120
STROKES_BEFORE = 1_000
SAFE_STROKES = 40
LONGEST_SAVE_S = 60
UNDONE_STROKES = 12


def brush_moves(stage: Stage) -> dict[str, Any]:
    """Script per pointer move at 24 MP with 500 segments, then with 5,000, then after 1,000 strokes."""
    with stage.editor(stage.large) as page:
        fresh = {f"radius {radius}": _moves(page, radius) for radius in (20, 200, 1000)}
        _many_strokes(page)
        worn = {f"radius {radius}": _moves(page, radius) for radius in (200, 1000)}
    with stage.editor(stage.crowded) as page:
        crowded = {f"radius {radius}": _moves(page, radius) for radius in (200, 1000)}
    return {
        "500 segments": fresh,
        f"500 segments, after {STROKES_BEFORE} strokes": worn,
        "5000 segments": crowded,
        "after_strokes_over_fresh": _ratios(worn, fresh),
        "crowded_over_fresh": _ratios(crowded, fresh),
    }


def _moves(page: Page, radius: int) -> dict[str, Any]:
    set_brush(page, 2 * radius)
    page.evaluate("probe.clear()")
    drag(page, walk(picture_box(page), MOVES, turn=radius))
    page.wait_for_timeout(200)
    found = probe(page)
    wait_saved(page)
    return {
        "handler": spread(found["handlers"]["pointermove"]),
        "frame_script": spread(found["frameJs"]),
        "move_p95_ms": round(
            spread(found["handlers"]["pointermove"])["p95_ms"] + spread(found["frameJs"])["p95_ms"], 1
        ),
        "pointer_up": spread(found["handlers"]["pointerup"]),
        "long_tasks": [round(task["duration"]) for task in found["longTasks"] if task["duration"] > LONG_TASK_MS],
    }


def _many_strokes(page: Page) -> None:
    set_brush(page, 40)
    box = picture_box(page)
    for number in range(STROKES_BEFORE):
        start, end = walk(box, 2, turn=number)
        page.keyboard.press("12"[number % 2])
        drag(page, [start, (start[0] + 0.05 * (end[0] - start[0]), start[1] + 6)])
    wait_saved_within(page, LONGEST_SAVE_S)


def wait_saved_within(page: Page, seconds: float) -> None:
    until(page, "maskloop.store.saveState.value.kind === 'saved'", seconds)


def _ratios(later: dict[str, Any], first: dict[str, Any]) -> dict[str, float]:
    """Of the means: medians are one or two ticks of the browser's clock."""
    return {name: round(later[name]["handler"]["mean_ms"] / first[name]["handler"]["mean_ms"], 2) for name in later}


def undo(stage: Stage) -> dict[str, Any]:
    """Undo and redo of a stroke over nearly 150 tiles.

    Their script (the key's handler and the longest frame), and the time from the key until the frame that shows all of
    it has ended, waiting for the screen included.
    """
    with stage.editor(stage.large_empty) as page:
        set_brush(page, 1_900)
        box = picture_box(page)
        page.evaluate(WATCH_STEP)
        tiles, long_tasks = [], []
        times: dict[str, list[float]] = {"undo": [], "redo": [], "undo, until shown": [], "redo, until shown": []}
        for number in range(UNDONE_STROKES):
            page.keyboard.press("q")
            middle = box["y"] + (0.4 + 0.02 * (number % 8)) * box["height"]
            drag(page, [(box["x"] + share * box["width"], middle) for share in (0.3, 0.4, 0.5, 0.6, 0.7)])
            tiles.append(page.evaluate("maskloop.history.done.at(-1).deltas.length"))
            for name, keys in (("undo", "Control+z"), ("redo", "Control+Shift+z"), ("undo", "Control+z")):
                page.wait_for_timeout(300)
                page.evaluate("probe.clear()")
                page.keyboard.press(keys)
                page.wait_for_timeout(200)
                until(page, "probe.step.tookMs !== null")
                found = probe(page)
                times[name].append(max(found["handlers"]["keydown"]) + max(found["frameJs"], default=0))
                times[f"{name}, until shown"].append(page.evaluate("probe.step.tookMs"))
                long_tasks += [round(task["duration"]) for task in found["longTasks"]]
        wait_saved_within(page, LONGEST_SAVE_S)
    return {
        "tiles": tiles,
        **{name: spread(values) for name, values in times.items()},
        "long_tasks": [task for task in long_tasks if task > LONG_TASK_MS],
    }


# Large steps go on in later turns; the message comes after the frame that drew what was there when it began.
WATCH_STEP = """() => {
  const channel = new MessageChannel();
  let startedAt = 0;
  channel.port1.onmessage = () => { probe.step.tookMs = performance.now() - startedAt; };
  const look = () => {
    if (maskloop.isStepping) return setTimeout(look, 0);
    requestAnimationFrame(() => channel.port2.postMessage(null));
  };
  probe.step = {tookMs: null};
  document.addEventListener("keydown", ({key}) => {
    if (key.toLowerCase() !== "z") return;
    startedAt = performance.now();
    probe.step = {tookMs: null};
    setTimeout(look, 0);
  }, {capture: true});
}"""


def until_safe(stage: Stage, image: MadeImage | None = None) -> dict[str, Any]:
    """From the end of a stroke until it is in the browser's draft, and until the server has acknowledged it."""
    drafted, acknowledged, together = [], [], []
    with stage.editor(image or stage.large) as page:
        set_brush(page, 60)
        box = picture_box(page)
        page.evaluate(WATCH_SAFETY)
        for number in range(SAFE_STROKES):
            points = walk(box, 3, turn=number)
            page.keyboard.press("q")
            drag(page, [points[0], (points[0][0] + 30, points[0][1] + 15), (points[0][0] + 60, points[0][1])])
            until(page, "probe.safety.isOver", seconds=20)
            drafted.append(page.evaluate("probe.safety.drafted"))
            acknowledged.append(page.evaluate("probe.safety.acknowledged"))
            page.wait_for_timeout(300)
        for number in range(SAFE_STROKES):
            points = walk(box, 3, turn=number)
            page.keyboard.press("q")
            drag(page, [points[0], (points[0][0] + 30, points[0][1] + 15)])
            time.sleep(0.1)
            together.append(page.evaluate("probe.safety.drafted"))
        wait_saved(page)
    return {
        "draft": spread(drafted),
        "acknowledged": spread(acknowledged),
        "draft, strokes in quick succession": spread([value for value in together if value is not None]),
    }


# Asked every few milliseconds: the page's own events say only what the user sees.
WATCH_SAFETY = """() => {
  const stage = document.getElementById("stage");
  probe.safety = {isOver: true};
  stage.addEventListener("pointerup", () => {
    const startedAt = performance.now();
    const safety = probe.safety = {isOver: false, drafted: null, acknowledged: null};
    const channel = new MessageChannel();
    const look = () => {
      const sync = maskloop.sync;
      const passed = performance.now() - startedAt;
      if (safety.drafted === null && !sync.draft.isBehind) safety.drafted = passed;
      if (safety.acknowledged === null && !sync.hasUnsaved) safety.acknowledged = passed;
      safety.isOver = safety.drafted !== null && safety.acknowledged !== null;
      if (!safety.isOver) setTimeout(look, 1);
    };
    setTimeout(look, 0);
  });
}"""
