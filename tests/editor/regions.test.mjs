import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { floodRuns } from "../../annotator/static/annotator/editor/regions.js";
import { capsuleRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { paint, picture, pixelsOf } from "./paint.mjs";
import { seeded } from "./random.mjs";

/** The region by the plainest search there is. */
function search(map, x, y) {
  const wanted = map.get(x, y);
  const found = new Uint8Array(map.width * map.height);
  const open = [[x, y]];
  while (open.length) {
    const [cx, cy] = open.pop();
    if (cx < 0 || cy < 0 || cx >= map.width || cy >= map.height) continue;
    if (found[cy * map.width + cx] || map.get(cx, cy) !== wanted) continue;
    found[cy * map.width + cx] = 1;
    open.push([cx + 1, cy], [cx - 1, cy], [cx, cy + 1], [cx, cy - 1]);
  }
  return found;
}

test("fill covers the connected area of one label, across tile borders, and nothing else", () => {
  const random = seeded(21);
  for (let round = 0; round < 6; round++) {
    const map = new LabelMap(280, 90);
    for (let i = 0; i < 25; i++) {
      const point = () => [random.int(0, 280), random.int(0, 90)];
      paint(map, capsuleRuns(point(), point(), random.int(1, 9)), random.int(0, 3));
    }
    const [x, y] = [random.int(0, 280), random.int(0, 90)];
    const filled = new LabelMap(280, 90);
    paint(filled, floodRuns(map, x, y), 1);
    assert.deepEqual([...pixelsOf(filled)], [...search(map, x, y)]);
  }
});

test("a diagonal line of pixels holds the fill back", () => {
  const map = new LabelMap(6, 6);
  for (let i = 0; i < 6; i++) paint(map, [i, i, i + 1], 1);
  assert.equal(
    picture(floodRuns(map, 5, 0), 6, 6)
      .join("")
      .replaceAll(".", "").length,
    15,
  );
});

test("a click outside the image fills nothing", () => {
  assert.equal(floodRuns(new LabelMap(4, 4), 4, 0).length, 0);
});
