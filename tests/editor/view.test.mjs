import assert from "node:assert/strict";
import { test } from "node:test";
import { centred, emptyView, fit, fitBox, inView, pan, resized, toImage, zoomAbout } from "../../annotator/static/annotator/editor/view.js";

const VIEW = { ...emptyView(), width: 1150, height: 836, ratio: 2 };
const zoomAt = (view, x, y, scale) => zoomAbout(view, toImage(view, x, y), x, y, scale);

test("an image that is fitted is wholly in sight and centred", () => {
  const view = fit(VIEW, 6000, 4000);
  const start = toImage(view, 0, 0);
  const end = toImage(view, view.width, view.height);
  assert.ok(start.x < 0 && start.y < 0 && end.x > 6000 && end.y > 4000);
  assert.ok(Math.abs(start.x + end.x - 6000) < 2 / view.scale);
  assert.ok(Math.abs(start.y + end.y - 4000) < 2 / view.scale);
});

test("the point under the pointer stays there while zooming, to a device pixel", () => {
  let view = fit(VIEW, 6000, 4000);
  for (const scale of [0.3, 1, 7.3, 64, 3, 0.1]) {
    const before = toImage(view, 400, 300);
    view = zoomAt(view, 400, 300, scale);
    const after = toImage(view, 400, 300);
    assert.ok(Math.abs(before.x - after.x) * view.scale <= 1);
    assert.ok(Math.abs(before.y - after.y) * view.scale <= 1);
  }
});

test("the image stays on whole device pixels, so that a moved picture can be shown again as it is", () => {
  let view = fit(VIEW, 999, 777);
  view = pan(zoomAt(view, 17.4, 23.9, 1.37), 3.6, -8.2, 999, 777);
  view = fitBox(resized(view, 901, 733, 1.5), { x0: 10, y0: 20, x1: 111, y1: 95 });
  assert.ok(Number.isInteger(view.x) && Number.isInteger(view.y));
});

test("a pan never loses the image", () => {
  const view = pan(fit(VIEW, 600, 400), 1e6, -1e6, 600, 400);
  assert.ok(view.x < view.width && view.y + 400 * view.scale > 0);
});

test("a point that is centred lies in the middle, to a device pixel, at the same scale", () => {
  const before = zoomAt(fit(VIEW, 6000, 4000), 300, 300, 2);
  const view = centred(before, 1234.5, 777.25, 6000, 4000);
  const middle = toImage(view, view.width / 2, view.height / 2);
  assert.ok(Math.abs(middle.x - 1234.5) * view.scale <= 1 && Math.abs(middle.y - 777.25) * view.scale <= 1);
  assert.equal(view.scale, before.scale);
});

test("a click far off the image does not lose it", () => {
  const view = centred(fit(VIEW, 600, 400), -9e5, 9e5, 600, 400);
  assert.ok(view.x < view.width && view.y + 400 * view.scale > 0);
});

test("what was in the middle of the window stays there when the window changes", () => {
  const before = zoomAt(fit(VIEW, 6000, 4000), 300, 300, 2);
  const after = resized(before, 700, 500, 2);
  const centre = toImage(before, before.width / 2, before.height / 2);
  const now = toImage(after, after.width / 2, after.height / 2);
  assert.ok(Math.abs(centre.x - now.x) <= 1 && Math.abs(centre.y - now.y) <= 1);
});

test("an image in full view is fitted to a window of another size, until it is zoomed or moved", () => {
  const image = { width: 6000, height: 4000 };
  const fitted = fit(VIEW, 6000, 4000);
  assert.deepEqual(resized(fitted, 700, 500, 2, image), fit({ ...VIEW, width: 700, height: 500 }, 6000, 4000));
  for (const moved of [zoomAt(fitted, 300, 300, 2), pan(fitted, 9, 9, 6000, 4000), fitBox(fitted, { x0: 0, y0: 0, x1: 9, y1: 9 })])
    assert.equal(resized(moved, 700, 500, 2, image).scale, moved.scale);
});

test("in view is what the window shows of the image, in whole pixels", () => {
  const view = { ...VIEW, width: 100, height: 50 };
  assert.deepEqual(inView(fit(view, 60, 40), 60, 40), { x0: 0, y0: 0, x1: 60, y1: 40 });
  assert.deepEqual(inView({ ...view, scale: 2, x: -21, y: -80 }, 600, 60), { x0: 10, y0: 40, x1: 61, y1: 60 });
  assert.equal(inView({ ...view, scale: 1, x: 200, y: 0 }, 600, 60), null);
});
