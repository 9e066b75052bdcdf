import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { Cells } from "../../annotator/static/annotator/editor/worker/cells.js";
import { uncertainRegions } from "../../annotator/static/annotator/editor/worker/uncertainty.js";
import { paint, pixelsOf } from "./paint.mjs";

/** Cells of 20 × 20 pixels across a tile border. */
function grid() {
  const map = new LabelMap(300, 60);
  for (let y = 0; y < 60; y++)
    for (let x = 0; x < 300; x += 20) paint(map, [y, x, x + 20], 1 + Math.floor(y / 20) * 15 + x / 20);
  return map;
}

function covered(runs) {
  const map = new LabelMap(300, 60);
  paint(map, runs, 1);
  return pixelsOf(map);
}

test("a place gives its whole cell, a way all the cells that it passes", () => {
  const cells = new Cells(grid());
  const one = covered(cells.along([[255, 25]]));
  assert.equal(one.reduce((sum, id) => sum + id, 0), 400);
  assert.ok(one[20 * 300 + 240] && one[39 * 300 + 259] && !one[20 * 300 + 260]);
  const many = covered(cells.along([[5, 5], [250, 5], [250, 50]]));
  assert.equal(many.reduce((sum, id) => sum + id, 0), (13 + 2) * 400);
});

test("outside the image there is no cell", () => {
  assert.equal(new Cells(grid()).along([[-5, 3]]).length, 0);
});

function entropy(width, height, values) {
  const data = new Uint8ClampedArray(width * height * 4);
  for (const [x, y, value] of values) data[4 * (y * width + x)] = value;
  return { width, height, data };
}

test("doubtful places come worst first, in image pixels", () => {
  const values = [];
  for (let x = 2; x < 6; x++) values.push([x, 3, 200]);
  for (let x = 10; x < 19; x++) values.push([x, 8, 250], [x, 9, 250]);
  const regions = uncertainRegions(entropy(20, 10, values), { width: 200, height: 100 });
  assert.deepEqual(
    regions.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]),
    [
      [100, 80, 190, 100],
      [20, 30, 60, 40],
    ],
  );
  assert.ok(Math.abs(regions[0].score - 250 / 255) < 1e-9);
});

test("on an image of which the model was sure the least sure places still count, on one of no entropy none", () => {
  const faint = uncertainRegions(entropy(20, 10, [[4, 4, 30]]), { width: 20, height: 10 });
  assert.deepEqual(faint.map(({ x0, y0 }) => [x0, y0]), [[4, 4]]);
  assert.deepEqual(uncertainRegions(entropy(20, 10, []), { width: 20, height: 10 }), []);
});

