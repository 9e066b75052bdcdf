import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { loopsOf, outlinesOf } from "../../annotator/static/annotator/editor/outlines.js";
import { runsOf, tableOf } from "../../annotator/static/annotator/editor/regions.js";
import { SegmentTable } from "../../annotator/static/annotator/editor/segments.js";
import { capsuleRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { finish } from "../../annotator/static/annotator/editor/turns.js";
import { paint, segment } from "./paint.mjs";
import { seeded } from "./random.mjs";

const [WIDTH, HEIGHT] = [280, 60];

/** Whether a point lies within closed lines, by the number of them that a ray to the right crosses. */
function isWithin(loops, x, y) {
  let crossings = 0;
  for (const loop of loops)
    loop.forEach(([ax, ay], i) => {
      const [bx, by] = loop[(i + 1) % loop.length];
      assert.ok(ax === bx || ay === by, "lines follow the edges of pixels");
      if (ax === bx && ax > x && Math.min(ay, by) < y && y < Math.max(ay, by)) crossings++;
    });
  return crossings % 2 === 1;
}

for (const seed of [1, 2, 3]) {
  test(`the outlines of a segment enclose its pixels and no others (${seed})`, () => {
    const random = seeded(seed);
    const map = new LabelMap(WIDTH, HEIGHT);
    for (let i = 0; i < 30; i++) {
      const point = () => [random.int(0, WIDTH), random.int(0, HEIGHT)];
      paint(map, capsuleRuns(point(), point(), random.int(1, 5)), random.int(0, 3));
    }
    const loops = loopsOf(runsOf(map, tableOf([1])));
    for (let y = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) assert.equal(isWithin(loops, x + 0.5, y + 0.5), map.get(x, y) === 1, `${x} ${y}`);
  });
}

test("pixels that touch at a corner only, and a set without pixels", () => {
  assert.equal(loopsOf(Int32Array.from([0, 0, 1, 1, 1, 2])).flat().length, 8);
  assert.deepEqual(loopsOf(new Int32Array(0)), []);
});

test("segments of one class come as one path with few corners", () => {
  const map = new LabelMap(WIDTH, HEIGHT);
  paint(map, capsuleRuns([30, 30], [200, 30], 40), 1);
  paint(map, [5, 250, 260], 2);
  paint(map, [5, 270, 275], 3);
  const table = new SegmentTable([segment(1, 8), segment(2, 9), segment(3, 8)]);
  const found = finish(outlinesOf(map, table, [1, 3]));
  assert.deepEqual(found.map((entry) => entry.class), [8]);
  assert.equal(found[0].path.match(/M/g).length, 2);
  assert.ok(found[0].path.split(" ").length < 130);
});
