import assert from "node:assert/strict";
import { test } from "node:test";
import { PredictionHelp } from "../../annotator/static/annotator/editor/prediction_help.js";
import { stencilRuns } from "../../annotator/static/annotator/editor/stencil.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { paint, pixelsOf, segment } from "./paint.mjs";
import { createBench, layerOf, settled, useTool } from "./workbench.mjs";

const block = (x0, y0, x1, y1) => Array.from({ length: y1 - y0 }, (_, i) => [y0 + i, x0, x1]).flat();

/** Road (1) left, a car (2) on it, sky (3) right of it, the rest unlabelled. */
function street(more = {}) {
  const map = new LabelMap(300, 260);
  paint(map, block(0, 0, 100, 260), 1);
  paint(map, block(40, 40, 80, 80), 2);
  paint(map, block(100, 0, 200, 260), 3);
  const segments = [segment(1, 1), segment(2, 2), segment(3, 3)];
  return createBench({ map, segments, ...more });
}

/** Which of the three areas and the unlabelled one a wide stroke of the class changed. */
function strokeAcross(bench, classId, tool = "rectangle") {
  bench.store.classId.value = classId;
  useTool(bench, tool).drag([10, 60], [250, 62]);
  const { map } = bench.document;
  return { road: map.get(20, 61), car: map.get(60, 61), sky: map.get(150, 61), nothing: map.get(240, 61) };
}

test("painting over everything changes everything", () => {
  assert.deepEqual(strokeAcross(street(), 3), { road: 3, car: 3, sky: 3, nothing: 3 });
});

test("painting over unlabelled pixels only leaves every label", () => {
  const bench = street();
  bench.store.paintOver.value = "unlabelled";
  assert.deepEqual(strokeAcross(bench, 1), { road: 1, car: 2, sky: 3, nothing: 1 });
});

test("painting over one class changes that class only", () => {
  const bench = street();
  bench.store.paintOver.value = "class";
  bench.store.paintOverClassId.value = 3;
  assert.deepEqual(strokeAcross(bench, 1), { road: 1, car: 2, sky: 1, nothing: 0 });
});

test("without a chosen class it is the one where the stroke begins", () => {
  const bench = street();
  bench.store.paintOver.value = "class";
  bench.store.cursor.value = { x: 60, y: 60 };
  bench.store.classId.value = 3;
  bench.editing.begin("stroke", "active", false);
  bench.editing.write(block(10, 60, 250, 62));
  bench.editing.commit();
  assert.deepEqual(
    [20, 60, 150, 240].map((x) => bench.document.map.get(x, 61)),
    [1, 3, 3, 0],
  );
});

test("the eraser takes the chosen class only, or that where it begins, and ignores the rule for unlabelled pixels", () => {
  const erased = (more) => {
    const bench = street();
    Object.entries(more).forEach(([name, value]) => (bench.store[name].value = value));
    useTool(bench, "eraser").drag([20, 60], [150, 60]);
    return [20, 60, 150].map((x) => bench.document.map.get(x, 60));
  };
  assert.deepEqual(erased({ paintOver: "class", paintOverClassId: 2 }), [1, 0, 3]);
  assert.deepEqual(erased({ paintOver: "class" }), [0, 2, 3]);
  assert.deepEqual(erased({ paintOver: "unlabelled" }), [0, 0, 0]);
});

const HIDING = [
  ["a class", (store) => (store.hiddenClasses.value = new Set([2])), { road: false, car: true, sky: false }],
  ["a segment", (store) => (store.hiddenSegments.value = new Set([2])), { road: false, car: true, sky: false }],
  ["all but one", (store) => (store.isolated.value = { kind: "class", id: 3 }), { road: true, car: true, sky: false }],
];

test("painting over what is visible spares what is hidden, from the brush and from the eraser", () => {
  for (const [what, hide, isSpared] of HIDING) {
    for (const tool of ["rectangle", "eraser"]) {
      const bench = street();
      bench.store.paintOver.value = "visible";
      hide(bench.store);
      const { road, car, sky } = strokeAcross(bench, 3, tool);
      assert.deepEqual({ road: road === 1, car: car === 2 }, { road: isSpared.road, car: isSpared.car }, what);
      assert.equal(sky, tool === "eraser" ? 0 : 3);
      assert.deepEqual(bench.refusals, []);
    }
  }
});

