/** The right button, Shift, and Shift+Enter do the opposite of what a tool does, in every tool. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseClass } from "../../annotator/static/annotator/editor/input/label_actions.js";
import { takesAway } from "../../annotator/static/annotator/editor/target.js";
import { createBench, settled, useTool } from "./workbench.mjs";

const square = (x0, y0, side) => Array.from({ length: side }, (_, i) => [y0 + i, x0, x0 + side]).flat();
const whole = () => ({ runs: square(40, 40, 20) });
const answers = {
  wand: whole,
  superpixel: whole,
  livewire: ({ anchors, pointer }) => ({ path: anchors, runs: pointer ? null : square(40, 40, 20) }),
  grabcut: whole,
  click: whole,
};
const CORNERS = [[40, 40], [60, 40], [60, 60], [40, 60]];
const MIDDLE = [50, 50];

/** All of the picture is road, and road is in hand. */
function paved() {
  const bench = createBench({ answers });
  chooseClass(bench.store, 1);
  useTool(bench, "rectangle").drag([0, 0], [299, 259]);
  return bench;
}

const outline = (hand, more = {}) => CORNERS.forEach((corner) => hand.click(corner, more));
const WAYS = {
  "brush, right button": ["brush", (hand) => hand.drag([40, 50], [60, 50], { isSecondary: true })],
  "rectangle, right button": ["rectangle", (hand) => hand.drag([40, 40], [60, 60], { isSecondary: true })],
  "rectangle, Shift": ["rectangle", (hand) => hand.drag([40, 40], [60, 60], { shift: true })],
  "ellipse, Shift+Enter": [
    "ellipse",
    (hand) => {
      hand.click([40, 40]);
      hand.hover([60, 60]);
      hand.key("Shift+Enter");
    },
  ],
  "polygon, right button": ["polygon", (hand) => [outline(hand, { isSecondary: true }), hand.key("Enter")]],
  "polygon, Shift+Enter": ["polygon", (hand) => [outline(hand), hand.key("Shift+Enter")]],
  "livewire, right button": ["livewire", (hand) => [outline(hand, { isSecondary: true }), hand.key("Enter")]],
  "livewire, Shift+Enter": ["livewire", (hand) => [outline(hand), hand.key("Shift+Enter")]],
  "superpixel, right button": ["superpixel", (hand) => hand.click(MIDDLE, { isSecondary: true })],
  "superpixel, Shift": ["superpixel", (hand) => hand.click(MIDDLE, { shift: true })],
  "wand, Shift+Enter": ["wand", (hand) => [hand.click(MIDDLE), hand.key("Shift+Enter")]],
  "click-to-segment, Shift+Enter": ["assist", (hand) => [hand.click(MIDDLE), hand.key("Shift+Enter")]],
  "GrabCut, Shift+Enter": ["grabcut", (hand) => [hand.drag([30, 30], [70, 70]), hand.key("Shift+Enter")]],
};
for (const [way, [name, use]] of Object.entries(WAYS)) {
  test(`${way}: taken away, and one step`, async () => {
    const bench = paved();
    use(useTool(bench, name));
    await settled(bench);
    assert.equal(bench.document.map.get(...MIDDLE), 0);
    assert.notEqual(bench.document.map.get(100, 100), 0, "and no more than that");
    assert.equal(bench.document.history.done.length, 2);
    assert.equal(takesAway(bench.store), false, "it was for once");
  });
}

test("the right button paints with the eraser, and fills with nothing", async () => {
  const bench = paved();
  useTool(bench, "fill").click(MIDDLE, { isSecondary: true });
  await settled(bench);
  assert.equal(bench.document.map.get(...MIDDLE), 0);
  useTool(bench, "eraser").drag([40, 50], [60, 50], { isSecondary: true });
  assert.notEqual(bench.document.map.get(...MIDDLE), 0);
  assert.deepEqual(bench.document.history.done.map(({ label }) => label).slice(1), ["Fill with nothing", "Brush stroke"]);
});

test("where outlines subtract the opposite adds", async () => {
  const bench = createBench({ answers });
  chooseClass(bench.store, 1);
  bench.store.polygonMode.value = "subtract";
  const hand = useTool(bench, "wand");
  hand.click(MIDDLE);
  hand.key("Shift+Enter");
  await settled(bench);
  assert.notEqual(bench.document.map.get(...MIDDLE), 0);
});

test("what would be taken away is known while it is proposed", async () => {
  const bench = paved();
  const hand = useTool(bench, "superpixel");
  hand.hover(MIDDLE);
  await settled(bench);
  assert.equal(takesAway(bench.store), false);
  hand.down(MIDDLE, { isSecondary: true });
  await settled(bench);
  assert.equal(takesAway(bench.store), true);
  hand.cancel();
  assert.equal(takesAway(bench.store), false);
  for (const [name, isTaking] of [["superpixel", true], ["rectangle", true], ["brush", false], ["fill", false]]) {
    bench.store.polygonMode.value = "subtract";
    bench.store.toolName.value = name;
    assert.equal(takesAway(bench.store), isTaking, name);
  }
});

test("clicks with the wand gather: right and Shift take away, ! swaps, Backspace takes the last one back", async () => {
  const bench = createBench({ answers });
  chooseClass(bench.store, 1);
  const hand = useTool(bench, "wand");
  const signs = () => bench.asked.at(-1).seeds.map(({ x, positive }) => (positive ? x : -x));
  hand.click([90, 90], { isSecondary: true });
  await settled(bench);
  assert.equal(bench.asked.length, 0, "there is nothing yet to take away from");
  hand.click([10, 10]);
  hand.click([20, 20]);
  hand.click([30, 30], { isSecondary: true });
  hand.click([40, 40], { shift: true });
  await settled(bench);
  assert.deepEqual(signs(), [10, 20, -30, -40]);
  assert.deepEqual(bench.store.clickMarks.value.map(({ x }) => x), [10, 20, 30, 40]);
  hand.key("!");
  await settled(bench);
  assert.deepEqual(signs(), [10, 20, -30, 40]);
  for (let i = 0; i < 3; i++) assert.ok(hand.key("Backspace"));
  await settled(bench);
  assert.deepEqual(signs(), [10]);
  hand.key("Backspace");
  assert.equal(bench.store.proposal.value, null);
  assert.equal(hand.key("Backspace"), false);
});
