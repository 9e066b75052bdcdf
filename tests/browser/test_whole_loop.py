"""The loop as a person plays it: label, submit, train, accept a pre-label, review, export; a picture of every page."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Demo, drag, open_editor, until, wait_saved

pytestmark = pytest.mark.browser

SHOTS = ROOT / "screenshots"
TRAINING_SECONDS = 240


def shoot(page: Page, name: str) -> None:
    """Pictures in both themes and two widths, for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width, height in ((1280, 800), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=SHOTS / f"{name}-{theme}-{width}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def api(page: Page, path: str, accept: str = "application/json") -> bytes:
    answer = page.request.get(path, headers={"Accept": accept})
    assert answer.ok, answer.text()
    return answer.body()


def label_map(page: Page, demo: Demo, image: int) -> np.ndarray:
    png = api(page, f"{demo.url}/api/v1/images/{image}/labels", "image/png")
    return np.asarray(PillowImage.open(io.BytesIO(png))).astype(np.uint16)


@pytest.mark.timeout(600)
def test_the_whole_loop_in_a_browser(page: Page, demo: Demo, tmp_path: Path):
    project = json.loads(api(page, f"{demo.url}/api/v1/projects"))["items"][0]
    home = f"{demo.url}/projects/{project['id']}/"

    skip_the_tour(page, home)
    labelled = paint_and_submit(page, demo, home)
    review_and_accept(page, home)
    assert state_of(page, demo, labelled) == "accepted"
    train_and_watch(page, demo, home)
    corrected = accept_a_prediction(page, demo, home)
    return_with_a_comment(page, home)
    mend_and_resubmit(page, demo, home, corrected)
    review_and_accept(page, home)
    assert state_of(page, demo, corrected) == "accepted"
    export_and_compare(page, demo, home, tmp_path, corrected)
    for name in ("images", "models", "settings", "jobs", "import"):
        page.goto(f"{home}{name}/")
        page.wait_for_load_state("networkidle")
        shoot(page, name)
    page.goto(demo.url)
    shoot(page, "projects")


def skip_the_tour(page: Page, home: str) -> None:
    """The tour comes on the first visit of a project, and never again."""
    page.goto(home)
    tour = page.locator(".driver-popover")
    expect(tour).to_be_visible()
    shoot(page, "tour")
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    page.wait_for_load_state("networkidle")
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(tour).to_have_count(0)


def paint_and_submit(page: Page, demo: Demo, home: str) -> int:
    """Paint on the next image of the queue; what arrives on the server is what the browser holds."""
    page.goto(f"{home}next/annotate/")
    page.locator("main form button, main button[type=submit]").first.click()
    open_editor(page)
    image = page.evaluate("window.maskloop.store.image.value.id")
    page.keyboard.press("2")
    drag(page, (0.3, 0.3), (0.6, 0.35))
    page.keyboard.press("3")
    drag(page, (0.4, 0.6), (0.5, 0.65))
    wait_saved(page)
    stored = label_map(page, demo, image)
    assert len(np.unique(stored)) == 3
    page.keyboard.press("Control+z")
    wait_until(page, lambda: len(np.unique(label_map(page, demo, image))) == 2, 10)
    page.keyboard.press("Control+Shift+z")
    wait_until(page, lambda: np.array_equal(label_map(page, demo, image), stored), 10)
    shoot(page, "editor")
    page.keyboard.press("Control+Enter")
    until(page, f"window.maskloop.store.image.value?.id !== {image}")
    return image


def state_of(page: Page, demo: Demo, image: int) -> str:
    return json.loads(api(page, f"{demo.url}/api/v1/images/{image}"))["state"]


def review_and_accept(page: Page, home: str) -> None:
    page.goto(f"{home}next/review/")
    page.locator("main form button, main button[type=submit]").first.click()
    open_editor(page)
    shoot(page, "review")
    page.get_by_role("button", name="Accept", exact=False).last.click()
    page.wait_for_selector("body[data-phase=empty]")


def train_and_watch(page: Page, demo: Demo, home: str) -> None:
    """Start training with small settings and see the curve move while it runs."""
    page.goto(f"{home}models/")
    page.get_by_text("Settings", exact=True).last.click()
    page.fill("[name=train-epochs]", "3")
    page.fill("[name=train-steps_per_epoch]", "4")
    shoot(page, "train-form")
    page.get_by_role("button", name="Train").first.click()
    page.wait_for_url("**/training-runs/*/")
    run = page.url.rstrip("/").rsplit("/", 1)[-1]
    until(page, "document.querySelectorAll('#miou-chart canvas').length === 1", TRAINING_SECONDS)
    points: list[int] = []

    def finished() -> bool:
        answer = json.loads(api(page, f"{demo.url}/api/v1/training-runs/{run}"))
        if len(answer["metrics"]) == 1 and 1 not in points:
            shoot(page, "run-live")
        points.append(len(answer["metrics"]))
        return answer["job"]["state"] == "succeeded"

    wait_until(page, finished, TRAINING_SECONDS)
    assert {1, 2} <= set(points), "the curve moved while the job ran"
    expect(page.get_by_text("validation mIoU of")).to_be_visible(timeout=20_000)
    shoot(page, "run")
    waiting = f"{demo.url}/api/v1/projects/{home.rstrip('/').rsplit('/', 1)[-1]}"
    wait_until(page, lambda: json.loads(api(page, waiting))["counts"]["new"] == 0, TRAINING_SECONDS)
    page.goto(home)
    page.wait_for_load_state("networkidle")
    shoot(page, "overview")


def wait_until(page: Page, holds, seconds: float) -> None:
    for _ in range(int(seconds / 0.5)):
        if holds():
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"not within {seconds} s")