test("who paints over hidden labels is told, by how much, once until something else is hidden", () => {
  const bench = street();
  const told = () => bench.refusals.filter((text) => /hidden labels/.test(text));
  strokeAcross(bench, 3);
  assert.deepEqual(told(), []);
  bench.document.undo();
  bench.store.hiddenClasses.value = new Set([2]);
  strokeAcross(bench, 3);
  assert.equal(bench.document.map.get(60, 61), 3);
  assert.deepEqual(told(), [
    "120 pixels of hidden labels were painted over. To spare them, paint over “what is visible”.",
  ]);
  bench.document.undo();
  strokeAcross(bench, 3);
  assert.equal(told().length, 1);
  bench.document.undo();
  bench.store.hiddenClasses.value = new Set([1, 2]);
  strokeAcross(bench, 3);
  assert.equal(told().length, 2);
});

test("who paints over a chosen class that is hidden gets no advice; what was hidden is shown again where it is drawn", () => {
  const bench = street();
  Object.assign(bench.store.paintOver, { value: "class" });
  bench.store.paintOverClassId.value = 2;
  bench.store.hiddenClasses.value = new Set([2]);
  strokeAcross(bench, 3);
  assert.deepEqual(bench.refusals, ["120 pixels of hidden labels were painted over."]);
  strokeAcross(bench, 2);
  assert.match(bench.refusals.at(-1), /^Car was hidden; it is shown again/);
});

test("what outlines take away is what is visible, where that is to be painted over", () => {
  for (const [mode, left] of [["everything", 0], ["visible", 2]]) {
    const bench = street();
    bench.store.paintOver.value = mode;
    bench.store.polygonMode.value = "subtract";
    bench.store.hiddenClasses.value = new Set([2]);
    strokeAcross(bench, 2);
    assert.equal(bench.document.map.get(60, 61), left, mode);
    assert.equal(bench.refusals.length, mode === "visible" ? 0 : 1);
  }
});

test("segments that grow over hidden ones are told, those that were chosen themselves are not", async () => {
  const bench = street();
  bench.store.hiddenClasses.value = new Set([1]);
  bench.store.segmentId.value = 2;
  bench.store.growPx.value = 3;
  await bench.segmentEdits.grow();
  assert.match(bench.refusals.join(), /pixels of hidden labels were painted over/);
  const other = street();
  other.store.hiddenClasses.value = new Set([2]);
  other.store.segmentId.value = 2;
  await other.segmentEdits.shrink();
  assert.deepEqual(other.refusals, []);
});

test("locked classes and segments keep their pixels, from brush, eraser and fill", async () => {
  for (const [lock, isKept] of [
    [(store) => (store.lockedClasses.value = new Set([2])), true],
    [(store) => (store.lockedSegments.value = new Set([2])), true],
    [() => {}, false],
  ]) {
    const bench = street();
    lock(bench.store);
    strokeAcross(bench, 3);
    assert.equal(bench.document.map.get(60, 61) === 2, isKept);
    bench.store.brushPx.value = 30;
    useTool(bench, "eraser").drag([60, 45], [60, 75]);
    assert.equal(bench.document.map.get(60, 50) === 2, isKept);
    bench.store.classId.value = 1;
    useTool(bench, "fill").click([42, 42]);
    await settled(bench);
    assert.equal(bench.document.map.get(42, 42) === 2, isKept);
  }
});

test("what is locked is not painted into either, and the user is told", () => {
  const bench = street();
  bench.store.lockedClasses.value = new Set([3]);
  const before = pixelsOf(bench.document.map);
  strokeAcross(bench, 3);
  assert.deepEqual(pixelsOf(bench.document.map), before);
  assert.match(bench.refusals[0], /Sky is locked/);
});

test("a fill changes the connected area of one label, and is one step", async () => {
  const bench = street();
  bench.store.classId.value = 3;
  useTool(bench, "fill").click([10, 10]);
  await settled(bench);
  const { map, history } = bench.document;
  assert.deepEqual([map.get(99, 259), map.get(60, 60), map.get(240, 10)], [3, 2, 0]);
  assert.equal(history.done.length, 1);
});

test("a stroke in a thing class makes an object, and the next goes on with it until a new one is wished", () => {
  const bench = street();
  bench.store.classId.value = 2;
  const hand = useTool(bench, "brush");
  hand.drag([210, 10], [220, 20]);
  hand.drag([230, 10], [240, 20]);
  const { map } = bench.document;
  assert.equal(map.get(215, 15), map.get(235, 15));
  assert.notEqual(map.get(215, 15), 2);
  bench.store.segmentId.value = null;
  hand.drag([250, 10], [260, 20]);
  assert.notEqual(map.get(255, 15), map.get(235, 15));
});

