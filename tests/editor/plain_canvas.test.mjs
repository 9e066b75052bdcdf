import assert from "node:assert/strict";
import { test } from "node:test";
import { HEAT_GLSL, heatColor } from "../../annotator/static/annotator/editor/renderer/heat.js";
import { toneTable } from "../../annotator/static/annotator/editor/renderer/tones.js";

test("an image without adjustments is shown as it is", () => {
  assert.equal(toneTable({ brightness: 0, contrast: 0, gamma: 1 }), null);
});

test("brightness is added, contrast turns about the middle, gamma lifts the shadows", () => {
  const at = (style, byte) => toneTable({ brightness: 0, contrast: 0, gamma: 1, ...style })[byte];
  assert.equal(at({ brightness: 0.2 }, 100), 151);
  assert.equal(at({ brightness: 0.2 }, 0), 51);
  assert.equal(at({ brightness: -0.5 }, 100), 0);
  assert.equal(at({ contrast: 0.2 }, 102), 96);
  assert.equal(at({ contrast: -1 }, 10), 128);
  assert.equal(at({ gamma: 2 }, 64), 128);
});

test("the image is left as it is where the model is sure, and covered where it is not", () => {
  assert.deepEqual(heatColor(0.03), [74, 2, 137, 0]);
  assert.deepEqual(heatColor(0.5), [230, 38, 89, 255]);
  assert.deepEqual(heatColor(1), [255, 242, 102, 255]);
  assert.match(HEAT_GLSL, /vec3\(0\.25, 0\.00, 0\.55\)/);
});