def accept_a_prediction(page: Page, demo: Demo, home: str) -> int:
    """The editor opens with the prediction; one key makes it the labels."""
    page.goto(f"{home}next/annotate/")
    page.locator("main form button, main button[type=submit]").first.click()
    open_editor(page)
    image = page.evaluate("window.maskloop.store.image.value.id")
    assert page.evaluate("window.maskloop.segments.every((segment) => segment.score > 0 && segment.score <= 1)")
    shoot(page, "prediction")
    page.keyboard.press("Enter")
    until(page, "window.maskloop.store.image.value.state === 'in_progress'")
    predicted = page.request.get(
        f"{demo.url}/api/v1/images/{image}/labels?layer=prediction", headers={"Accept": "image/png"}
    )
    expected = np.asarray(PillowImage.open(io.BytesIO(predicted.body()))).astype(np.uint16)
    assert np.array_equal(label_map(page, demo, image), expected)
    page.keyboard.press("Control+Enter")
    until(page, f"window.maskloop.store.image.value?.id !== {image}")
    return image


def return_with_a_comment(page: Page, home: str) -> None:
    page.goto(f"{home}next/review/")
    page.locator("main form button, main button[type=submit]").first.click()
    open_editor(page)
    page.keyboard.press("c")
    box = page.locator("#stage").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("textarea:visible").first.fill("This cell is two cells.")
    page.locator("textarea:visible").first.press("Control+Enter")
    expect(page.get_by_text("This cell is two cells.").first).to_be_visible()
    shoot(page, "review-comment")
    page.get_by_role("button", name="Return").first.click()
    dialog = page.locator("dialog[open]")
    if dialog.count():
        dialog.get_by_role("button", name="Return").click()
    page.wait_for_selector("body[data-phase=empty]")


def mend_and_resubmit(page: Page, demo: Demo, home: str, image: int) -> None:
    """The returned image is the next one of its annotator, with the comment."""
    page.goto(f"{home}next/annotate/")
    page.locator("main form button, main button[type=submit]").first.click()
    open_editor(page)
    assert page.evaluate("window.maskloop.store.image.value.id") == image
    expect(page.get_by_text("This cell is two cells.").first).to_be_visible()
    page.keyboard.press("1")
    drag(page, (0.45, 0.5), (0.55, 0.5))
    wait_saved(page)
    page.keyboard.press("Control+Enter")
    until(page, f"window.maskloop.store.image.value?.id !== {image}")


def export_and_compare(page: Page, demo: Demo, home: str, folder: Path, image: int) -> None:
    """The zip holds, for the image, exactly the pixels that are stored."""
    page.goto(f"{home}export/")
    page.get_by_text("COCO panoptic", exact=True).click()
    page.get_by_role("button", name="Export").last.click()
    link = page.get_by_role("link", name="Download").first
    expect(link).to_be_visible(timeout=60_000)
    shoot(page, "export")
    with page.expect_download() as download:
        link.click()
    path = folder / "export.zip"
    download.value.save_as(path)
    name = json.loads(api(page, f"{demo.url}/api/v1/images/{image}"))["name"]
    with zipfile.ZipFile(path) as archive:
        table = json.loads(archive.read(next(n for n in archive.namelist() if n.endswith(".json"))))
        row = next(i for i in table["images"] if i["file_name"].endswith(name))
        note = next(a for a in table["annotations"] if a["image_id"] == row["id"])
        png = archive.read(next(n for n in archive.namelist() if n.endswith("/" + note["file_name"])))
    rgb = np.asarray(PillowImage.open(io.BytesIO(png)).convert("RGB")).astype(np.uint32)
    assert np.array_equal(rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2], label_map(page, demo, image))
