import assert from "node:assert/strict";
import { test } from "node:test";
import { keepInHand } from "../../annotator/static/annotator/editor/input/in_hand.js";
import { annotate } from "../../annotator/static/annotator/editor/modes/annotate.js";
import { review } from "../../annotator/static/annotator/editor/modes/review.js";
import { createStore } from "../../annotator/static/annotator/editor/store.js";

const CLASSES = [3, 5, 8].map((id) => ({ id, name: `class ${id}`, color: "#123456", kind: "stuff", ignore: false }));

function createBrowser() {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  const open = ({ mode = annotate, project = 1, user = "alice", classes = CLASSES, editable = true } = {}) => {
    const image = { id: 1, editable };
    const store = createStore({ mode: mode.name, project: { id: project }, user: { name: user }, classes, image, progress: {} });
    keepInHand(store, mode, storage);
    store.phase.value = "ready";
    return store;
  };
  return { open, kept };
}

const inHand = ({ toolName, classId, brushPx, brushShape }) =>
  [toolName, classId, brushPx, brushShape].map(({ value }) => value);

test("tool, class and brush are in hand again on the next visit", () => {
  const { open } = createBrowser();
  const store = open();
  store.toolName.value = "assist";
  store.classId.value = 8;
  store.brushPx.value = 77;
  store.brushShape.value = "square";
  assert.deepEqual(inHand(open()), ["assist", 8, 77, "square"]);
});

test("each mode, project and user has its own", () => {
  const { open } = createBrowser();
  open().toolName.value = "wand";
  assert.equal(open({ mode: review }).toolName.value, "pan");
  assert.equal(open({ project: 2 }).toolName.value, "brush");
  assert.equal(open({ user: "bob" }).toolName.value, "brush");
  assert.equal(open().toolName.value, "wand");
});

test("what is no more is not taken up", () => {
  const { open, kept } = createBrowser();
  open().classId.value = 8;
  assert.equal(open({ classes: CLASSES.slice(0, 2) }).classId.value, 3);
  const [key] = kept.keys();
  const options = { brushPx: 1e6, brushShape: "star", tolerance: "a lot", paintOver: "stencil" };
  kept.set(key, JSON.stringify({ tool: "laser", options }));
  const store = open();
  assert.deepEqual(inHand(store), ["brush", 3, 24, "round"]);
  assert.deepEqual([store.tolerance.value, store.paintOver.value], [6, "everything"]);
});

test("the options of tools are as they were, but outlines add", () => {
  const { open } = createBrowser();
  const chosen = { tolerance: 2.5, isContiguous: false, samplePx: 1, grainPixels: 0, superpixelScale: "fine", paintOver: "unlabelled" };
  const store = open();
  for (const [name, value] of Object.entries({ ...chosen, polygonMode: "subtract" })) store[name].value = value;
  const again = open();
  assert.deepEqual(Object.fromEntries(Object.keys(chosen).map((name) => [name, again[name].value])), chosen);
  assert.equal(again.polygonMode.value, "add");
});

test("a tool that is put away for an image that cannot be changed is in hand again", () => {
  const { open } = createBrowser();
  open().toolName.value = "polygon";
  const store = open({ editable: false });
  store.toolName.value = "pan";
  assert.equal(open().toolName.value, "polygon");
});