test("the picker selects, Shift selects several", () => {
  const bench = street();
  const hand = useTool(bench, "picker");
  hand.click([60, 60]);
  assert.deepEqual([bench.store.segmentId.value, bench.store.classId.value], [2, 2]);
  hand.click([150, 60], { shift: true });
  assert.deepEqual([...bench.store.selectedSegments.value].sort(), [2, 3]);
  hand.click([290, 60]);
  assert.equal(bench.store.segmentId.value, null);
  assert.equal(bench.store.selectedSegments.value.size, 0);
});

test("giving an object another class is undone with it", async () => {
  const bench = street();
  bench.document.begin("second car", 4);
  bench.document.write(block(250, 10, 260, 20));
  bench.document.setSegment(4, segment(4, 3));
  bench.document.commit();
  bench.store.segmentId.value = 4;
  await bench.segmentEdits.changeClass(2);
  assert.equal(bench.document.segments.get(4).class, 2);
  bench.document.undo();
  assert.equal(bench.document.segments.get(4).class, 3);
});

test("an object given a class that has one segment only goes into that segment", async () => {
  const bench = street();
  bench.store.segmentId.value = 2;
  await bench.segmentEdits.changeClass(1);
  assert.equal(bench.document.map.get(60, 60), 1);
  assert.equal(bench.document.map.counts[2], 0);
  bench.document.undo();
  assert.equal(bench.document.map.get(60, 60), 2);
  assert.equal(bench.document.segments.get(2).class, 2);
});

test("operations refuse locked segments, and say what is missing", async () => {
  const bench = street();
  await bench.segmentEdits.erase();
  assert.match(bench.refusals.at(-1), /Select a segment first/);
  bench.store.segmentId.value = 2;
  bench.store.lockedSegments.value = new Set([2]);
  await bench.segmentEdits.erase();
  assert.match(bench.refusals.at(-1), /locked/);
  assert.equal(bench.document.map.get(60, 60), 2);
  bench.store.lockedSegments.value = new Set();
  await bench.segmentEdits.split();
  assert.match(bench.refusals.at(-1), /one piece/);
  await bench.segmentEdits.merge();
  assert.match(bench.refusals.at(-1), /Select the segments/);
});

test("the knife cuts the objects under it, but no class that has one segment only", async () => {
  const bench = street();
  const hand = useTool(bench, "knife");
  hand.click([60, 5]);
  hand.click([60, 200]);
  hand.key("Enter");
  await settled(bench);
  const { map, segments, history } = bench.document;
  const [left, right] = [map.get(45, 60), map.get(75, 60)];
  assert.notEqual(left, right);
  assert.deepEqual([segments.get(left).class, segments.get(right).class], [2, 2]);
  assert.equal(map.get(45, 100), map.get(75, 100), "the road stays one");
  assert.equal(history.done.length, 1);
  bench.store.segmentId.value = 1;
  hand.click([10, 150]);
  hand.click([95, 150]);
  hand.key("Enter");
  await settled(bench);
  assert.match(bench.refusals.at(-1), /Only objects/);
});

test("growing goes where the write mode lets it, and never into what is locked", async () => {
  const bench = street();
  bench.store.segmentId.value = 2;
  bench.store.growPx.value = 5;
  bench.store.lockedClasses.value = new Set([1]);
  await bench.segmentEdits.grow();
  assert.equal(bench.document.map.get(82, 60), 1);
  bench.store.lockedClasses.value = new Set();
  await bench.segmentEdits.grow();
  assert.equal(bench.document.map.get(82, 60), 2);
});

test("a plan made while the user drew on is made again", async () => {
  const bench = street();
  bench.store.segmentId.value = 2;
  const { run } = bench.document.mirror;
  let calls = 0;
  bench.document.mirror.run = async (job, payload) => {
    const answer = await run(job, payload);
    if (calls++ === 0) {
      bench.store.classId.value = 2;
      useTool(bench, "rectangle").drag([250, 200], [260, 210]);
    }
    return answer;
  };
  await bench.segmentEdits.erase();
  assert.equal(calls, 2);
  assert.equal(bench.document.map.counts[2], 0, "the part drawn meanwhile went too");
});

test("an image that cannot be edited refuses every tool", () => {
  const bench = street();
  bench.store.image.value = { ...bench.store.image.value, editable: false, read_only_reason: "Bob has it." };
  const before = pixelsOf(bench.document.map);
  strokeAcross(bench, 3);
  assert.deepEqual(pixelsOf(bench.document.map), before);
  assert.deepEqual([...new Set(bench.refusals)], ["Bob has it."]);
});

