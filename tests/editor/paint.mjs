/** What the tests paint with: a map, one call per stroke, and the pixels as rows of text. */
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { writeRuns } from "../../annotator/static/annotator/editor/rasterizer.js";
import { LabelDocument } from "../../annotator/static/annotator/editor/document.js";
import { Transaction } from "../../annotator/static/annotator/editor/transaction.js";
import { MirroredMap } from "../../annotator/static/annotator/editor/worker/mirrored_map.js";
import { packSave } from "../../annotator/static/annotator/editor/wire.js";

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

/** A document beside its mirror, which is in this thread here; `edited` hears of every change. */
export function openDocument(decoded, edited = () => {}) {
  const mirrored = LabelMap.from({ ...decoded, tiles: decoded.tiles.map((tile) => tile?.slice() ?? null) });
  const copy = new MirroredMap(mirrored);
  const mirror = {
    copy,
    map: mirrored,
    changes: 0,
    apply(deltas) {
      if (!deltas.length) return;
      mirror.changes++;
      copy.apply(deltas);
    },
    pack: (indices, segments) => packSave(mirrored, indices, segments),
  };
  return new LabelDocument(decoded, mirror, { changed: () => {}, edited });
}

export function tilesOf(map) {
  return Array.from({ length: map.tileCount }, (_, index) => map.tile(index)?.slice() ?? null);
}

/** By old id, 1 where it may be painted over. */
export function only(...ids) {
  const table = new Uint8Array(65536);
  for (const id of ids) table[id] = 1;
  return table;
}
