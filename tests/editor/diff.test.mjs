import assert from "node:assert/strict";
import { test } from "node:test";
import { ADDED, CHANGED, REMOVED, compareLabels } from "../../annotator/static/annotator/editor/diff.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { SegmentTable } from "../../annotator/static/annotator/editor/segments.js";
import { paint, segment } from "./paint.mjs";

const labelled = (segments, ...strokes) => {
  const map = new LabelMap(300, 20);
  for (const [runs, id] of strokes) paint(map, runs, id);
  return { map, segments: new SegmentTable(segments) };
};

test("added, removed and changed pixels are told apart, by class and not by id", () => {
  const before = labelled([segment(1, 1), segment(2, 2)], [[0, 0, 10], 1], [[1, 0, 10], 2], [[2, 250, 260], 2]);
  const after = labelled([segment(5, 1), segment(6, 2)], [[0, 0, 10], 5], [[2, 250, 260], 5], [[3, 0, 4], 6]);
  const { tiles, changes } = compareLabels(before, after);
  const map = LabelMap.from({ width: 300, height: 20, tiles: [tiles.get(0), tiles.get(1)], segments: [] });
  assert.deepEqual(
    [map.get(3, 0), map.get(3, 1), map.get(255, 2), map.get(256, 2), map.get(1, 3)],
    [0, REMOVED, CHANGED, CHANGED, ADDED],
  );
  assert.deepEqual(
    changes.map(({ from, to, pixels }) => [from, to, pixels]).sort(),
    [
      [2, 1, 10],
      [2, null, 10],
      [null, 2, 4],
    ].sort(),
  );
  assert.deepEqual(changes.find(({ to }) => to === 1).box, { x0: 250, y0: 2, x1: 260, y1: 3 });
});

test("places that do not touch are told apart, across tiles too, the largest first", () => {
  const after = labelled(
    [segment(1, 1), segment(2, 2)],
    [[0, 0, 4, 1, 3, 5], 1],
    [[0, 20, 22], 1],
    [[9, 250, 262], 1],
    [[10, 256, 258], 2],
  );
  const before = labelled([]);
  const { changes, count, pixels } = compareLabels(before, after);
  assert.deepEqual(
    changes.map(({ to, pixels: size, box }) => [to, size, box.x0, box.y0, box.x1, box.y1]),
    [
      [1, 12, 250, 9, 262, 10],
      [1, 6, 0, 0, 5, 2],
      [1, 2, 20, 0, 22, 1],
      [2, 2, 256, 10, 258, 11],
    ],
  );
  assert.deepEqual([count, pixels], [4, [22, 0, 0]]);
});

test("of more places than anybody walks through the largest are listed, and all are counted", () => {
  const specks = Array.from({ length: 40 }, (_, i) => [2 * (i % 10), 6 * Math.floor(i / 10), 6 * Math.floor(i / 10) + 1]);
  const after = labelled([segment(1, 1), segment(2, 2)], [specks.flat(), 1], [[1, 100, 110], 2]);
  const { changes, count } = compareLabels(labelled([]), after, 5);
  assert.deepEqual([changes.length, changes[0].pixels, count], [5, 10, 41]);
});
