import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals-core";
import { resizeTool } from "../../annotator/static/annotator/editor/input/tool_size.js";
import { wandProposer } from "../../annotator/static/annotator/editor/proposers/wand.js";
import { fromPosition, steppedTolerance, toPosition } from "../../annotator/static/annotator/editor/tolerance.js";

test("steps of the tolerance are fine at the low end, and reach both ends", () => {
  assert.ok(steppedTolerance(2, 0.25) - 2 < 1);
  assert.ok(steppedTolerance(50, 0.25) - 50 > 3);
  for (const [way, end] of [[1, 100], [-1, 0]]) {
    let tolerance = 6;
    for (let i = 0; i < 60; i++) tolerance = steppedTolerance(tolerance, way * 0.25);
    assert.equal(tolerance, end);
  }
});

test("the smallest drag changes the tolerance, also at its ends", () => {
  for (const tolerance of [0, 0.1, 3, 9.9, 10, 60]) assert.ok(steppedTolerance(tolerance, 0.01) > tolerance, tolerance);
  for (const tolerance of [0.1, 3, 10, 60, 100]) assert.ok(steppedTolerance(tolerance, -0.01) < tolerance, tolerance);
});

test("the slider gives back the tolerance that it was set to", () => {
  for (const tolerance of [0, 0.1, 0.7, 2.5, 6, 9.9, 10, 37, 100])
    assert.equal(fromPosition(toPosition(tolerance)), tolerance);
});

test("a step changes what the tool in use goes by", () => {
  const store = { toolName: signal("wand"), tolerance: signal(6), brushPx: signal(24) };
  resizeTool(store, 1);
  assert.deepEqual([store.tolerance.value, store.brushPx.value], [7.3, 24]);
  store.toolName.value = "brush";
  resizeTool(store, -1);
  assert.deepEqual([store.tolerance.value, store.brushPx.value], [7.3, 21]);
});

test("the tolerance that is moved is that of the newest colour", async () => {
  const asked = [];
  const store = Object.fromEntries(
    Object.entries({ tolerance: 6, isContiguous: true, samplePx: 3, grainPixels: 0 }).map(([name, value]) => [name, signal(value)]),
  );
  const worker = { run: async (_, { seeds }) => asked.push(seeds.map(({ x, tolerance }) => [x, tolerance])) };
  const { ask } = wandProposer(store, worker, { ready: async () => "key" });
  const [first, second] = [1, 2].map((x) => ({ x, y: 1, positive: true }));
  await ask({ seeds: [first] }, { image: {} });
  store.tolerance.value = 3;
  await ask({ seeds: [first] }, { image: {} });
  await ask({ seeds: [first, second] }, { image: {} });
  store.tolerance.value = 9;
  await ask({ seeds: [first, second] }, { image: {} });
  assert.deepEqual(asked, [[[1, 6]], [[1, 3]], [[1, 3], [2, 3]], [[1, 3], [2, 9]]]);
});
