"""From a click to the first edit, and from one image to the next."""

import time
from typing import Any

from playwright.sync_api import Page

from benchmarks.editor.figures import LONG_TASK_MS, spread
from benchmarks.editor.site import MadeImage
from benchmarks.editor.stage import SETTLE_MS, Stage, drag, picture_box, probe, set_brush
from benchmarks.editor.strokes import wait_saved_within
from tests.browser.conftest import open_editor, until

ROUNDS = 7
AGAIN, FROM_PROJECT, FROM_NOWHERE = "again", "first visit, from a project's page", "first visit, nothing fetched before"
READING_MS = 3_000
NEXT_IMAGES = 12
LONGEST_S = 120


def first_edit(stage: Stage) -> dict[str, Any]:
    """From the click on a link to the editor until a first stroke is on the screen; the server is warm.

    On a first visit the browser has none of our files yet, unless a page of the project, read for READING_MS, had it
    fetch those of the editor.
    """
    images = (stage.small, stage.large_empty, stage.large)
    found: dict[str, list[float]] = {
        f"{image.name}, {visit}": [] for visit in (AGAIN, FROM_PROJECT, FROM_NOWHERE) for image in images
    }
    for turn in range(ROUNDS + 1):
        for image in images:
            for first, visits in ((FROM_NOWHERE, (FROM_NOWHERE, AGAIN)), (FROM_PROJECT, (FROM_PROJECT,))):
                with stage.page() as page:
                    if first == FROM_PROJECT:
                        page.goto(f"{stage.demo.url}/projects/1/models/")
                        page.wait_for_timeout(READING_MS)
                    for visit in visits:
                        seconds = _first_edit(page, stage, image)
                        if turn:
                            found[f"{image.name}, {visit}"].append(1000 * seconds)
    return {name: spread(values) for name, values in found.items()}


def _first_edit(page: Page, stage: Stage, image: MadeImage) -> float:
    page.goto(stage.demo.url)
    page.evaluate(
        """address => {
          document.body.innerHTML = "";
          const link = document.createElement("a");
          Object.assign(link, {href: address, textContent: "edit", id: "edit"});
          document.body.append(link);
        }""",
        stage.site.editor(image),
    )
    clicked_at = time.time()
    page.click("#edit", no_wait_after=True)
    page.wait_for_url("**/label/", wait_until="commit")
    until(page, "Boolean(window.probe?.marks && Object.keys(probe.marks).length)", LONGEST_S)
    box = picture_box(page)
    painted = page.evaluate(
        """([x, y]) => new Promise((resolve) => {
          const stage = document.getElementById("stage");
          stage.setPointerCapture = () => {};
          const point = (dx) => ({clientX: x + dx, clientY: y, pointerId: 1, button: 0, buttons: 1, bubbles: true});
          const startedAt = performance.now();
          stage.dispatchEvent(new PointerEvent("pointerdown", point(0)));
          stage.dispatchEvent(new PointerEvent("pointermove", point(20)));
          requestAnimationFrame(() => requestAnimationFrame(() => {
            const took = performance.now() - startedAt;
            stage.dispatchEvent(new PointerEvent("pointerup", point(20)));
            resolve({took, readyAt: performance.timeOrigin + Object.values(probe.marks)[0],
                     hasChanged: maskloop.store.strokeCount.value > 0});
          }));
        })""",
        [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2],
    )
    if not painted["hasChanged"]:
        raise RuntimeError(f"the first stroke on {image.name} painted nothing")
    wait_saved_within(page, LONGEST_S)
    page.keyboard.press("Control+z")
    page.wait_for_timeout(300)
    wait_saved_within(page, LONGEST_S)
    return painted["readyAt"] / 1000 - clicked_at + painted["took"] / 1000


def next_image(stage: Stage) -> dict[str, Any]:
    """From Ctrl+Enter until the next image can be painted, with a short stroke on each before."""
    project = stage.site.project("One after the other")
    sizes = [(1024, 683)] * NEXT_IMAGES
    made = stage.site.images(project, sizes)
    return {"0.7 MP": _go_on(stage, made)}


def submit_large(stage: Stage) -> dict[str, Any]:
    """Submitting 24 MP with 500 segments: until the server has it, until the next is ready, and long tasks."""
    project = stage.site.project("Large, one after the other")
    made = [stage.site.image(project, 6000, 4000, 500, seed=seed) for seed in range(10, 15)]
    return {"24 MP, 500 segments": _go_on(stage, made)}


def _go_on(stage: Stage, images: list[MadeImage]) -> dict[str, Any]:
    to_next, to_server, long_tasks = [], [], []
    with stage.page() as page:
        page.goto(stage.site.editor(images[0]))
        open_editor(page)
        for _ in images[1:]:
            until(page, "maskloop.isNextReady", LONGEST_S)
            page.wait_for_timeout(SETTLE_MS)
            set_brush(page, 40)
            box = picture_box(page)
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            drag(page, [(x, y), (x + 40, y + 20)])
            page.evaluate("probe.clear()")
            page.evaluate(WATCH_SUBMIT)
            page.keyboard.press("Control+Enter")
            until(page, "probe.submit.nextAt !== null && probe.submit.deliveredAt !== null", LONGEST_S)
            times = page.evaluate("probe.submit")
            to_next.append(times["nextAt"] - times["pressedAt"])
            to_server.append(times["deliveredAt"] - times["pressedAt"])
            long_tasks += [round(task["duration"]) for task in probe(page)["longTasks"]]
    return {
        "to_next": spread(to_next),
        "to_server": spread(to_server),
        "long_tasks": [task for task in long_tasks if task > LONG_TASK_MS],
    }


WATCH_SUBMIT = """() => {
  const { store } = maskloop;
  const first = store.image.value.id;
  const submit = probe.submit = {pressedAt: null, nextAt: null, deliveredAt: null};
  document.addEventListener("keydown", () => { submit.pressedAt = performance.now(); }, {capture: true, once: true});
  let hasBegun = false;
  const look = () => {
    if (submit.pressedAt === null) return requestAnimationFrame(look);
    hasBegun ||= store.deliveries.value > 0;
    const isNext = store.phase.value === "ready" && store.image.value?.id !== first;
    if (isNext) submit.nextAt ??= performance.now();
    if (hasBegun && store.deliveries.value === 0) submit.deliveredAt ??= performance.now();
    if (submit.nextAt === null || submit.deliveredAt === null) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
