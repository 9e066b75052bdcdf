/** What the tests paint with: a map, one call per stroke, and the pixels as rows of text. */
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { writeRuns } from "../../annotator/static/annotator/editor/rasterizer.js";
import { Transaction } from "../../annotator/static/annotator/editor/transaction.js";

export const CLASSES = [
  { id: 1, name: "Road", color: "#ff0000", kind: "stuff", ignore: false },
  { id: 2, name: "Car", color: "#00ff00", kind: "thing", ignore: false },
];

export function paint(map, runs, id, mayOverwrite = null) {
  const transaction = new Transaction(map);
  writeRuns(map, runs, id, transaction, mayOverwrite);
  return transaction;
}

/** Pixels of the runs in a width × height map, "#" where set. */
export function picture(runs, width, height) {
  const map = new LabelMap(width, height);
  paint(map, runs, 1);
  return rows(map);
}

export function rows(map) {
  return Array.from({ length: map.height }, (_, y) =>
    Array.from({ length: map.width }, (_, x) => (map.get(x, y) ? "#" : ".")).join(""),
  );
}

export function pixelsOf(map) {
  const out = new Uint16Array(map.width * map.height);
  for (let y = 0; y < map.height; y++) for (let x = 0; x < map.width; x++) out[y * map.width + x] = map.get(x, y);
  return out;
}

export function countsOf(map) {
  const counts = new Uint32Array(65536);
  for (const id of pixelsOf(map)) if (id) counts[id]++;
  return counts;
}

export const segment = (id, classId, more = {}) => ({
  id,
  class: classId,
  source: "human",
  score: null,
  model: null,
  ...more,
});
