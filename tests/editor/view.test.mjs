import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyView, fit, fitBox, pan, resized, toImage, zoomAt } from "../../annotator/static/annotator/editor/view.js";

const VIEW = { ...emptyView(), width: 1150, height: 836, ratio: 2 };

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

test("what was in the middle of the window stays there when the window changes", () => {
  const before = zoomAt(fit(VIEW, 6000, 4000), 300, 300, 2);
  const after = resized(before, 700, 500, 2);
  const centre = toImage(before, before.width / 2, before.height / 2);
  const now = toImage(after, after.width / 2, after.height / 2);
  assert.ok(Math.abs(centre.x - now.x) <= 1 && Math.abs(centre.y - now.y) <= 1);
});
