import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelDocument } from "../../annotator/static/annotator/editor/document.js";
import { History } from "../../annotator/static/annotator/editor/history.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { capsuleRuns, polygonRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { CLASSES, countsOf, paint, pixelsOf, segment } from "./paint.mjs";
import { seeded } from "./random.mjs";

function openDocument(width, height) {
  const map = new LabelMap(width, height);
  paint(
    map,
    polygonRuns([
      [20, 10],
      [290, 30],
      [150, 250],
    ]),
    1,
  );
  const edited = [];
  const document = new LabelDocument(
    { width, height, tiles: map.tiles, segments: [segment(1, CLASSES[0].id)] },
    { changed: () => {}, edited: (before) => edited.push(before) },
  );
  return { document, edited };
}

function randomStroke(document, random) {
  document.begin("stroke", random.int(0, 4));
  const point = () => [random.int(-20, 320), random.int(-20, 280)];
  const mayOverwrite = random.next() < 0.3 ? (id) => id === 0 : null;
  for (let i = random.int(1, 4); i > 0; i--) {
    document.write(
      random.next() < 0.5 ? capsuleRuns(point(), point(), random.int(1, 60)) : polygonRuns([point(), point(), point()]),
      mayOverwrite,
    );
  }
  if (random.next() < 0.15) document.rollback();
  else document.commit();
}

test("undoing everything gives the first pixels back, redoing everything the last", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = seeded(seed);
    const { document } = openDocument(300, 260);
    const first = pixelsOf(document.map);
    for (let i = 0; i < 25; i++) {
      const dice = random.next();
      if (dice < 0.2) document.undo();
      else if (dice < 0.3) document.redo();
      else randomStroke(document, random);
    }
    while (document.history.undone.length) document.redo();
    const last = pixelsOf(document.map);
    while (document.history.done.length) document.undo();
    assert.deepEqual(pixelsOf(document.map), first, `seed ${seed}`);
    while (document.history.undone.length) document.redo();
    assert.deepEqual(pixelsOf(document.map), last, `seed ${seed}`);
  }
});

test("the pixel counts of segments stay true through strokes, undo and redo", () => {
  const random = seeded(99);
  const { document } = openDocument(300, 260);
  for (let i = 0; i < 20; i++) {
    if (random.next() < 0.3) document.undo();
    else randomStroke(document, random);
    assert.deepEqual(document.map.counts, countsOf(document.map));
  }
});

test("pixels outside the image stay zero in the edge tiles", () => {
  const { document } = openDocument(300, 260);
  document.begin("stroke", 3);
  document.write(
    polygonRuns([
      [-50, -50],
      [600, -50],
      [600, 600],
      [-50, 600],
    ]),
    null,
  );
  document.commit();
  const corner = document.map.tiles.at(-1);
  assert.equal(corner[0], 3);
  assert.equal(corner[300 - 256], 0);
  assert.equal(corner[4 << 8], 0);
  assert.equal(document.map.counts[3], 300 * 260);
});

test("a stroke that changes nothing leaves no step behind", () => {
  const { document, edited } = openDocument(300, 260);
  document.begin("eraser", 0);
  document.write(capsuleRuns([5, 200], [5, 200], 9), null);
  assert.equal(document.commit(), false);
  assert.equal(document.history.done.length, 0);
  assert.equal(edited.length, 0);
});

test("a cancelled stroke leaves the pixels as they were", () => {
  const { document } = openDocument(300, 260);
  const before = pixelsOf(document.map);
  document.begin("brush", 2);
  document.write(capsuleRuns([10, 10], [280, 240], 40), null);
  document.rollback();
  assert.deepEqual(pixelsOf(document.map), before);
  assert.deepEqual(document.map.counts, countsOf(document.map));
});

test("undo leaves alone what somebody else drew over my stroke", () => {
  const { document } = openDocument(300, 260);
  document.begin("brush", 2);
  document.write([5, 0, 10], null);
  document.commit();
  const theirs = document.map.tiles[0].slice();
  theirs[(5 << 8) | 4] = 7;
  document.adopt(new Map([[0, theirs]]), [], new Map());
  document.undo();
  assert.equal(document.map.get(4, 5), 7);
  assert.equal(document.map.get(3, 5), 0);
});

test("undo after a merge knows the new ids of my segments", () => {
  const { document } = openDocument(300, 260);
  document.begin("brush", 2);
  document.write([5, 0, 10], null);
  document.commit();
  const merged = document.map.tiles[0].map((id) => (id === 2 ? 9 : id));
  document.adopt(new Map([[0, merged]]), [], new Map([[2, 9]]));
  document.undo();
  assert.equal(document.map.get(3, 5), 0);
  document.redo();
  assert.equal(document.map.get(3, 5), 9);
});

test("the oldest strokes go when the history outgrows its budget, the newest never", () => {
  const history = new History(3000);
  const entry = (label) => ({
    label,
    patches: [{ index: 0, x0: 0, y0: 0, x1: 20, y1: 10, before: new Uint16Array(200), after: new Uint16Array(200) }],
  });
  for (const label of ["a", "b", "c", "d"]) history.push(entry(label));
  assert.deepEqual(
    history.done.map(({ label }) => label),
    ["b", "c", "d"],
  );
  const small = new History(10);
  small.push(entry("big"));
  assert.equal(small.done.length, 1);
});

test("a new stroke after undo forgets what was undone", () => {
  const { document } = openDocument(300, 260);
  const stroke = (y) => {
    document.begin("brush", 2);
    document.write([y, 0, 10], null);
    document.commit();
  };
  stroke(1);
  stroke(2);
  document.undo();
  stroke(3);
  assert.equal(document.history.redo(), null);
  document.undo();
  document.undo();
  assert.equal(document.history.bytes > 0, true);
  assert.equal(document.map.get(3, 1), 0);
});
