import assert from "node:assert/strict";
import { test } from "node:test";
import { createActions } from "../../annotator/static/annotator/editor/input/actions.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { annotate } from "../../annotator/static/annotator/editor/modes/annotate.js";
import { segmentBox } from "../../annotator/static/annotator/editor/segment_box.js";
import { paint, segment } from "./paint.mjs";
import { createBench } from "./workbench.mjs";

function twoTiles({ openTiles } = {}) {
  const map = new LabelMap(1100, 600, { openTiles });
  paint(map, [10, 250, 262, 300, 5, 6], 4);
  paint(map, [500, 1000, 1010], 9);
  return map;
}

test("the box of a segment spans its tiles, its end exclusive", () => {
  assert.deepEqual(segmentBox(twoTiles(), 4), { x0: 5, y0: 10, x1: 262, y1: 301 });
  assert.equal(segmentBox(twoTiles(), 5), null);
});

test("tiles that are packed and do not hold the segment stay packed", () => {
  const map = twoTiles({ openTiles: 1 });
  const opened = [];
  const tile = map.tile.bind(map);
  map.tile = (index) => (opened.push(index), tile(index));
  assert.deepEqual(segmentBox(map, 9), { x0: 1000, y0: 500, x1: 1010, y1: 501 });
  assert.deepEqual(opened, [8]);
});

/** Z, with a worker that answers when it is let. */
function goer() {
  const map = twoTiles();
  const bench = createBench({ width: 1100, height: 600, map, segments: [segment(4, 2), segment(9, 2)] });
  const { document, store } = bench;
  const session = { document };
  const { run } = document.mirror;
  let answer = () => {};
  document.mirror.run = async (...job) => {
    await new Promise((resolve) => (answer = resolve));
    return run(...job);
  };
  document.map.tile = () => assert.fail("the page reads no tiles");
  const ports = { ...bench, session, comparison: {}, mode: annotate, preferences: { keysOf: (_, keys) => keys } };
  const action = createActions(ports).find(({ name }) => name === "zoom-segment");
  store.view.value = { ...store.view.value, width: 400, height: 300 };
  store.segmentId.value = 9;
  const centre = () => {
    const { x, y, width, height, scale } = store.view.value;
    return [Math.round((width / 2 - x) / scale), Math.round((height / 2 - y) / scale)];
  };
  const settle = async () => {
    answer();
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve));
  };
  return { action, session, centre, settle };
}

test("the way to the selected segment is found beside the page", async () => {
  const { action, centre, settle } = goer();
  action.run();
  await settle();
  assert.deepEqual(centre(), [1005, 501]);
});

test("an image that was opened meanwhile is not moved", async () => {
  const { action, session, centre, settle } = goer();
  const before = centre();
  action.run();
  session.document = null;
  await settle();
  assert.deepEqual(centre(), before);
});
