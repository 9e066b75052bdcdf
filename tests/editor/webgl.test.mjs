import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { WebGLRenderer } from "../../annotator/static/annotator/editor/renderer/webgl.js";
import { paint } from "./paint.mjs";

/** A renderer whose context only notes what it is told. */
function renderer() {
  class Still extends WebGLRenderer {
    async build() {}
  }
  const shown = new Still({ addEventListener: () => {} }, {}, () => {});
  const calls = { maps: [], touched: [], heats: [] };
  shown.gpu = {
    preview: { setMap: (map) => calls.maps.push(map) },
    compositor: { touch: (box) => calls.touched.push(box) },
    setHeat: (heat) => calls.heats.push(heat),
  };
  return { shown, calls };
}

test("a proposal in another colour is painted again, its texels are not sent again", () => {
  const { shown, calls } = renderer();
  const map = new LabelMap(600, 300);
  paint(map, [5, 300, 310], 1);
  shown.setPreview(map, [255, 0, 0]);
  calls.touched.length = 0;
  shown.setPreview(map, [0, 255, 0]);
  assert.equal(calls.maps.length, 1);
  assert.deepEqual(calls.touched, [{ x0: 256, y0: 0, x1: 512, y1: 256 }]);
  shown.setPreview(null, [0, 255, 0]);
  assert.deepEqual(calls.maps, [map, null]);
});

test("the picture of doubts is let go when another comes, and when there is none", () => {
  const { shown } = renderer();
  const closed = [];
  const heat = (name) => ({ close: () => closed.push(name) });
  shown.setHeat(heat("first"));
  shown.setHeat(heat("second"));
  assert.deepEqual(closed, ["first"]);
  shown.setHeat(null);
  assert.deepEqual(closed, ["first", "second"]);
});
