import assert from "node:assert/strict";
import { test } from "node:test";
import { edgeWindow, Livewire, PathSearch, WINDOW_PX } from "../../annotator/static/annotator/editor/worker/livewire.js";
import { seeded } from "./random.mjs";

function pixelsOf(width, height, grey) {
  const data = new Uint32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = Math.round(grey(x, y));
      data[y * width + x] = ((255 << 24) | (value << 16) | (value << 8) | value) >>> 0;
    }
  }
  return { width, height, data };
}

const RADIUS = 60;
const random = seeded(51);
const disc = pixelsOf(240, 220, (x, y) => (Math.hypot(x - 120, y - 110) < RADIUS ? 180 : 60) + random.int(0, 10));
const offEdge = ([x, y]) => Math.abs(Math.hypot(x - 120, y - 110) - RADIUS);

test("a path between two points of an edge follows the edge, not the chord", () => {
  const wire = new Livewire(disc);
  const [from, to] = [wire.snap([120 + RADIUS + 2, 110]), wire.snap([120, 110 + RADIUS - 2])];
  const path = wire.trace(from, to);
  assert.deepEqual(path[0], from);
  assert.deepEqual(path.at(-1), to);
  assert.ok(path.every((point) => offEdge(point) < 4), `${Math.max(...path.map(offEdge))} px off the edge`);
});

test("a path has no gaps and stays in the image", () => {
  const wire = new Livewire(disc);
  for (let round = 0; round < 20; round++) {
    const [from, to] = [
      [random.int(0, 240), random.int(0, 220)],
      [random.int(0, 240), random.int(0, 220)],
    ];
    const path = wire.trace(from, to);
    assert.deepEqual([path[0], path.at(-1)], [from, to]);
    for (let i = 1; i < path.length; i++) {
      assert.ok(Math.abs(path[i][0] - path[i - 1][0]) <= 1 && Math.abs(path[i][1] - path[i - 1][1]) <= 1);
      assert.ok(path[i][0] >= 0 && path[i][1] >= 0 && path[i][0] < 240 && path[i][1] < 220);
    }
  }
});

test("an anchor next to an edge is pulled onto it, one without an edge near stays", () => {
  const wire = new Livewire(disc);
  assert.ok(offEdge(wire.snap([120 + RADIUS + 3, 110])) <= 1.5);
  const plain = new Livewire(pixelsOf(50, 50, () => 90));
  assert.deepEqual(plain.snap([20, 30]), [20, 30]);
});

test("searching on for a moving pointer finds the same costs as searching anew", () => {
  const window = edgeWindow(disc, { x0: 10, y0: 10, x1: 200, y1: 190 });
  const targets = Array.from({ length: 15 }, () => [random.int(1, 189), random.int(1, 179)]);
  const moving = new PathSearch(window, 40, 50);
  for (const [x, y] of targets) {
    const fresh = new PathSearch(window, 40, 50);
    const target = moving.indexOf(x, y);
    moving.reach(target);
    fresh.reach(target);
    assert.equal(moving.cost[target], fresh.cost[target]);
  }
});

test("no step to a neighbour makes a finished path cheaper", () => {
  const window = edgeWindow(disc, { x0: 0, y0: 0, x1: 120, y1: 110 });
  const search = new PathSearch(window, 20, 30);
  search.reach(search.indexOf(118, 108));
  search.reach(search.indexOf(1, 108));
  search.reach(search.indexOf(118, 1));
  const before = search.cost.slice();
  for (let p = 0; p < before.length; p++) if (search.isDone[p] && before[p] < 0x7fffffff) search.relax(p);
  before.forEach((cost, p) => search.isDone[p] && assert.equal(search.cost[p], cost));
});

test("further than the window the path goes on straight to the pointer", () => {
  const wide = pixelsOf(WINDOW_PX * 3, 40, () => 90);
  const path = new Livewire(wide).trace([5, 20], [WINDOW_PX * 3 - 5, 20]);
  assert.deepEqual(path.at(-1), [WINDOW_PX * 3 - 5, 20]);
});

test("an image of one row has straight lines", () => {
  const path = new Livewire(pixelsOf(30, 1, () => 90)).trace([2, 0], [20, 0]);
  assert.deepEqual(path, [
    [2, 0],
    [20, 0],
  ]);
});
