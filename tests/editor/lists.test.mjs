import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals-core";
import { commentsPanel } from "../../annotator/static/annotator/editor/ui/comments.js";
import { listenToSelection } from "../../annotator/static/annotator/editor/ui/selection.js";
import { openPage } from "./page.mjs";
import { segment } from "./paint.mjs";
import { createBench } from "./workbench.mjs";

const COMMENTS = [
  { id: 4, x: 10, y: 20, text: "Too wide", author: "bob", resolved: false },
  { id: 9, x: 30, y: 40, text: "A car is missing", author: "bob", resolved: false },
];

function panel() {
  const page = openPage("pins", "stage");
  const { store } = createBench();
  const section = commentsPanel(store, { attempt: (work) => work() }, { toggleComment: async () => {} });
  store.comments.value = COMMENTS;
  const buttons = () => section.querySelectorAll("li").map((row) => row.querySelectorAll("button"));
  return { ...page, store, buttons };
}

test("a comment that is resolved keeps the focus on its button, and the others their rows", async () => {
  const { store, buttons } = panel();
  const [[, resolve], [other]] = buttons();
  resolve.focus();
  resolve.click();
  await new Promise((done) => setTimeout(done));
  assert.ok(store.comments.value[0].resolved);
  assert.equal(document.activeElement, buttons()[0][1]);
  assert.match(document.activeElement.getAttribute("aria-label"), /Open again/);
  assert.equal(buttons()[1][0], other);
});

test("a pin that is opened by key keeps the focus", () => {
  const { pins, store } = panel();
  pins.children[1].focus();
  pins.children[1].click();
  assert.equal(store.openCommentId.value, 9);
  assert.equal(document.activeElement, pins.children[1]);
  assert.match(pins.children[1].textContent, /A car is missing/);
});

test("the focus of a comment that went with its image goes to the image", () => {
  const { stage, store, buttons } = panel();
  buttons()[0][1].focus();
  store.comments.value = [];
  assert.equal(document.activeElement, stage);
});

/** The list of segments, as the keys see it. */
function listOf(ids) {
  openPage();
  const { store } = createBench();
  const element = document.createElement("div");
  element.clientHeight = 200;
  const list = { element, items: ids.map((id) => segment(id, 2)), rowPx: 20, reveal: () => {} };
  listenToSelection(store, list, () => {});
  const press = (key, more = {}) =>
    element.dispatchEvent(Object.assign(new Event("keydown", { cancelable: true }), { key, shiftKey: false, ...more }));
  return { store, list, press };
}

test("arrows go on from the chosen segment, wherever the list has put it", () => {
  const { store, list, press } = listOf([1, 2, 3, 4, 5]);
  store.segmentId.value = 2;
  list.items = [5, 4, 3, 2, 1].map((id) => segment(id, 2));
  press("ArrowDown");
  assert.equal(store.segmentId.value, 1);
  list.items = [1, 2, 3, 4, 5].map((id) => segment(id, 2));
  press("ArrowDown", { shiftKey: true });
  assert.deepEqual([...store.selectedSegments.value].sort(), [1, 2]);
});

test("where the chosen segment went, its neighbours are the next", () => {
  const { store, list, press } = listOf([1, 2, 3, 4, 5]);
  store.segmentId.value = 3;
  list.items = [1, 2, 4, 5].map((id) => segment(id, 2));
  press("ArrowUp");
  assert.equal(store.segmentId.value, 2);
});
