"""What the canvas shows: image, labels, looks; after strokes, pans, zooms, and when WebGL is lost or missing."""

import io
import json
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image as PillowImage
from playwright.sync_api import Page

from tests.browser.conftest import Demo, drag, open_editor, until

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 1400, 900
GREY = 90
ORANGE, BLUE = (230, 159, 0), (86, 180, 233)
OPACITY = 0.45
NO_WEBGL = """
  const original = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind === "webgl2" ? null : original.call(this, kind, ...rest);
  };
"""


@pytest.fixture(scope="module")
def image(demo: Demo, browser) -> Iterator[int]:
    """A grey image with a column of pixels a shade brighter, half orange, a square of it blue."""
    context = browser.new_context()
    asked = context.request
    answer = asked.post(f"{demo.url}/api/v1/tokens", data={"username": demo.username, "password": demo.password})
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    classes = [
        {"name": "Orange", "color": "#e69f00", "kind": "stuff", "ignore": False},
        {"name": "Blue", "color": "#56b4e9", "kind": "thing", "ignore": False},
    ]
    project = asked.post(
        f"{demo.url}/api/v1/projects",
        headers=headers,
        data={"name": "Rendering", "task": "panoptic", "classes": classes},
    ).json()
    pixels = np.full((HEIGHT, WIDTH, 3), GREY, np.uint8)
    pixels[:, 700] = GREY + 100
    created = asked.post(
        f"{demo.url}/api/v1/projects/{project['id']}/images",
        headers=headers,
        multipart={"files": {"name": "grey.png", "mimeType": "image/png", "buffer": png(pixels)}},
    ).json()["created"]
    labels = np.zeros((HEIGHT, WIDTH), np.uint16)
    labels[:, :600] = 1
    labels[300:500, 200:400] = 2
    orange, blue = (entry["id"] for entry in project["classes"])
    saved = asked.put(
        f"{demo.url}/api/v1/images/{created[0]['id']}/labels",
        headers={**headers, "If-Match": '"0"'},
        multipart={
            "map": {"name": "map.png", "mimeType": "image/png", "buffer": png(labels)},
            "segments": json.dumps([{"id": 1, "class": orange}, {"id": 2, "class": blue}]),
        },
    )
    assert saved.ok, saved.text()
    yield created[0]["id"]
    context.close()


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    PillowImage.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def open_image(page: Page, demo: Demo, image: int) -> None:
    page.goto(f"{demo.url}/images/{image}/label/")
    open_editor(page)
    page.evaluate("maskloop.store.isMinimapOpen.value = false")
    page.evaluate("document.getElementById('toasts').remove()")
    page.mouse.move(700, 5)


def look_at(page: Page, scale: float, x: float, y: float) -> None:
    """Image pixel (x, y) at the canvas's top left corner."""
    page.evaluate(
        f"""(() => {{
          const {{ view }} = maskloop.store;
          view.value = {{ ...view.value, scale: {scale}, x: {round(-x * scale)}, y: {round(-y * scale)} }};
        }})()"""
    )


def shot(page: Page) -> np.ndarray:
    return np.asarray(PillowImage.open(io.BytesIO(page.locator("#canvas").screenshot())).convert("RGB")).astype(int)


def settled(page: Page) -> np.ndarray:
    """The canvas when it shows all there is."""
    page.wait_for_timeout(50)
    until(page, "maskloop.isDrawn")
    return shot(page)


