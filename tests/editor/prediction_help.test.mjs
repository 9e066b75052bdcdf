import assert from "node:assert/strict";
import { test } from "node:test";
import { Comparison } from "../../annotator/static/annotator/editor/comparison.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { PredictionHelp } from "../../annotator/static/annotator/editor/prediction_help.js";
import { openDocument, paint, segment, tilesOf } from "./paint.mjs";
import { createBench, layerOf, useTool } from "./workbench.mjs";

const block = (x0, y0, x1, y1) => Array.from({ length: y1 - y0 }, (_, i) => [y0 + i, x0, x1]).flat();
const MODEL = { source: "model", model: "3" };

function predicted() {
  const map = new LabelMap(300, 260);
  paint(map, block(210, 10, 230, 30), 7);
  paint(map, block(50, 50, 70, 70), 8);
  return { map, segments: [segment(7, 2, { ...MODEL, score: 0.95 }), segment(8, 2, { ...MODEL, score: 0.4 })] };
}

function openCopy() {
  const { map, segments } = predicted();
  return openDocument({ width: 300, height: 260, tiles: tilesOf(map), segments });
}

/** An image whose labels still are its prediction; `fetched` settles the prediction's request. */
function untouched() {
  const { map, segments } = predicted();
  const bench = createBench({ map, segments });
  const { store, editing } = bench;
  store.isPrediction.value = true;
  store.image.value = { ...store.image.value, prediction: { model: "3", mean_entropy: 0, mean_score: 0.5 } };
  const layer = layerOf(map, segments);
  bench.layers.set("prediction", layer);
  let fetched = () => {};
  const answer = new Promise((resolve) => (fetched = () => resolve(layer)));
  const told = [];
  const help = new PredictionHelp({
    store,
    editing,
    comparison: { layer: () => answer },
    notices: { attempt: (work) => work(), tell: (text) => told.push(text) },
  });
  return { bench, help, told, fetched };
}

for (const [name, accept] of [
  ["a click", (help) => help.acceptAt(220, 20)],
  ["all that is sure", (help) => help.acceptAbove()],
]) {
  test(`accepting by ${name} ends with its image: the next one keeps its labels`, async () => {
    const { bench, help, told, fetched } = untouched();
    const accepting = accept(help);
    const next = openCopy();
    bench.editing.document = next;
    bench.store.image.value = { ...bench.store.image.value, id: 8 };
    fetched();
    await accepting;
    assert.deepEqual([next.map.counts[7], next.map.counts[8]], [400, 400]);
    assert.equal(next.history.done.length, 0);
    assert.deepEqual(told, []);
  });
}

test("an image that closes while the plan is made is left alone too", async () => {
  const { bench, help, fetched } = untouched();
  const next = openCopy();
  const { mirror } = bench.document;
  const { run } = mirror;
  mirror.run = async (...job) => {
    bench.editing.document = next;
    return run(...job);
  };
  fetched();
  await help.acceptAt(220, 20);
  assert.deepEqual([next.map.counts[7], next.map.counts[8]], [400, 400]);
});

test("what is locked stays when one predicted segment is kept", async () => {
  const { bench, help, fetched } = untouched();
  bench.store.lockedSegments.value = new Set([8]);
  fetched();
  await help.acceptAt(220, 20);
  assert.equal(bench.document.map.counts[8], 400);
});

test("a stroke drawn while the plan was made is kept", async () => {
  const { bench, help, fetched } = untouched();
  const { mirror } = bench.document;
  const { run } = mirror;
  let calls = 0;
  mirror.run = async (...job) => {
    const answer = await run(...job);
    if (calls++ === 0) {
      bench.store.classId.value = 1;
      useTool(bench, "rectangle").drag([55, 55], [65, 65]);
    }
    return answer;
  };
  fetched();
  await help.acceptAt(220, 20);
  assert.equal(bench.document.segments.get(bench.document.map.get(60, 60))?.class, 1);
  assert.equal(bench.document.map.get(220, 20), 7);
});

/** A comparison whose requests and worker answer when they are let. */
function comparing() {
  const { store, document } = createBench({ ...predicted() });
  const { map, segments } = predicted();
  const decoded = { width: 300, height: 260, tiles: tilesOf(map), segments };
  const gates = [];
  const compared = [];
  document.mirror.keepLayer = async () => ({ ...decoded, tiles: tilesOf(map) });
  document.mirror.compare = (layer) =>
    new Promise((resolve) => {
      compared.push(layer);
      gates.push(() => resolve({ tiles: new Map(), changes: [{ from: 1, to: 2, pixels: 3 }] }));
    });
  const session = {
    document,
    get mirror() {
      return this.document?.mirror ?? null;
    },
  };
  const asked = [];
  const api = {
    labels: async (id, layer) => {
      asked.push(layer);
      return { tiff: new ArrayBuffer(0) };
    },
  };
  return { store, session, comparison: new Comparison(store, api, session, {}), gates, compared, asked };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

test("changes that were counted for the image before are not shown on the next", async () => {
  const { store, session, comparison, gates } = comparing();
  const difference = comparison.difference();
  await turn();
  session.document = openCopy();
  gates[0]();
  assert.equal(await difference, null);
  assert.deepEqual(store.changes.value, []);
});

test("a comparison that changes on the way gives way to the one that was chosen", async () => {
  const { store, comparison, gates, compared } = comparing();
  const first = comparison.difference();
  store.reference.value = "revision:2";
  assert.equal(await first, null);
  const second = comparison.difference();
  await turn();
  gates[0]();
  assert.notEqual(await second, null);
  assert.deepEqual(compared, ["revision:2"]);
  assert.equal(store.changes.value.length, 1);
});

test("a layer that arrives after its image was closed is not put into the next one's worker", async () => {
  const { session, comparison } = comparing();
  const kept = [];
  const layer = comparison.layer("prediction");
  session.document = openCopy();
  session.document.mirror.keepLayer = async (name) => kept.push(name);
  assert.equal(await layer, null);
  assert.deepEqual(kept, []);
});
