import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { runsOfLayer } from "../../annotator/static/annotator/editor/operations.js";
import { runsOf, tableOf } from "../../annotator/static/annotator/editor/regions.js";
import { planOf, SegmentPlan } from "../../annotator/static/annotator/editor/segment_plan.js";
import { capsuleRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { paint, pixelsOf } from "./paint.mjs";
import { seeded } from "./random.mjs";

const WIDTH = 280;
const HEIGHT = 60;

/** Lines of three ids across a tile border, with holes and specks. */
function randomMap(random) {
  const map = new LabelMap(WIDTH, HEIGHT);
  for (let i = 0; i < 40; i++) {
    const point = () => [random.int(0, WIDTH), random.int(0, HEIGHT)];
    const from = point();
    const to = random.next() < 0.5 ? from : point();
    paint(map, capsuleRuns(from, to, random.int(1, 12)), random.int(0, 4));
  }
  return map;
}

/** Carries a plan out, new segments from 100 upwards. */
function carryOut(map, edits, table = null) {
  for (const { runs, id } of edits) paint(map, runs, id < 0 ? 99 - id : id, table);
  return pixelsOf(map);
}

function partsOf(pixels, id) {
  const seen = new Uint8Array(pixels.length);
  const parts = [];
  for (let start = 0; start < pixels.length; start++) {
    if (pixels[start] !== id || seen[start]) continue;
    const part = [];
    const open = [start];
    while (open.length) {
      const p = open.pop();
      if (seen[p] || pixels[p] !== id) continue;
      seen[p] = 1;
      part.push(p);
      if (p % WIDTH) open.push(p - 1);
      if ((p + 1) % WIDTH) open.push(p + 1);
      if (p >= WIDTH) open.push(p - WIDTH);
      if (p + WIDTH < pixels.length) open.push(p + WIDTH);
    }
    parts.push(part);
  }
  return parts;
}

for (const seed of [1, 2, 3, 4]) {
  test(`splitting leaves every new object in one piece and changes nothing else (${seed})`, () => {
    const map = randomMap(seeded(seed));
    const before = pixelsOf(map);
    const parts = partsOf(before, 2);
    const after = carryOut(map, planOf(map, "split", { ids: [2] }));
    const ids = new Set(parts.map((part) => after[part[0]]));
    assert.equal(ids.size, parts.length, "one id per part");
    for (const part of parts) assert.ok(part.every((p) => after[p] === after[part[0]]));
    const largest = Math.max(...parts.map((part) => part.length));
    assert.equal(partsOf(after, 2)[0].length, largest, "the largest keeps its id");
    before.forEach((id, p) => id !== 2 && assert.equal(after[p], id));
  });

  test(`keeping the largest part and removing specks agree with the parts (${seed})`, () => {
    const random = seeded(seed);
    const before = pixelsOf(randomMap(random));
    const parts = partsOf(before, 1).sort((a, b) => b.length - a.length);
    const kept = carryOut(randomMap(seeded(seed)), planOf(randomMap(seeded(seed)), "keepLargest", { ids: [1] }));
    assert.equal(kept.filter((id) => id === 1).length, parts[0].length);
    const limit = 30;
    const map = randomMap(seeded(seed));
    const after = carryOut(map, planOf(map, "removeSpecks", { ids: [1], pixels: limit }));
    for (const part of parts)
      assert.ok(part.every((p) => after[p] === (part.length < limit ? 0 : 1)), `a part of ${part.length} pixels`);
  });

  test(`filled holes leave none behind (${seed})`, () => {
    const map = randomMap(seeded(seed));
    carryOut(map, planOf(map, "fillHoles", { ids: [3] }));
    assert.equal(planOf(map, "fillHoles", { ids: [3] }).length, 0);
  });

  test(`growing and shrinking follow the distance (${seed})`, () => {
    const radius = 3;
    const before = pixelsOf(randomMap(seeded(seed)));
    const reach = (p, test) => {
      const [x, y] = [p % WIDTH, Math.floor(p / WIDTH)];
      for (let dy = -radius; dy <= radius; dy++)
        for (let dx = -radius; dx <= radius; dx++) {
          const [nx, ny] = [x + dx, y + dy];
          if (dx * dx + dy * dy > radius * radius || nx < 0 || ny < 0 || nx >= WIDTH || ny >= HEIGHT) continue;
          if (test(before[ny * WIDTH + nx])) return true;
        }
      return false;
    };
    const grown = randomMap(seeded(seed));
    carryOut(grown, planOf(grown, "grow", { ids: [2], px: radius }));
    pixelsOf(grown).forEach((id, p) => assert.equal(id === 2, reach(p, (old) => old === 2), `pixel ${p}`));
    const shrunk = randomMap(seeded(seed));
    carryOut(shrunk, planOf(shrunk, "shrink", { ids: [2], px: radius }));
    pixelsOf(shrunk).forEach((id, p) =>
      assert.equal(id === 2, before[p] === 2 && !reach(p, (old) => old !== 2), `pixel ${p}`),
    );
  });

  test(`merging, deleting and keeping only some move every pixel (${seed})`, () => {
    const merged = randomMap(seeded(seed));
    const before = pixelsOf(merged);
    assert.deepEqual(
      carryOut(merged, planOf(merged, "merge", { ids: [3, 1] })),
      before.map((id) => (id === 1 ? 3 : id)),
    );
    const erased = randomMap(seeded(seed));
    assert.deepEqual(
      carryOut(erased, planOf(erased, "erase", { ids: [1, 2] })),
      before.map((id) => (id === 1 || id === 2 ? 0 : id)),
    );
    const kept = randomMap(seeded(seed));
    assert.deepEqual(
      carryOut(kept, planOf(kept, "keepOnly", { ids: [2] })),
      before.map((id) => (id === 2 ? 2 : 0)),
    );
  });
}

function framed() {
  const map = new LabelMap(WIDTH, HEIGHT);
  for (let y = 10; y < 50; y++) paint(map, [y, 20, 80], 1);
  for (let y = 20; y < 40; y++) paint(map, [y, 30, 70], 0);
  for (let y = 15; y < 30; y++) paint(map, [y, 5, 60], 2, tableOf([0]));
  return map;
}

test("one segment is kept or taken away within the outline of another, whose hole counts as inside", () => {
  const map = framed();
  const before = pixelsOf(map);
  const isWithin = (p) => p % WIDTH >= 20 && p % WIDTH < 80 && p >= 10 * WIDTH && p < 50 * WIDTH;
  const cut = carryOut(framed(), planOf(map, "intersect", { ids: [2, 1] }));
  before.forEach((id, p) => assert.equal(cut[p], id === 2 && !isWithin(p) ? 0 : id));
  const taken = carryOut(framed(), planOf(map, "subtract", { ids: [2, 1] }));
  before.forEach((id, p) => assert.equal(taken[p], id === 2 && isWithin(p) ? 0 : id));
});

test("a line from side to side cuts an object in two that together are the whole", () => {
  const map = new LabelMap(WIDTH, HEIGHT);
  paint(map, capsuleRuns([60, 30], [200, 30], 40), 1);
  paint(map, capsuleRuns([250, 30], [250, 30], 10), 1);
  const before = pixelsOf(map);
  const after = carryOut(map, planOf(map, "cut", { ids: [1], points: [[150, 0], [140, 59]] }));
  assert.deepEqual([...new Set(after)].sort(), [0, 1, 100]);
  before.forEach((id, p) => assert.equal(after[p] > 0, id > 0));
  assert.equal(partsOf(after, 100).length, 1);
  assert.equal(partsOf(after, 1).length, 2, "the part that the line does not touch keeps the id");
  assert.equal(after[30 * WIDTH + 250], 1);
});

test("a line that ends inside an object, or misses it, cuts nothing", () => {
  const map = new LabelMap(WIDTH, HEIGHT);
  paint(map, capsuleRuns([60, 30], [200, 30], 40), 1);
  assert.deepEqual(planOf(map, "cut", { ids: [1], points: [[150, 0], [150, 30]] }), []);
  assert.deepEqual(planOf(map, "cut", { ids: [1], points: [[0, 0], [WIDTH, 0]] }), []);
});

test("what another labelling holds comes back by segment", () => {
  const map = randomMap(seeded(9));
  const pixels = pixelsOf(map);
  const all = runsOfLayer(map, null);
  assert.deepEqual(all.map(({ id }) => id).sort(), [1, 2, 3]);
  const copy = new LabelMap(WIDTH, HEIGHT);
  for (const { id, runs } of all) paint(copy, runs, id);
  assert.deepEqual(pixelsOf(copy), pixels);
  assert.deepEqual(runsOfLayer(map, [2]).map(({ id }) => id), [2]);
});

test("runs of a map with packed tiles are those of the open one", () => {
  const open = randomMap(seeded(10));
  const packed = randomMap(seeded(10));
  for (let index = 0; index < packed.tileCount; index++) {
    const tile = packed.tile(index);
    if (tile) packed.pack(index, tile);
  }
  for (const ids of [[1], [2, 3], [0]]) assert.deepEqual(runsOf(packed, tableOf(ids)), runsOf(open, tableOf(ids)));
});
