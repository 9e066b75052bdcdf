import assert from "node:assert/strict";
import { test } from "node:test";
import { beginsNew, leavesSelected } from "../../annotator/static/annotator/editor/target.js";
import { chooseClass } from "../../annotator/static/annotator/editor/input/label_actions.js";
import { TOOLS } from "../../annotator/static/annotator/editor/tools/registry.js";
import { createBench, settled, useTool } from "./workbench.mjs";

const square = (x0, y0, side) => Array.from({ length: side }, (_, i) => [y0 + i, x0, x0 + side]).flat();
const answers = {
  wand: ({ seeds: [{ x, y }] }) => ({ runs: square(x, y, 20) }),
  superpixel: ({ path }) => ({ runs: path.flatMap(([x, y]) => square(x, y, 20)) }),
  livewire: ({ anchors, pointer }) => ({ path: anchors, runs: pointer ? null : square(...anchors[0], 20) }),
  grabcut: ({ box: { x0, y0 } }) => ({ runs: square(x0, y0, 20) }),
  click: ({ points: [{ x, y }] }) => ({ runs: square(x, y, 20) }),
};
const CAR = 2;

function garage() {
  const bench = createBench({ answers });
  chooseClass(bench.store, CAR);
  return bench;
}

/** Draws one object with its upper left corner at a place. */
async function draw(bench, name, [x, y]) {
  const hand = useTool(bench, name);
  if (["wand", "assist", "superpixel"].includes(name)) hand.click([x + 0.5, y + 0.5]);
  else if (name === "polygon" || name === "livewire")
    for (const corner of [[x, y], [x + 20, y], [x + 20, y + 20], [x, y + 20]]) hand.click(corner);
  else hand.drag([x, y], [x + 19, y + 19]);
  await settled(bench);
  if (!["rectangle", "ellipse", "brush", "superpixel"].includes(name)) hand.key("Enter");
  await settled(bench);
}

/** Ids at the middle of objects. */
const idsAt = ({ document }, ...places) => places.map(([x, y]) => document.map.get(x + 10, y + 10));
const [FIRST, SECOND, THIRD] = [[20, 20], [80, 20], [140, 20]];

for (const name of ["polygon", "rectangle", "ellipse", "livewire", "wand", "grabcut", "assist"]) {
  test(`each ${name} is an object of its own, unless the selected one is to be extended`, async () => {
    const bench = garage();
    await draw(bench, name, FIRST);
    await draw(bench, name, SECOND);
    const [first, second] = idsAt(bench, FIRST, SECOND);
    assert.ok(first && second && first !== second);
    assert.equal(bench.store.segmentId.value, second, "the newest is selected");
    assert.ok(beginsNew(bench.store));
    bench.store.extendedId.value = second;
    await draw(bench, name, THIRD);
    assert.deepEqual(idsAt(bench, THIRD), [second]);
  });
}

for (const name of ["brush", "superpixel"]) {
  test(`the ${name} goes on with the selected object, also one that an outline began`, async () => {
    const bench = garage();
    await draw(bench, "rectangle", FIRST);
    await draw(bench, name, SECOND);
    await draw(bench, name, THIRD);
    const [first, second, third] = idsAt(bench, FIRST, SECOND, THIRD);
    assert.ok(first && first === second && second === third);
  });
}

test("two cells clicked faster than they are answered are one object", async () => {
  const bench = garage();
  const hand = useTool(bench, "superpixel");
  hand.click(FIRST);
  hand.click(SECOND);
  await settled(bench);
  const [first, second] = idsAt(bench, FIRST, SECOND);
  assert.ok(first && first === second);
});

test("an object that is picked is extended by outlines, until another one is selected", async () => {
  const bench = garage();
  await draw(bench, "polygon", FIRST);
  await draw(bench, "polygon", SECOND);
  bench.act([{ kind: "pick", x: FIRST[0] + 10, y: FIRST[1] + 10 }]);
  assert.equal(leavesSelected(bench.store), false);
  await draw(bench, "polygon", THIRD);
  const [first, second, third] = idsAt(bench, FIRST, SECOND, THIRD);
  assert.equal(third, first);
  bench.store.segmentId.value = second;
  assert.ok(beginsNew(bench.store), "a selection in the list is none to go on with");
});

test("outlines of an area class stay one segment", async () => {
  const bench = garage();
  chooseClass(bench.store, 1);
  await draw(bench, "polygon", FIRST);
  await draw(bench, "assist", SECOND);
  const [first, second] = idsAt(bench, FIRST, SECOND);
  assert.ok(first && first === second);
});

test("undo brings the object before back into hand, redo the one after", async () => {
  const bench = garage();
  const { store, document } = bench;
  await draw(bench, "polygon", FIRST);
  await draw(bench, "assist", SECOND);
  const [first, second] = idsAt(bench, FIRST, SECOND);
  document.undo();
  assert.deepEqual([store.segmentId.value, [...store.selectedSegments.value]], [first, [first]]);
  document.undo();
  assert.equal(store.segmentId.value, null);
  document.redo();
  document.redo();
  assert.equal(store.segmentId.value, second);
  store.segmentId.value = first;
  document.undo();
  assert.equal(store.segmentId.value, first, "what was selected since stays selected");
});

test("undo of an extension goes on extending the same object", async () => {
  const bench = garage();
  await draw(bench, "rectangle", FIRST);
  bench.store.extendedId.value = bench.store.segmentId.value;
  await draw(bench, "rectangle", SECOND);
  bench.document.undo();
  await draw(bench, "rectangle", THIRD);
  const [first, third] = idsAt(bench, FIRST, THIRD);
  assert.equal(first, third);
});

test("an outline that draws nothing leaves the selection", async () => {
  const bench = garage();
  await draw(bench, "rectangle", FIRST);
  const selected = bench.store.segmentId.value;
  bench.store.paintOver.value = "unlabelled";
  await draw(bench, "rectangle", FIRST);
  assert.equal(bench.store.segmentId.value, selected);
});

test("a locked object does not keep the next one from being begun", async () => {
  const bench = garage();
  await draw(bench, "polygon", FIRST);
  bench.store.lockedSegments.value = new Set(idsAt(bench, FIRST));
  await draw(bench, "polygon", SECOND);
  assert.notEqual(idsAt(bench, SECOND)[0], 0);
});

test("what begins objects can subtract too, and takes the right button", () => {
  for (const { name, beginsObject, canSubtract, takesSecondary } of Object.values(TOOLS))
    if (beginsObject) assert.ok(canSubtract && takesSecondary, name);
});
