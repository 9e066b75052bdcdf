import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeLabels } from "../../annotator/static/annotator/editor/merge.js";
import { freeId } from "../../annotator/static/annotator/editor/segments.js";
import { CLASSES, segment } from "./paint.mjs";

/** A tile with the given pixels set: {position: id}. */
function tile(pixels) {
  const out = new Uint16Array(65536);
  for (const [position, id] of Object.entries(pixels)) out[Number(position)] = id;
  return out;
}

function merge({ base = {}, mine, theirs, baseSegments = [], mySegments = [], theirSegments = [] }) {
  const result = mergeLabels({
    baseSegments,
    mySegments,
    theirSegments,
    classes: CLASSES,
    myTiles: new Map([[0, { base: tile(base), now: tile(mine) }]]),
    theirTile: () => (theirs ? tile(theirs) : null),
  });
  const merged = result.tiles.get(0);
  return { ...result, at: (position) => merged[position] };
}

test("pixels that only one side changed are taken from that side", () => {
  const road = [segment(1, 1)];
  const { at, contested } = merge({
    base: { 0: 1, 1: 1 },
    mine: { 0: 1, 1: 1, 2: 1 },
    theirs: { 0: 1, 3: 1 },
    baseSegments: road,
    mySegments: road,
    theirSegments: road,
  });
  assert.deepEqual([at(0), at(1), at(2), at(3)], [1, 0, 1, 1]);
  assert.equal(contested.size, 0);
});

test("where both drew, my pixels stand and are counted", () => {
  const both = [segment(1, 1), segment(2, 2)];
  const { at, contested } = merge({
    mine: { 5: 2, 6: 2 },
    theirs: { 5: 1, 6: 2 },
    baseSegments: both,
    mySegments: both,
    theirSegments: both,
  });
  assert.deepEqual([at(5), at(6)], [2, 2]);
  assert.deepEqual(contested, new Map([[0, [5]]]));
});

test("what I erased stays erased", () => {
  const road = [segment(1, 1)];
  const { at } = merge({
    base: { 0: 1 },
    mine: {},
    theirs: { 0: 1, 1: 1 },
    baseSegments: road,
    mySegments: road,
    theirSegments: road,
  });
  assert.deepEqual([at(0), at(1)], [0, 1]);
});

test("two new objects that were given the same id become two objects", () => {
  const { at, remap, segments } = merge({
    mine: { 0: 7 },
    theirs: { 9: 7 },
    mySegments: [segment(7, 2)],
    theirSegments: [segment(7, 2)],
  });
  assert.equal(at(9), 7);
  assert.notEqual(at(0), 7);
  assert.equal(remap.get(7), at(0));
  assert.deepEqual(
    segments.map(({ id }) => id),
    [7, at(0)],
  );
});

test("one id for two classes becomes two segments", () => {
  const { at, segments } = merge({
    mine: { 0: 7 },
    theirs: { 9: 7 },
    mySegments: [segment(7, 2)],
    theirSegments: [segment(7, 1)],
  });
  assert.equal(segments.find(({ id }) => id === at(0)).class, 2);
  assert.equal(segments.find(({ id }) => id === at(9)).class, 1);
});

test("a stuff class that both began keeps one segment: theirs", () => {
  const { at, segments } = merge({
    mine: { 0: 3 },
    theirs: { 9: 8 },
    mySegments: [segment(3, 1)],
    theirSegments: [segment(8, 1)],
  });
  assert.deepEqual([at(0), at(9)], [8, 8]);
  assert.deepEqual(
    segments.map(({ id }) => id),
    [8],
  );
});

test("a save of mine that did arrive is recognised, so that nothing is doubled", () => {
  const { at, remap, segments } = merge({
    mine: { 0: 7 },
    theirs: { 0: 7 },
    mySegments: [segment(7, 2)],
    theirSegments: [segment(7, 2)],
  });
  assert.equal(at(0), 7);
  assert.equal(remap.size, 0);
  assert.equal(segments.length, 1);
});

test("a new id is free on both sides", () => {
  const { remap } = merge({
    mine: { 0: 7, 1: 8 },
    theirs: { 9: 7, 10: 9 },
    mySegments: [segment(7, 2), segment(8, 2)],
    theirSegments: [segment(7, 2), segment(9, 2)],
  });
  assert.ok(![7, 8, 9].includes(remap.get(7)));
});

test("a segment that they erased and I painted on is in the table again", () => {
  const car = [segment(4, 2)];
  const { at, segments } = merge({
    base: { 0: 4 },
    mine: { 0: 4, 1: 4 },
    theirs: {},
    baseSegments: car,
    mySegments: car,
  });
  assert.deepEqual([at(0), at(1)], [0, 4]);
  assert.deepEqual(segments, car);
});

test("a free id lies above those in use, and the last gap is found when none does", () => {
  assert.equal(
    freeId(
      new Map([
        [3, 1],
        [9, 1],
      ]),
    ),
    10,
  );
  const full = new Map(Array.from({ length: 65535 }, (_, i) => [i + 1, 1]));
  full.delete(77);
  assert.equal(freeId(full), 77);
  full.set(77, 1);
  assert.throws(() => freeId(full), RangeError);
});
