import assert from "node:assert/strict";
import { test } from "node:test";
import { polygonRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { TOOLS } from "../../annotator/static/annotator/editor/tools/registry.js";
import { createBench, settled, useTool } from "./workbench.mjs";

const square = (x0, y0, side) => Array.from({ length: side }, (_, i) => [y0 + i, x0, x0 + side]).flat();
const answers = {
  livewire: ({ anchors, pointer }) => ({ path: anchors, runs: pointer ? null : square(...anchors[0], 25) }),
};
const CORNERS = [[20, 20], [100, 20], [100, 100]];

function begun(name = "polygon") {
  const bench = createBench({ answers });
  const hand = useTool(bench, name);
  for (const corner of CORNERS) hand.click(corner);
  return { bench, hand, handles: () => bench.handles.at(-1) };
}

for (const name of ["polygon", "livewire"]) {
  test(`a double click closes the ${name}`, async () => {
    const { bench, hand } = begun(name);
    hand.click([20, 100]);
    hand.click([20, 100]);
    await settled(bench);
    assert.equal(bench.document.history.done.length, 1);
    assert.notEqual(bench.document.map.get(30, 30), 0);
    assert.deepEqual(bench.handles.at(-1).points, []);
  });

  test(`a corner of the ${name} can be dragged before it is closed`, async () => {
    const { bench, hand, handles } = begun(name);
    hand.drag([101, 21], [160, 40]);
    await settled(bench);
    assert.deepEqual(handles().points, [[20, 20], [160, 40], [100, 100]]);
    assert.equal(bench.document.history.done.length, 0);
    if (name === "livewire") assert.deepEqual(bench.asked.at(-1).anchors[1], [160, 40]);
    hand.key("Enter");
    await settled(bench);
    assert.equal(bench.document.history.done.length, 1);
  });
}

test("handles show where a click closes", () => {
  const { hand, handles } = begun();
  hand.hover([200, 200]);
  assert.deepEqual([handles().at, handles().isEnd], [null, false]);
  hand.hover([23, 23]);
  assert.deepEqual([handles().at, handles().isEnd], [0, true]);
  hand.hover([100, 20]);
  assert.deepEqual([handles().at, handles().isEnd], [1, false], "this one can only be dragged");
  hand.hover([100, 100]);
  assert.deepEqual([handles().at, handles().isEnd], [2, true]);
});

test("a click on a corner between adds none; a corner near the last one can be set", () => {
  const { hand, handles } = begun();
  hand.click([101, 21]);
  assert.equal(handles().points.length, 3);
  hand.click([100, 106]);
  assert.deepEqual(handles().points.at(-1), [100, 106]);
});

test("a drag draws by hand: it is followed, has one handle at its end, and is taken back as one", () => {
  const { bench, hand, handles } = begun();
  hand.down([100, 160]);
  for (let x = 100; x >= 20; x -= 2) hand.move([x, 160 + 10 * Math.sin(x)]);
  hand.up([20, 160]);
  assert.equal(handles().points.length, 5);
  assert.ok(bench.sketches.at(-1).length > 15);
  hand.key("Backspace");
  assert.equal(bench.sketches.at(-1).length, 4, "the corner where it began is left");
  hand.key("Backspace");
  assert.deepEqual(bench.sketches.at(-1), CORNERS);
});

test("an outline that is drawn by hand alone is closed by Enter", () => {
  const bench = createBench();
  const hand = useTool(bench, "polygon");
  hand.down([50, 50]);
  for (let angle = 0; angle < 6.2; angle += 0.1) hand.move([50 + 40 * Math.sin(angle), 90 - 40 * Math.cos(angle)]);
  hand.up([50, 50]);
  assert.ok(hand.key("Enter"));
  assert.notEqual(bench.document.map.get(50, 90), 0);
  assert.notEqual(bench.document.map.get(85, 90), 0);
  assert.equal(bench.document.map.get(50, 140), 0);
});

test("a drag that comes back to where it began ends nothing by itself", () => {
  const { bench, hand } = begun();
  hand.down([20, 20]);
  hand.move([60, 60]);
  hand.move([20, 20]);
  hand.up([20, 20]);
  assert.equal(bench.document.history.done.length, 0);
});

test("Escape and Backspace in mid-drag leave no corner held", () => {
  const { bench, hand } = begun();
  hand.down([180, 180]);
  hand.key("Escape");
  hand.move([200, 200]);
  hand.up([200, 200]);
  assert.deepEqual([bench.sketches.at(-1), bench.handles.at(-1).points], [[], []]);
  assert.equal(hand.key("Enter"), false);
});

test("the knife cuts along a line drawn by hand", () => {
  const bench = createBench();
  useTool(bench, "rectangle").drag([20, 20], [120, 120]);
  const cuts = [];
  const { act } = bench;
  bench.act = (intents) => (cuts.push(...intents.filter(({ kind }) => kind === "cut")), act(intents.filter(({ kind }) => kind !== "cut")));
  const hand = useTool(bench, "knife");
  hand.down([10, 60]);
  for (let x = 10; x <= 130; x += 5) hand.move([x, 60]);
  hand.up([130, 60]);
  hand.key("Enter");
  assert.equal(cuts.length, 1);
  assert.ok(cuts[0].points.length > 10);
});

test("the sketch of an ellipse encloses the very pixels that it paints, where they can be told apart", () => {
  const context = { scale: 4, ratio: 1 };
  const at = (x, y) => ({ x, y, screenX: 4 * x, screenY: 4 * y, shift: false, isSecondary: false });
  const gesture = TOOLS.ellipse.create();
  gesture.begin(at(10, 20), context);
  const [{ points }] = gesture.move(at(33, 51), context);
  const write = gesture.end(at(33, 51), context).find(({ kind }) => kind === "write");
  assert.deepEqual(polygonRuns(points), write.runs);
  points.forEach(([x, y], i) => {
    const [nextX, nextY] = points[(i + 1) % points.length];
    assert.ok(Number.isInteger(x) && Number.isInteger(y) && (x === nextX || y === nextY), "along the edges of pixels");
  });
});