test("large edits are written in turns, while tools wait", async () => {
  const bench = createBench({ width: 3000, height: 2000 });
  const runs = Int32Array.from({ length: 3 * 400_000 }, (_, i) => {
    const run = Math.floor(i / 3);
    const [y, x] = [Math.floor(run / 200), (run % 200) * 15];
    return [y, x, x + 7][i % 3];
  });
  let turns = 0;
  const timer = setInterval(() => turns++);
  bench.store.classId.value = 1;
  const writing = bench.editing.perform("much", [{ runs, id: bench.editing.targetId() }], null);
  await new Promise((resolve) => setTimeout(resolve));
  useTool(bench, "brush").click([4, 1999]);
  await writing;
  clearInterval(timer);
  assert.ok(turns > 1, "the page had its turns");
  assert.equal(bench.document.map.counts[1], 400_000 * 7);
  assert.equal(bench.document.history.done.length, 1);
});

test("a stencil stroke copies what the prediction has, where it passes", () => {
  const bench = street();
  const predicted = new LabelMap(300, 260);
  paint(predicted, block(0, 0, 300, 20), 5);
  paint(predicted, block(210, 40, 230, 60), 9);
  const model = { source: "model", score: 0.8, model: "3" };
  bench.editing.stencil = layerOf(predicted, [segment(5, 3, model), segment(9, 2, model)]);
  bench.store.paintOver.value = "stencil";
  const hand = useTool(bench, "brush");
  bench.store.brushPx.value = 20;
  hand.drag([220, 5], [220, 55]);
  const { map, segments, history } = bench.document;
  assert.equal(map.get(220, 5), 3, "stuff goes into the segment of its class");
  const copied = segments.get(map.get(220, 50));
  assert.deepEqual([copied.class, copied.source, copied.score], [2, "model", 0.8]);
  assert.equal(map.get(220, 30), 0, "what the prediction leaves out is left");
  assert.equal(map.get(280, 5), 0, "where the brush did not pass");
  assert.equal(history.done.length, 1);
  hand.drag([225, 45], [225, 55]);
  assert.equal(map.get(225, 50), copied.id, "the second stroke goes on with the same object");
});

test("runs fall apart along the labels beneath them", () => {
  const layer = new LabelMap(300, 20);
  paint(layer, [3, 250, 260, 3, 262, 270], 4);
  paint(layer, [3, 260, 262], 6);
  const parts = stencilRuns(layer, [3, 240, 265, -1, 0, 5, 3, 290, 400]);
  assert.deepEqual(Object.fromEntries(parts), { 4: [3, 250, 256, 3, 256, 260, 3, 262, 265], 6: [3, 260, 262] });
});

function withPrediction(bench, predicted, segments) {
  bench.store.image.value = { ...bench.store.image.value, prediction: { model: "3", mean_entropy: 0, mean_score: 0.5 } };
  const layer = layerOf(predicted, segments);
  bench.layers.set("prediction", layer);
  const told = [];
  const help = new PredictionHelp({
    store: bench.store,
    editing: bench.editing,
    api: bench.api,
    comparison: { layer: async () => layer },
    notices: { attempt: (work) => work(), tell: (text) => told.push(text) },
    worker: { run: async () => bench.regions },
  });
  return { help, told };
}

function predictedCars() {
  const map = new LabelMap(300, 260);
  paint(map, block(210, 10, 230, 30), 7);
  paint(map, block(50, 50, 70, 70), 8);
  const model = { source: "model", model: "3" };
  return [map, [segment(7, 2, { ...model, score: 0.95 }), segment(8, 2, { ...model, score: 0.4 })]];
}

test("one predicted segment is accepted with its score, as one step", async () => {
  const bench = street();
  const { help } = withPrediction(bench, ...predictedCars());
  await help.acceptAt(220, 20);
  const { map, segments, history } = bench.document;
  const row = segments.get(map.get(220, 20));
  assert.deepEqual([row.class, row.source, row.score, row.model], [2, "model", 0.95, "3"]);
  assert.equal(map.get(60, 60), 2, "the other one was not taken");
  assert.equal(history.done.length, 1);
  bench.store.brushPx.value = 6;
  useTool(bench, "eraser").click([225, 15]);
  await help.acceptAt(220, 20);
  assert.equal(map.get(225, 15), row.id, "accepted again, it is the same object");
  await help.acceptAt(290, 250);
  assert.match(bench.refusals.at(-1), /no segment here/);
});

test("accepting what is sure spares what people drew", async () => {
  const bench = street();
  const { help, told } = withPrediction(bench, ...predictedCars());
  bench.store.acceptAbove.value = 0.3;
  await help.acceptAbove();
  assert.equal(bench.document.map.get(60, 60), 2, "drawn by a person");
  assert.notEqual(bench.document.map.get(220, 20), 0);
  bench.store.acceptAbove.value = 0.99;
  await help.acceptAbove();
  assert.match(told.at(-1), /0\.99/);
});

