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
