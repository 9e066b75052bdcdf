import assert from "node:assert/strict";
import { test } from "node:test";
import { Comparison } from "../../annotator/static/annotator/editor/comparison.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { Notices } from "../../annotator/static/annotator/editor/notices.js";
import { PredictionHelp } from "../../annotator/static/annotator/editor/prediction_help.js";
import { PreviousLabels } from "../../annotator/static/annotator/editor/previous_labels.js";
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

test("nothing is said to be taken over where the labels are all of the prediction already", async () => {
  const { bench, help, told, fetched } = untouched();
  bench.store.acceptAbove.value = 0.3;
  fetched();
  await help.acceptAbove();
  assert.equal(bench.document.history.done.length, 0);
  assert.match(told.join(), /^Nothing was changed: .* Accept it as a whole\.$/);
});

test("what is less sure goes, and what is sure is said to be taken over", async () => {
  const { bench, help, told, fetched } = untouched();
  fetched();
  await help.acceptAbove();
  assert.deepEqual([bench.document.map.counts[7], bench.document.map.counts[8]], [400, 0]);
  assert.deepEqual(told, ["1 predicted segment taken over; what people drew was kept."]);
});

/** Labels of a person over one of two sure segments of the prediction. */
function drawnOver() {
  const found = untouched();
  const { store, document } = found.bench;
  store.acceptAbove.value = 0.3;
  store.isPrediction.value = false;
  document.begin("drawn", 0, null);
  document.setSegment(9, segment(9, 1));
  document.writeAs(block(50, 50, 70, 70), 9);
  document.writeAs(block(210, 10, 230, 30), 0);
  document.commit();
  return found;
}

test("only segments that got pixels are counted as taken over", async () => {
  const { bench, help, told, fetched } = drawnOver();
  fetched();
  await help.acceptAbove();
  assert.deepEqual([bench.document.map.counts[7], bench.document.map.counts[9]], [400, 400]);
  assert.deepEqual(told, ["1 predicted segment taken over; what people drew was kept."]);
  await help.acceptAbove();
  assert.match(told[1], /^Nothing was changed: it is there already/);
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

const corners = ({ outlines }) => outlines.map(({ class: id, path }) => [id, path.match(/M/g).length]);

/** The whole prediction untouched, one of its two segments accepted by a click. */
async function oneAccepted() {
  const found = untouched();
  found.fetched();
  await found.help.acceptAt(220, 20);
  await turn();
  return found;
}

test("what is left of a prediction is outlined once one segment is accepted, and the user is told", async () => {
  const { bench, help, told } = await oneAccepted();
  const { store, document } = bench;
  assert.equal(store.untaken.value.count, 1);
  assert.deepEqual(corners(store.untaken.value), [[2, 1]]);
  assert.match(told.join(), /Taken over: Car\. 1 predicted segment is left/);
  await help.acceptAt(60, 60);
  await turn();
  assert.equal(store.untaken.value, null, "all is taken");
  assert.deepEqual([document.map.counts[7] > 0, document.map.labelledPixels], [true, 800]);
});

test("outlines of what is left follow undo and redo, and go when they are let go", async () => {
  const { bench, help, told } = await oneAccepted();
  const { store, document } = bench;
  const step = async (work) => {
    work();
    store.labelsVersion.value++;
    await turn();
    return store.untaken.value?.count ?? 0;
  };
  assert.equal(await step(() => document.undo()), 0, "the whole prediction is there again");
  assert.match(told.at(-1), /whole prediction is there again/);
  assert.equal(await step(() => document.redo()), 1);
  await help.acceptAt(60, 60);
  assert.equal(await step(() => document.undo()), 1);
  assert.equal(await step(() => help.untaken.dismiss()), 0);
});

/** An image before this one with a car at (10..30, 10..30), to be copied over the labels of a bench. */
function withPrevious(bench) {
  const map = new LabelMap(300, 260);
  paint(map, block(10, 10, 30, 30), 5);
  const rows = [segment(5, 2)];
  bench.document.mirror.keepLayer = async (name) => {
    bench.layers.set(name, layerOf(map, rows));
    return { segments: rows };
  };
  const previous = { id: 6, name: "before.png", width: 300, height: 260 };
  const api = {
    request: async () => ({ status: 200, json: async () => previous }),
    labels: async () => ({ tiff: null }),
  };
  const notices = new Notices(bench.store);
  return new PreviousLabels({ store: bench.store, editing: bench.editing, api, notices });
}

function labelled(...runs) {
  const map = new LabelMap(300, 260);
  paint(map, runs, 1);
  return createBench({ map, segments: [segment(1, 1)] });
}

test("labels of the image before go to unlabelled pixels, with a word and a way back", async () => {
  const bench = labelled(...block(0, 0, 300, 20));
  const { store, document } = bench;
  await withPrevious(bench).copy();
  assert.deepEqual([document.map.get(15, 15), document.map.get(15, 25) > 1], [1, true]);
  const [toast] = store.toasts.value;
  assert.match(toast.text, /1 segment copied from before\.png/);
  toast.action.run();
  assert.equal(document.map.get(15, 25), 0);
  store.labelsVersion.value++;
  assert.deepEqual(store.toasts.value, [], "the offer ends with the copy");
});

test("over finished labels nothing is copied, and no step is made", async () => {
  const bench = labelled(...block(0, 0, 300, 260));
  await withPrevious(bench).copy();
  assert.equal(bench.document.history.done.length, 0);
  assert.equal(bench.document.segments.list().length, 1);
  assert.match(bench.refusals.at(-1), /Nothing was copied from before\.png/);
});
