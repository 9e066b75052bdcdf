import assert from "node:assert/strict";
import { test } from "node:test";
import { segmentActions } from "../../annotator/static/annotator/editor/input/segment_actions.js";
import { reasonNot } from "../../annotator/static/annotator/editor/input/reasons.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { packEdits, unpackEdits } from "../../annotator/static/annotator/editor/packed_edits.js";
import { areaOf } from "../../annotator/static/annotator/editor/runs.js";
import { planOf, SegmentPlan } from "../../annotator/static/annotator/editor/segment_plan.js";
import { portions } from "../../annotator/static/annotator/editor/segment_writer.js";
import { capsuleRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { finish } from "../../annotator/static/annotator/editor/turns.js";
import { paint, pixelsOf, segment } from "./paint.mjs";
import { seeded } from "./random.mjs";
import { createBench, settled, useTool } from "./workbench.mjs";

const block = (x0, y0, x1, y1) => Array.from({ length: y1 - y0 }, (_, i) => [y0 + i, x0, x1]).flat();
const GRID = 20;

/** 400 cars of 8 × 8 pixels with a hole each, and a road (1) in the middle of nothing. */
function parkingLot() {
  const map = new LabelMap(600, 600);
  const segments = [];
  for (let i = 0; i < GRID * GRID; i++) {
    const [x, y] = [30 * (i % GRID), 30 * Math.floor(i / GRID)];
    paint(map, block(x, y, x + 8, y + 8), i + 1);
    paint(map, block(x + 3, y + 3, x + 5, y + 5), 0);
    segments.push(segment(i + 1, 2));
  }
  return { map, segments, ids: segments.map(({ id }) => id), width: 600, height: 600 };
}

test("a plan for many segments reads the map once, not once for each", () => {
  const { map, ids } = parkingLot();
  const reads = (chosen) => {
    let count = 0;
    const counted = Object.create(map, { tile: { value: (index) => (count++, map.tile(index)) } });
    for (const operation of ["grow", "shrink", "fillHoles", "keepLargest", "removeSpecks"])
      planOf(counted, operation, { ids: chosen, px: 1, pixels: 4 });
    return count;
  };
  assert.ok(reads(ids) <= reads(ids.slice(0, 1)));
});

const OF_EACH = ["split", "fillHoles", "keepLargest", "removeSpecks", "grow", "shrink"];

for (const operation of [...OF_EACH, "merge", "erase", "keepOnly"]) {
  test(`a plan that the map overtakes comes to the same as one made afterwards: ${operation}`, () => {
    const random = seeded(5);
    const bench = createBench(parkingLot());
    const { document } = bench;
    const options = { ids: [3, 7, 20, 45, 46, 210], px: 3, pixels: 9 };
    const plan = new SegmentPlan(document.mirror.map, operation, options);
    document.mirror.copy.planned = { key: 1, plan };
    for (let round = 0; round < 4; round++) {
      const work = plan.work();
      for (let i = random.int(0, 5); i > 0; i--) work.next();
      document.begin("stroke", random.int(0, 60));
      document.write(capsuleRuns([random.int(0, 600), random.int(0, 80)], [random.int(0, 600), random.int(0, 80)], 20));
      document.commit();
      finish(work);
    }
    finish(plan.work());
    const written = (edits) => {
      const copy = LabelMap.from({ width: 600, height: 600, tiles: copyOf(document.map), segments: [] });
      for (const { id, like, runs } of edits) paint(copy, runs, id < 0 ? 1000 + like : id);
      return pixelsOf(copy);
    };
    assert.deepEqual(written(plan.edits), written(planOf(document.map, operation, options)));
  });
}

function copyOf(map) {
  return Array.from({ length: map.tileCount }, (_, index) => map.tile(index)?.slice() ?? null);
}

test("only segments that changed are worked out again", () => {
  const bench = createBench(parkingLot());
  const { mirror } = bench.document;
  const plan = new SegmentPlan(mirror.map, "grow", { ids: [1, 2, 3, 4], px: 1 });
  mirror.copy.planned = { key: 1, plan };
  finish(plan.work());
  const before = new Map(plan.bySegment);
  bench.document.begin("stroke", 2);
  bench.document.write(block(30, 10, 40, 12));
  bench.document.commit();
  finish(plan.work());
  assert.deepEqual(
    [1, 2, 3, 4].map((id) => plan.bySegment.get(id) === before.get(id)),
    [true, false, true, true],
  );
});

test("edits cross to the page and back as they are", () => {
  const runs = Int32Array.from([1, 2, 3, 4, 5, 6]);
  const edits = [{ runs, id: 7 }, { runs: runs.subarray(3), id: -1, like: 9 }];
  assert.deepEqual(unpackEdits(packEdits(edits)), edits);
});

test("Esc gives an operation up, with those that wait for it, and nothing is changed", async () => {
  const bench = createBench(parkingLot());
  const { store, document, segmentEdits, refusals } = bench;
  store.selectedSegments.value = new Set(document.segments.list().map(({ id }) => id));
  const { run } = document.mirror;
  document.mirror.run = async (job, payload, transfer, watch) => {
    store.task.value?.cancel();
    return run(job, payload, transfer, watch);
  };
  await Promise.all([segmentEdits.grow(), segmentEdits.fillHoles()]);
  assert.deepEqual(refusals, ["Grow: stopped. Nothing was changed."]);
  assert.equal(document.history.done.length, 0);
  assert.equal(store.task.value, null);
});

test("two operations in a row are done one after the other", async () => {
  const bench = createBench(parkingLot());
  const { store, document, segmentEdits } = bench;
  store.segmentId.value = 22;
  store.growPx.value = 1;
  await Promise.all([segmentEdits.grow(), segmentEdits.grow()]);
  assert.equal(document.history.done.length, 2);
  assert.equal(document.map.get(28, 33), 22);
});

test("a stroke painted while an operation is worked out stays, and the operation fits it", async () => {
  const bench = createBench(parkingLot());
  const { store, document, segmentEdits } = bench;
  store.selectedSegments.value = new Set([22, 23]);
  store.growPx.value = 2;
  const { run } = document.mirror;
  let plans = 0;
  document.mirror.run = async (job, payload, ...more) => {
    const answer = await run(job, payload, ...more);
    if (job !== "plan" || plans++) return answer;
    document.begin("stroke", 22);
    document.write(block(30, 45, 38, 50));
    document.commit();
    return answer;
  };
  await segmentEdits.grow();
  assert.equal(plans, 2);
  assert.deepEqual([document.map.get(34, 47), document.map.get(34, 51), document.map.get(64, 39)], [22, 22, 23]);
  assert.deepEqual(
    document.history.done.map(({ label }) => label),
    ["", "Grow"].map((label) => label || "stroke"),
  );
});

/** A ring (4) with a dot (5) in it, another dot (6) outside. */
function ring() {
  const map = new LabelMap(300, 260);
  paint(map, block(20, 20, 80, 80), 4);
  paint(map, block(30, 30, 70, 70), 0);
  paint(map, block(40, 40, 50, 50), 5);
  paint(map, block(150, 150, 160, 160), 6);
  return createBench({ map, segments: [segment(4, 2), segment(5, 2), segment(6, 3)] });
}

/** Selects in the order given, as clicks with Shift do. */
function select({ store }, ...ids) {
  store.selectedSegments.value = new Set(ids);
  store.segmentId.value = ids.at(-1);
}

for (const operation of ["intersect", "subtract"]) {
  test(`segments that lie apart are left as they are, and the user is told: ${operation}`, async () => {
    const bench = ring();
    const before = pixelsOf(bench.document.map);
    select(bench, 6, 4);
    await bench.segmentEdits[operation]();
    assert.deepEqual(pixelsOf(bench.document.map), before);
    assert.equal(bench.document.history.done.length, 0);
    assert.match(bench.refusals.at(-1), /lie apart/);
  });
}

test("what lies in the hole of another segment is taken away by it", async () => {
  const bench = ring();
  select(bench, 5, 4);
  await bench.segmentEdits.subtract();
  assert.equal(bench.document.map.counts[5], 0);
});

test("segments of different classes become one of the class chosen last", async () => {
  const bench = ring();
  select(bench, 6, 5);
  await bench.segmentEdits.merge();
  assert.equal(bench.document.map.get(155, 155), 5);
  assert.match(bench.refusals.at(-1), /all of it is Car now/);
});

/** With a proposal open over x 25 to 60, y 25 to 45. */
async function proposed(...ids) {
  const bench = ring();
  bench.suggestions.preview(block(25, 25, 60, 45));
  select(bench, ...ids);
  return bench;
}

test("an open proposal is added to the chosen segment", async () => {
  const bench = await proposed(5);
  await bench.segmentEdits.merge();
  assert.deepEqual([bench.document.map.get(26, 26), bench.document.map.get(45, 48)], [5, 5]);
  assert.equal(bench.store.proposal.value, null);
  assert.equal(bench.document.history.done.length, 1);
});

test("the chosen segment keeps, or loses, what an open proposal covers", async () => {
  const kept = await proposed(5);
  await kept.segmentEdits.intersect();
  const labels = ({ document: { map } }) => [map.get(45, 44), map.get(45, 46), map.get(26, 26)];
  assert.deepEqual(labels(kept), [5, 0, 4]);
  const lost = await proposed(5);
  await lost.segmentEdits.subtract();
  assert.deepEqual(labels(lost), [0, 5, 4]);
});

test("a proposal apart from the chosen segment changes nothing, stays open, and the user is told", async () => {
  for (const operation of ["intersect", "subtract"]) {
    const bench = await proposed(6);
    await bench.segmentEdits[operation]();
    assert.equal(bench.document.history.done.length, 0);
    assert.notEqual(bench.store.proposal.value, null);
    assert.match(bench.refusals.at(-1), /lie apart/);
  }
});

test("a large step is undone in turns, and a stroke that comes meanwhile waits for none of it", async () => {
  const bench = createBench({ width: 6000, height: 9000 });
  const { document } = bench;
  document.begin("all", 1);
  document.write(block(0, 0, 6000, 9000));
  document.commit();
  document.undo();
  assert.ok(document.stepping, "it goes on after this turn");
  document.begin("stroke", 2);
  assert.equal(document.stepping, null);
  document.write(block(0, 0, 10, 10));
  document.commit();
  assert.deepEqual([document.map.counts[1], document.map.counts[2]], [0, 100]);
  assert.deepEqual([document.mirror.map.counts[1], document.mirror.map.counts[2]], [0, 100]);
  document.undo();
  await settled(bench);
  assert.equal(document.map.labelledPixels, 0);
});

test("a large step undone and redone in turns gives the same pixels", async () => {
  const bench = createBench({ width: 6000, height: 9000 });
  const { document } = bench;
  document.begin("all", 1);
  document.write(capsuleRuns([0, 0], [6000, 2600], 800));
  document.commit();
  const pixels = document.map.counts[1];
  document.undo();
  while (document.stroke) await document.whenIdle();
  assert.equal(document.map.counts[1], 0);
  assert.equal(document.mirror.map.counts[1], 0);
  document.redo();
  while (document.stroke) await document.whenIdle();
  assert.equal(document.map.counts[1], pixels);
  assert.equal(document.mirror.map.counts[1], pixels);
});

test("an operation that cannot be done says why", () => {
  const bench = ring();
  const { store } = bench;
  const actions = segmentActions({ ...bench, mode: { name: "annotate" }, predictionHelp: {} });
  const reason = (name) => {
    const action = actions.find((known) => known.name === name);
    return action.isEnabled() ? "" : reasonNot(store, action);
  };
  assert.match(reason("delete-segments"), /Select a segment first/);
  assert.match(reason("accept-segment"), /no prediction/);
  select(bench, 5);
  assert.equal(reason("delete-segments"), "");
  assert.match(reason("intersect"), /Select two segments/);
  bench.suggestions.preview(block(0, 0, 9, 9));
  assert.equal(reason("intersect"), "");
  store.image.value = { ...store.image.value, editable: false, read_only_reason: "Bob has it." };
  for (const { name } of actions.filter(({ group }) => group === "Segments")) assert.match(reason(name), /Bob has it/);
});

test("what is written in one turn is bounded by runs and by pixels, and nothing is left out", () => {
  const wide = block(0, 0, 6000, 4000);
  const parts = [...portions(wide)];
  assert.deepEqual(parts.flatMap((part) => [...part]), wide);
  assert.ok(Math.max(...parts.map(areaOf)) < 600_000);
  const narrow = block(0, 0, 1, 20_000);
  assert.equal([...portions(narrow)].length, 5);
  assert.deepEqual([...portions([])], []);
});