test("where the labels still are the prediction, accepting one segment keeps only that", async () => {
  const [map, segments] = predictedCars();
  const bench = createBench({ map, segments });
  bench.store.isPrediction.value = true;
  const { help } = withPrediction(bench, map, segments);
  await help.acceptAt(220, 20);
  assert.deepEqual([bench.document.map.get(220, 20), bench.document.map.get(60, 60)], [7, 0]);
  await help.acceptAt(60, 60);
  assert.equal(bench.document.map.get(220, 20), 7, "the second is added");
  assert.notEqual(bench.document.map.get(60, 60), 0);
});

test("the way leads from one doubtful place to the next, and round", async () => {
  const bench = street();
  bench.api = { uncertainty: async () => null };
  bench.regions = [
    { x0: 10, y0: 10, x1: 30, y1: 30, score: 0.9 },
    { x0: 210, y0: 200, x1: 230, y1: 220, score: 0.8 },
  ];
  const { help } = withPrediction(bench, ...predictedCars());
  bench.store.view.value = { ...bench.store.view.value, width: 400, height: 300 };
  const middle = () => {
    const { x, y, width, height, scale } = bench.store.view.value;
    return [Math.round((width / 2 - x) / scale), Math.round((height / 2 - y) / scale)];
  };
  await help.nextUncertain();
  assert.deepEqual(middle(), [20, 20]);
  await help.nextUncertain();
  assert.deepEqual(middle(), [220, 210]);
  await help.nextUncertain();
  assert.deepEqual(middle(), [20, 20]);
});

test("labels of the image before are copied: stuff into its segment, objects as new ones; other sizes are refused", async () => {
  const bench = street();
  const [map, segments] = predictedCars();
  paint(map, block(205, 100, 299, 200), 20);
  const previous = { id: 6, name: "before.png", width: 300, height: 260 };
  bench.api = {
    request: async () => ({ status: 200, json: async () => previous }),
    labels: async () => ({ tiff: null }),
  };
  const rows = [...segments, segment(20, 1)];
  bench.document.mirror.keepLayer = async (name) => {
    bench.layers.set(name, layerOf(map, rows));
    return { segments: rows };
  };
  const { help } = withPrediction(bench, map, rows);
  bench.store.paintOver.value = "unlabelled";
  await help.previous.copy();
  const { map: labels, segments: table, history } = bench.document;
  assert.equal(labels.get(250, 150), 1);
  const car = table.get(labels.get(220, 20));
  assert.deepEqual([car.class, car.source, car.score], [2, "human", null]);
  assert.equal(labels.get(60, 60), 2, "the write mode holds");
  assert.equal(history.done.length, 1);
  previous.width = 299;
  await help.previous.copy();
  assert.match(bench.refusals.at(-1), /299 × 260/);
});

test("what is drawn is seen: hidden classes, segments and labels are shown again, with a word", async () => {
  const hidings = [
    ["Labels are shown again", (store) => (store.areLabelsShown.value = false)],
    ["Sky was hidden", (store) => (store.hiddenClasses.value = new Set([1, 3]))],
    ["Sky was hidden", (store) => (store.hiddenSegments.value = new Set([3]))],
    ["Sky was hidden", (store) => (store.isolated.value = { kind: "class", id: 1 })],
  ];
  const ways = [
    (bench) => useTool(bench, "brush").click([10, 10]),
    (bench) => useTool(bench, "fill").click([10, 10]),
    (bench) => bench.editing.paint("Wand", block(0, 0, 9, 9), { isInverted: false, isNew: false }),
  ];
  for (const [words, hide] of hidings) {
    for (const paintOn of ways) {
      const bench = street();
      const { store, refusals } = bench;
      store.classId.value = 3;
      hide(store);
      paintOn(bench);
      await settled(bench);
      assert.match(refusals[0], new RegExp(words));
      assert.equal(refusals.filter((text) => /shown again/.test(text)).length, 1);
      assert.ok(store.areLabelsShown.value && !store.hiddenClasses.value.has(3) && !store.isolated.value);
      assert.ok(!store.hiddenSegments.value.has(3));
      assert.equal(bench.document.map.get(5, 5), 3);
    }
  }
});

test("what was hidden and is not drawn stays hidden", () => {
  const bench = street();
  bench.store.hiddenClasses.value = new Set([1, 2]);
  strokeAcross(bench, 3);
  assert.deepEqual([...bench.store.hiddenClasses.value], [1, 2]);
  assert.ok(!bench.refusals.some((text) => /shown again/.test(text)));
});
