"""Proposals as a person sees them: from the click until they are on the screen."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from benchmarks.editor.figures import LONG_TASK_MS, spread
from benchmarks.editor.stage import Stage, picture_box, probe, walk
from tests.browser.conftest import until

CLICKS = 20
READY_S = 240
WEIGHTS = Path("../shared/weights/mobile_sam.pt")

# The handler of the pointer runs after this one, so the time includes all of it.
WATCH_PROPOSAL = """() => {
  const stage = document.getElementById("stage");
  probe.proposals = [];
  stage.addEventListener("pointerdown", () => {
    const startedAt = performance.now();
    const before = maskloop.store.proposal.value;
    const look = () => {
      const shown = maskloop.store.proposal.value;
      if (shown !== before && shown?.pixels) probe.proposals.push(performance.now() - startedAt);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, {capture: true});
}"""


def wand(stage: Stage) -> dict[str, Any]:
    """The magic wand on 24 MP; the first click also waits for the pixels to be read, and is given by itself."""
    with stage.editor(stage.large_empty) as page:
        page.keyboard.press("w")
        page.evaluate(WATCH_PROPOSAL)
        times = _click_around(page)
        long_tasks = [task["duration"] for task in probe(page)["longTasks"] if task["duration"] > LONG_TASK_MS]
    return {"preview": spread(times[1:]), "first_ms": round(times[0]), "long_tasks": len(long_tasks)}


def click_to_segment(stage: Stage) -> dict[str, Any]:
    """Click-to-segment on 0.7 MP once the image is embedded: browser, HTTP, decoder and picture."""
    if not (stage.demo.data / "weights" / WEIGHTS.name).exists():
        raise RuntimeError(f"there are no weights at {WEIGHTS}")
    with stage.editor(stage.small) as page:
        page.keyboard.press("a")
        page.evaluate(WATCH_PROPOSAL)
        times = _click_around(page)
    return {"proposal": spread(times[1:]), "first_with_embedding_ms": round(times[0])}


def _click_around(page: Page) -> list[float]:
    box = picture_box(page)
    for number, (x, y) in enumerate(walk(box, CLICKS + 1)):
        page.mouse.click(x, y)
        until(page, f"probe.proposals.length > {number}", READY_S)
        page.keyboard.press("Escape")
        page.wait_for_timeout(150)
    return page.evaluate("probe.proposals")
