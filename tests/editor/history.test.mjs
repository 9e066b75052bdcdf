import assert from "node:assert/strict";
import { test } from "node:test";
import { deltaOf } from "../../annotator/static/annotator/editor/delta.js";
import { History } from "../../annotator/static/annotator/editor/history.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { capsuleRuns, polygonRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { CLASSES, countsOf, only, openDocument, paint, pixelsOf, segment, tilesOf } from "./paint.mjs";
import { seeded } from "./random.mjs";

function openedDocument(width, height) {
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
  const decoded = { width, height, tiles: tilesOf(map), segments: [segment(1, CLASSES[0].id)] };
  return { document: openDocument(decoded, (deltas) => edited.push(deltas)), edited };
}

function randomStroke(document, random) {
  const point = () => [random.int(-20, 320), random.int(-20, 280)];
  const mayOverwrite = random.next() < 0.3 ? only(0) : null;
  document.begin("stroke", random.int(0, 4), mayOverwrite);
  for (let i = random.int(1, 4); i > 0; i--) {
    document.write(
      random.next() < 0.5 ? capsuleRuns(point(), point(), random.int(1, 60)) : polygonRuns([point(), point(), point()]),
    );
  }
  if (random.next() < 0.15) document.rollback();
  else document.commit();
}

test("undoing everything gives the first pixels back, redoing everything the last", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = seeded(seed);
    const { document } = openedDocument(300, 260);
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
  const { document } = openedDocument(300, 260);
  for (let i = 0; i < 20; i++) {
    if (random.next() < 0.3) document.undo();
    else randomStroke(document, random);
    assert.deepEqual(document.map.counts, countsOf(document.map));
  }
});

test("pixels outside the image stay zero in the edge tiles", () => {
  const { document } = openedDocument(300, 260);
  document.begin("stroke", 3);
  document.write(
    polygonRuns([
      [-50, -50],
      [600, -50],
      [600, 600],
      [-50, 600],
    ]),
  );
  document.commit();
  const corner = document.map.tile(3);
  assert.equal(corner[0], 3);
  assert.equal(corner[300 - 256], 0);
  assert.equal(corner[4 << 8], 0);
  assert.equal(document.map.counts[3], 300 * 260);
});

test("a stroke that changes nothing leaves no step behind", () => {
  const { document, edited } = openedDocument(300, 260);
  document.begin("eraser", 0);
  document.write(capsuleRuns([5, 200], [5, 200], 9));
  assert.equal(document.commit(), false);
  assert.equal(document.history.done.length, 0);
  assert.equal(edited.length, 0);
});

test("a cancelled stroke leaves the pixels as they were", () => {
  const { document } = openedDocument(300, 260);
  const before = pixelsOf(document.map);
  document.begin("brush", 2);
  document.write(capsuleRuns([10, 10], [280, 240], 40));
  document.rollback();
  assert.deepEqual(pixelsOf(document.map), before);
  assert.deepEqual(document.map.counts, countsOf(document.map));
});

test("undo leaves alone what somebody else drew over my stroke", () => {
  const { document } = openedDocument(300, 260);
  document.begin("brush", 2);
  document.write([5, 0, 10]);
  document.commit();
  const theirs = document.map.tile(0).slice();
  theirs[(5 << 8) | 4] = 7;
  document.adopt(new Map([[0, theirs]]), [], new Map());
  document.undo();
  assert.equal(document.map.get(4, 5), 7);
  assert.equal(document.map.get(3, 5), 0);
});

test("undo after a merge knows the new ids of my segments", () => {
  const { document } = openedDocument(300, 260);
  document.begin("brush", 2);
  document.write([5, 0, 10]);
  document.commit();
  const merged = document.map.tile(0).map((id) => (id === 2 ? 9 : id));
  document.adopt(new Map([[0, merged]]), [], new Map([[2, 9]]));
  document.undo();
  assert.equal(document.map.get(3, 5), 0);
  document.redo();
  assert.equal(document.map.get(3, 5), 9);
});

test("the oldest strokes go when the history outgrows its budget, the newest never", () => {
  const history = new History(6000);
  const entry = (label) => ({
    label,
    segments: [],
    deltas: [deltaOf(0, null, Uint16Array.from({ length: 65536 }, (_, p) => (p < 200 ? p : 0)))],
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
  const { document } = openedDocument(300, 260);
  const stroke = (y) => {
    document.begin("brush", 2);
    document.write([y, 0, 10]);
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

test("a change of the segment table is undone and redone with its stroke", () => {
  const { document } = openedDocument(300, 260);
  document.begin("class", 0);
  document.setSegment(1, segment(1, 2));
  assert.equal(document.commit(), true);
  document.undo();
  assert.equal(document.segments.get(1).class, 1);
  document.redo();
  assert.equal(document.segments.get(1).class, 2);
  document.begin("class", 0);
  document.setSegment(1, null);
  document.rollback();
  assert.equal(document.segments.get(1).class, 2);
});

test("the mirror follows every stroke, undo, redo and merge", () => {
  for (let seed = 20; seed < 24; seed++) {
    const random = seeded(seed);
    const { document } = openedDocument(300, 260);
    for (let i = 0; i < 20; i++) {
      const dice = random.next();
      if (dice < 0.2) document.undo();
      else if (dice < 0.3) document.redo();
      else if (dice < 0.4) document.adopt(new Map([[1, new Uint16Array(65536).fill(random.int(0, 4), 0, 44)]]), [], new Map());
      else randomStroke(document, random);
    }
    assert.deepEqual(pixelsOf(document.mirror.map), pixelsOf(document.map), `seed ${seed}`);
    assert.deepEqual(document.mirror.map.counts, document.map.counts);
  }
});

test("undoing a new object keeps its row while somebody else's pixels carry its id", () => {
  const { document } = openedDocument(300, 260);
  document.begin("object", 9);
  document.setSegment(9, segment(9, 2));
  document.write([5, 0, 10]);
  document.commit();
  const theirs = document.map.tile(0).slice();
  theirs[(50 << 8) | 4] = 9;
  document.adopt(new Map([[0, theirs]]), document.segments.list(), new Map());
  document.undo();
  assert.deepEqual([document.map.get(4, 5), document.map.get(4, 50)], [0, 9]);
  assert.equal(document.segments.get(9)?.class, 2);
});

test("what was undone before a merge cannot be redone after it", () => {
  const { document } = openedDocument(300, 260);
  document.begin("object", 2);
  document.setSegment(2, segment(2, 2));
  document.write([5, 0, 10]);
  document.commit();
  document.undo();
  document.adopt(new Map([[1, null]]), [segment(1, 1), segment(2, 1)], new Map());
  document.redo();
  assert.equal(document.segments.get(2).class, 1, "their Road stays a Road");
});