def differs(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pixels that are not the same, but for the focus ring at the edge."""
    different = (a != b).any(axis=2)
    different[:3], different[-3:], different[:, :3], different[:, -3:] = False, False, False, False
    return different


def mixed(color: tuple[int, int, int], opacity: float = OPACITY) -> np.ndarray:
    return np.array([GREY * (1 - opacity) + channel * opacity for channel in color])


def assert_color(found: np.ndarray, expected: np.ndarray | tuple[int, int, int], tolerance: int = 2) -> None:
    assert np.abs(found - np.asarray(expected)).max() <= tolerance, f"{found} is not {expected}"


def test_fill_contour_and_image_fall_on_their_pixels(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    look_at(page, 1, 100, 200)
    seen = settled(page)
    assert_color(seen[50, 50], mixed(ORANGE))
    assert_color(seen[200, 200], mixed(BLUE))
    assert_color(seen[200, 100], BLUE), "the first column of the blue square is its contour"
    assert_color(seen[200, 99], ORANGE), "and the last before it that of what is around"
    assert_color(seen[200, 101], mixed(BLUE))
    assert_color(seen[50, 499], ORANGE)
    assert_color(seen[50, 500], (GREY, GREY, GREY))
    assert_color(seen[50, 600], (GREY + 100,) * 3)
    assert_color(seen[50, 599], (GREY, GREY, GREY))


def test_enlarged_pixels_are_squares_with_a_contour_one_device_pixel_wide(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    look_at(page, 16, 196, 296)
    seen = settled(page)
    assert_color(seen[10, 10], mixed(ORANGE))
    assert_color(seen[64 + 8, 63], ORANGE)
    assert_color(seen[64 + 8, 64], BLUE)
    assert_color(seen[64 + 8, 65], mixed(BLUE))
    look_at(page, 16, 698, 10)
    seen = settled(page)
    assert_color(seen[10, 31], (GREY,) * 3)
    assert_color(seen[10, 32], (GREY + 100,) * 3)
    assert_color(seen[10, 47], (GREY + 100,) * 3)
    assert_color(seen[10, 48], (GREY,) * 3)


def test_the_picture_does_not_depend_on_the_way_to_it(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    look_at(page, 0.8, 30, 40)
    direct = settled(page)
    for scale, x, y in ((4, 300, 300), (0.2, -50, -60), (0.8, 400, 200)):
        look_at(page, scale, x, y)
        page.wait_for_timeout(60)
    for step in range(1, 11):
        look_at(page, 0.8, 400 - 37 * step, 200 - 16 * step)
        page.wait_for_timeout(20)
    assert np.array_equal(settled(page), direct)


def test_a_stroke_changes_its_pixels_and_no_others(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    look_at(page, 1, 100, 0)
    before = settled(page)
    page.keyboard.press("2")
    page.keyboard.press("b")
    drag(page, (0.6, 0.5), (0.7, 0.5))
    page.mouse.move(700, 5)
    after = settled(page)
    changed = np.argwhere(differs(before, after))
    height, width = before.shape[:2]
    assert len(changed) > 1000
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    assert 0.6 * width - 16 <= left and right <= 0.7 * width + 16
    assert 0.5 * height - 16 <= top and bottom <= 0.5 * height + 16
    assert_color(after[height // 2, int(0.65 * width)], mixed(BLUE))
    page.keyboard.press("Control+z")
    assert not differs(settled(page), before).any()


def test_looks_follow_the_store(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    look_at(page, 1, 100, 200)
    settled(page)
    page.evaluate("maskloop.store.isContourOnly.value = true")
    seen = settled(page)
    assert_color(seen[50, 50], (GREY,) * 3)
    assert_color(seen[200, 100], BLUE)
    page.evaluate("maskloop.store.isContourOnly.value = false")
    page.evaluate("maskloop.store.isolated.value = { kind: 'class', id: maskloop.store.classes[1].id }")
    seen = settled(page)
    assert_color(seen[50, 50], (GREY,) * 3)
    assert_color(seen[200, 200], mixed(BLUE))
    page.evaluate("maskloop.store.isolated.value = null")
    page.evaluate("maskloop.store.hiddenSegments.value = new Set([2])")
    seen = settled(page)
    assert_color(seen[200, 200], (GREY,) * 3)
    assert_color(seen[50, 50], mixed(ORANGE))
    page.evaluate("maskloop.store.brightness.value = 0.2")
    assert_color(settled(page)[50, 550], (GREY + 51,) * 3)


def test_labels_are_seen_small_too(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    look_at(page, 0.2, -100, -100)
    seen = settled(page)
    assert_color(seen[40, 60], mixed(ORANGE))
    assert_color(seen[100, 80], mixed(BLUE))
    assert_color(seen[40, 200], (GREY,) * 3)


def test_a_lost_context_comes_back_with_the_same_picture(page: Page, demo: Demo, image: int):
    open_image(page, demo, image)
    look_at(page, 1.5, 150, 250)
    before = settled(page)
    page.evaluate(
        """() => {
          const gl = document.getElementById("canvas").getContext("webgl2");
          window.lost = gl.getExtension("WEBGL_lose_context");
          window.lost.loseContext();
        }"""
    )
    page.wait_for_timeout(300)
    page.evaluate("window.lost.restoreContext()")
    page.wait_for_timeout(500)
    assert np.array_equal(settled(page), before)


def test_without_webgl_the_same_is_drawn_on_a_plain_canvas(page: Page, demo: Demo, image: int):
    page.add_init_script(NO_WEBGL)
    open_image(page, demo, image)
    assert page.evaluate("maskloop.renderer") == "2d"
    look_at(page, 1, 100, 200)
    seen = settled(page)
    assert_color(seen[50, 50], mixed(ORANGE))
    assert_color(seen[200, 200], mixed(BLUE))
    assert_color(seen[200, 100], BLUE)
    assert_color(seen[50, 550], (GREY,) * 3)
    before = seen
    page.keyboard.press("2")
    page.keyboard.press("b")
    drag(page, (0.6, 0.5), (0.7, 0.5))
    page.mouse.move(700, 5)
    height, width = before.shape[:2]
    assert_color(settled(page)[height // 2, int(0.65 * width)], mixed(BLUE))


LOOKS = {
    "plain": "",
    "hatched": "isHatchingOn.value = true",
    "unlabelled": "isUnlabelledShown.value = true",
    "adjusted": "brightness.value = 0.3, store.contrast.value = -0.4, store.gamma.value = 1.6",
    "unsure": "isHeatShown.value = true",
}
AS_IT_WAS = """(({ store }) => {
  for (const name of ["isHatchingOn", "isUnlabelledShown", "isHeatShown"]) store[name].value = false;
  Object.assign(store.brightness, { value: 0 });
  Object.assign(store.contrast, { value: 0 });
  Object.assign(store.gamma, { value: 1 });
})(maskloop)"""


def looks(page: Page, demo: Demo, image: int) -> dict[tuple[str, float], np.ndarray]:
    """The canvas in every look, whole and at a scale at which plain canvases have pixels of their own."""
    doubts = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))
    page.route("**/uncertainty", lambda route: route.fulfill(body=png(doubts), content_type="image/png"))
    open_image(page, demo, image)
    prediction = "{ model: 1, version: 1, mean_entropy: 0.2, mean_score: 0.8 }"
    page.evaluate(
        f"(({{ image }}) => {{ image.value = {{ ...image.value, prediction: {prediction} }} }})(maskloop.store)"
    )
    seen = {}
    for scale in (0.5, 1):
        look_at(page, scale, 100, 200)
        for name, change in LOOKS.items():
            page.evaluate(f"((store) => {{ {f'store.{change}' if change else ''} }})(maskloop.store)")
            page.wait_for_timeout(400 if name == "unsure" else 0)
            seen[name, scale] = settled(page)
            page.evaluate(AS_IT_WAS)
    return seen


def test_every_look_is_the_same_with_and_without_webgl(page: Page, demo: Demo, image: int):
    expected = looks(page, demo, image)
    plain = page.context.new_page()
    plain.add_init_script(NO_WEBGL)
    for key, seen in looks(plain, demo, image).items():
        assert np.abs(seen - expected[key]).mean() < 2, key


def test_a_picture_that_cannot_be_drawn_any_more_is_told(page: Page, demo: Demo, image: int):
    page.goto(f"{demo.url}/images/{image}/label/")
    open_editor(page)
    page.evaluate(
        'document.getElementById("canvas").getContext("webgl2").getExtension("WEBGL_lose_context").loseContext()'
    )
    page.get_by_role("button", name="Load the page again").wait_for()
