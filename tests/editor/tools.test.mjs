import assert from "node:assert/strict";
import { test } from "node:test";
import { dragViewGesture } from "../../annotator/static/annotator/editor/tools/pan.js";
import { TOOLS } from "../../annotator/static/annotator/editor/tools/registry.js";
import { countsOf, pixelsOf } from "./paint.mjs";
import { seeded } from "./random.mjs";
import { createBench, settled, useTool } from "./workbench.mjs";

const square = (x0, y0, side) => Array.from({ length: side }, (_, i) => [y0 + i, x0, x0 + side]).flat();
const answers = {
  wand: ({ seeds: [{ x, y }] }) => ({ runs: square(x - 8, y - 8, 20) }),
  superpixel: ({ path }) => ({ runs: path.flatMap(([x, y]) => square(x & ~15, y & ~15, 16)) }),
  livewire: ({ anchors, pointer }) =>
    pointer ? { path: [...anchors, pointer], runs: null } : { path: anchors, runs: square(...anchors[0], 25) },
  grabcut: ({ box }) => ({ runs: square(box.x0, box.y0, 12) }),
  click: ({ points, box }) => ({ runs: square(points[0]?.x ?? box.x0, points[0]?.y ?? box.y0, 9), score: 0.9 }),
};

test("every tool has a key of its own, a hint and an icon", () => {
  const tools = Object.values(TOOLS);
  assert.equal(new Set(tools.map(({ key }) => key)).size, tools.length);
  for (const { name, hint, icon, label } of tools) assert.ok(hint && icon && label, name);
  assert.deepEqual(
    Object.fromEntries(tools.map(({ name, key }) => [name, key])),
    {
      brush: "B",
      eraser: "E",
      polygon: "P",
      rectangle: "R",
      ellipse: "O",
      fill: "G",
      wand: "W",
      superpixel: "S",
      livewire: "L",
      assist: "A",
      grabcut: "X",
      knife: "T",
      picker: "I",
      pan: "V",
      comment: "C",
    },
  );
});

for (const name of ["rectangle", "ellipse"]) {
  test(`the ${name} comes out the same by dragging, by two clicks and by keys`, async () => {
    const drawn = [];
    for (const way of ["drag", "clicks", "keys"]) {
      const bench = createBench();
      const hand = useTool(bench, name);
      if (way === "drag") hand.drag([20.5, 30.5], [90.5, 70.5]);
      else {
        hand.click([20.5, 30.5]);
        if (way === "clicks") hand.click([90.5, 70.5]);
        else {
          hand.hover([90.5, 70.5]);
          assert.ok(hand.key("Enter"));
        }
      }
      await settled(bench);
      assert.equal(bench.document.history.done.length, 1);
      drawn.push(pixelsOf(bench.document.map));
    }
    assert.ok(drawn[0].some(Boolean));
    assert.deepEqual(drawn[1], drawn[0]);
    assert.deepEqual(drawn[2], drawn[0]);
  });
}

test("a brush line by two clicks is the line by dragging", () => {
  const [clicked, dragged] = [createBench(), createBench()];
  const hand = useTool(clicked, "brush");
  hand.click([30, 40]);
  hand.click([120, 80], { shift: true });
  const other = useTool(dragged, "brush");
  other.down([30, 40]);
  other.move([120, 80]);
  other.up([120, 80]);
  assert.deepEqual(pixelsOf(clicked.document.map), pixelsOf(dragged.document.map));
});

test("without Shift two clicks are two dabs", () => {
  const bench = createBench();
  const hand = useTool(bench, "brush");
  hand.click([30, 40]);
  hand.click([220, 80]);
  assert.equal(bench.document.map.get(125, 60), 0);
});

test("a pen's pressure sets the size only where that is wished", () => {
  const width = (isPressureOn, pressure) => {
    const bench = createBench();
    bench.store.brushPx.value = 40;
    bench.store.isPressureOn.value = isPressureOn;
    useTool(bench, "brush").click([150, 100], { pressure });
    return bench.document.map.counts.reduce((sum, count) => sum + count, 0);
  };
  assert.equal(width(false, 0.25), width(false, 1));
  assert.equal(width(true, 1), width(false, 1));
  assert.ok(width(true, 0.5) < 0.3 * width(true, 1) && width(true, 0.5) > 0.2 * width(true, 1));
});

test("an outline that subtracts takes from the active class only; Shift at the end turns it round", () => {
  const bench = createBench();
  const hand = useTool(bench, "rectangle");
  bench.store.classId.value = 1;
  hand.drag([10, 10], [59, 59]);
  bench.store.classId.value = 3;
  hand.drag([60, 10], [109, 59]);
  bench.store.polygonMode.value = "subtract";
  hand.drag([40, 20], [80, 30]);
  const { map } = bench.document;
  assert.notEqual(map.get(45, 25), 0, "the road stays");
  assert.equal(map.get(70, 25), 0, "the sky goes");
  hand.drag([200, 200], [210, 210], { shift: true });
  assert.notEqual(map.get(205, 205), 0, "Shift painted");
});

test("a polygon closes on its first corner, by Enter, and loses corners by Backspace", () => {
  const bench = createBench();
  const hand = useTool(bench, "polygon");
  for (const corner of [[20, 20], [80, 20], [80, 80], [200, 200]]) hand.click(corner);
  hand.key("Backspace");
  assert.deepEqual(bench.sketches.at(-1).length, 3);
  hand.click([22, 22]);
  assert.notEqual(bench.document.map.get(70, 30), 0);
  assert.equal(bench.document.map.get(30, 70), 0);
  for (const corner of [[120, 20], [180, 20], [180, 80]]) hand.click(corner);
  hand.key("Enter");
  assert.notEqual(bench.document.map.get(170, 30), 0);
  assert.equal(bench.document.history.done.length, 2);
});

test("Escape leaves no trace of an outline in the making", () => {
  for (const name of ["polygon", "rectangle", "ellipse", "knife", "livewire"]) {
    const bench = createBench({ answers });
    const hand = useTool(bench, name);
    hand.click([20, 20]);
    hand.hover([90, 90]);
    assert.ok(hand.key("Escape"), name);
    assert.equal(hand.key("Escape"), false, name);
    assert.equal(bench.document.history.done.length, 0);
  }
});

test("the wand proposes; Enter paints, Escape does not", async () => {
  const bench = createBench({ answers });
  const hand = useTool(bench, "wand");
  hand.click([50.5, 60.5]);
  await settled(bench);
  assert.equal(bench.store.proposal.value.pixels, 400);
  assert.equal(bench.suggestions.picture.map.get(50, 60), 1);
  assert.ok(pixelsOf(bench.document.map).every((id) => id === 0), "nothing is painted yet");
  hand.key("Enter");
  await settled(bench);
  assert.notEqual(bench.document.map.get(50, 60), 0);
  assert.equal(bench.store.proposal.value, null);
  assert.equal(bench.suggestions.picture.map.get(50, 60), 0);
  hand.click([150.5, 160.5]);
  await settled(bench);
  hand.key("Escape");
  assert.equal(hand.key("Enter"), false);
  await settled(bench);
  assert.equal(bench.document.map.get(150, 160), 0);
  assert.equal(bench.document.history.done.length, 1);
});

test("dragging the wand sideways changes the tolerance, and the proposal follows the slider", async () => {
  const bench = createBench({ answers });
  const hand = useTool(bench, "wand");
  hand.down([50, 60]);
  hand.move([100, 60]);
  hand.up([100, 60]);
  assert.equal(bench.store.tolerance.value, 12, "a step of its square root");
  await settled(bench);
  const before = bench.asked.length;
  bench.store.tolerance.value = 40;
  await settled(bench);
  assert.equal(bench.asked.length, before + 1);
  assert.deepEqual(bench.asked.at(-1), { by: "wand", seeds: [{ x: 50, y: 60, positive: true }] });
  bench.store.grainPixels.value = 0;
  await settled(bench);
  bench.store.samplePx.value = 5;
  await settled(bench);
  assert.equal(bench.asked.length, before + 3, "so do its other options");
});

test("superpixels are painted by one click, or many by a drag as one step, without being asked for Enter", async () => {
  const bench = createBench({ answers });
  const hand = useTool(bench, "superpixel");
  hand.hover([20, 20]);
  await settled(bench);
  assert.equal(bench.document.history.done.length, 0);
  hand.click([20, 20]);
  hand.hover([200, 200]);
  await settled(bench);
  assert.notEqual(bench.document.map.get(20, 20), 0);
  assert.equal(bench.document.map.get(200, 200), 0, "the cell that is only shown is not painted");
  hand.drag([100, 100], [180, 100]);
  await settled(bench);
  for (const x of [100, 140, 180]) assert.notEqual(bench.document.map.get(x, 100), 0);
  assert.equal(bench.document.history.done.length, 2);
});

test("the livewire shows its line and paints when it is closed", async () => {
  const bench = createBench({ answers });
  const hand = useTool(bench, "livewire");
  hand.click([20, 20]);
  hand.hover([60, 20]);
  await settled(bench);
  assert.deepEqual(bench.sketches.at(-1), [[20, 20], [60, 20]]);
  hand.click([60, 20]);
  hand.click([60, 60]);
  hand.key("Enter");
  await settled(bench);
  assert.notEqual(bench.document.map.get(30, 30), 0);
  assert.deepEqual(bench.sketches.at(-1), []);
});

test("click-to-segment collects clicks of both kinds and a box, and takes them back", async () => {
  const bench = createBench({ answers });
  const hand = useTool(bench, "assist");
  const last = () => bench.asked.at(-1);
  hand.click([50, 60]);
  await settled(bench);
  hand.click([70, 60], { shift: true });
  await settled(bench);
  hand.click([80, 60], { isSecondary: true });
  await settled(bench);
  assert.deepEqual(last().points.map(({ positive }) => positive), [true, false, false]);
  assert.deepEqual(bench.store.clickMarks.value.map(({ x }) => x), [50, 70, 80]);
  hand.key("!");
  await settled(bench);
  assert.equal(last().points[2].positive, true, "by key: the last click turned round");
  hand.key("Backspace");
  await settled(bench);
  assert.equal(last().points.length, 2);
  hand.drag([30, 30], [120, 130]);
  await settled(bench);
  assert.deepEqual(last().box, { x0: 30, y0: 30, x1: 121, y1: 131 });
  assert.equal(last().points.length, 2);
  hand.key("Enter");
  await settled(bench);
  assert.equal(bench.document.history.done.length, 1);
  assert.deepEqual(bench.store.clickMarks.value, []);
  hand.click([30, 30], { ctrl: true });
  hand.click([120, 130]);
  await settled(bench);
  assert.deepEqual(last(), { by: "click", points: [], box: { x0: 30, y0: 30, x1: 121, y1: 131 } });
});

test("marks in its box correct what GrabCut found, the newest together with those before", async () => {
  const bench = createBench({ answers });
  const hand = useTool(bench, "grabcut");
  const marks = () => bench.asked.at(-1).marks.map(({ path, positive, px }) => ({ path, positive, px }));
  hand.drag([20, 20], [120, 120]);
  await settled(bench);
  assert.deepEqual(marks(), []);
  assert.equal(bench.sketches.at(-1).length, 4, "the box stays in sight");
  hand.click([50.5, 60.5]);
  await settled(bench);
  assert.deepEqual(marks(), [{ path: [[50.5, 60.5]], positive: true, px: 8 }]);
  hand.drag([70, 60], [100, 60], { shift: true });
  await settled(bench);
  assert.deepEqual(marks().at(-1), { path: [[70, 60], [85, 60], [100, 60]], positive: false, px: 8 });
  hand.click([30, 30], { isSecondary: true });
  await settled(bench);
  assert.deepEqual(bench.store.clickMarks.value.map(({ x, positive }) => [x, positive]), [[50, true], [70, false], [30, false]]);
  assert.ok(bench.asked.every(({ box }) => box.x0 === 20 && box.x1 === 121));
  hand.key("!");
  await settled(bench);
  assert.equal(marks()[2].positive, true, "by key: the last mark turned round");
  hand.key("Backspace");
  hand.key("Backspace");
  await settled(bench);
  assert.equal(marks().length, 1);
  assert.equal(bench.document.history.done.length, 0);
  hand.key("Enter");
  await settled(bench);
  assert.equal(bench.document.history.done.length, 1);
  assert.deepEqual(bench.store.clickMarks.value, []);
  assert.deepEqual(bench.sketches.at(-1), []);
  assert.equal(hand.key("Enter"), false);
});

test("another box of GrabCut begins without the marks of the one before; Escape dismisses all", async () => {
  const bench = createBench({ answers });
  const hand = useTool(bench, "grabcut");
  hand.drag([20, 20], [60, 60]);
  hand.click([40, 40]);
  hand.drag([100, 100], [160, 160]);
  await settled(bench);
  assert.deepEqual([bench.asked.at(-1).box.x0, bench.asked.at(-1).marks], [100, []]);
  assert.deepEqual(bench.store.clickMarks.value, []);
  hand.click([120, 120], { ctrl: true });
  hand.click([180, 180]);
  await settled(bench);
  assert.deepEqual(bench.asked.at(-1).box, { x0: 120, y0: 120, x1: 181, y1: 181 }, "with Ctrl a box in the box");
  hand.click([240, 40]);
  assert.ok(hand.key("Escape"), "the corner goes first");
  hand.click([150, 150]);
  await settled(bench);
  assert.equal(bench.asked.at(-1).marks.length, 1, "the box before is there still");
  const count = bench.asked.length;
  hand.click([20, 200], { isSecondary: true });
  assert.equal(bench.asked.length, count, "a right click beside the box is nothing");
  assert.ok(hand.key("Escape"));
  assert.equal(bench.store.proposal.value, null);
  assert.deepEqual([bench.store.clickMarks.value, bench.sketches.at(-1)], [[], []]);
  hand.click([150, 150]);
  await settled(bench);
  assert.equal(bench.asked.length, count, "a click is a corner again");
  assert.equal(bench.document.history.done.length, 0);
});

test("a click with the view tool centres its place, a drag does not, nor one that comes back", () => {
  const context = { scale: 2, ratio: 2 };
  const at = (x, y) => ({ x: x / 2, y: y / 2, screenX: x, screenY: y });
  const use = (create, ...points) => {
    const gesture = create();
    return [
      ...gesture.begin(points[0], context),
      ...points.slice(1).flatMap((point) => gesture.move(point, context)),
      ...gesture.end(points.at(-1), context),
    ];
  };
  const centring = (...points) => use(TOOLS.pan.create, ...points).filter(({ kind }) => kind === "centre");
  assert.deepEqual(centring(at(300, 200)), [{ kind: "centre", x: 150, y: 100 }]);
  assert.deepEqual(centring(at(300, 200), at(303, 198)).length, 1, "a hand that trembles has clicked");
  assert.deepEqual(centring(at(300, 200), at(400, 200)), []);
  assert.deepEqual(centring(at(300, 200), at(400, 200), at(300, 200)), []);
  assert.deepEqual(use(dragViewGesture, at(300, 200)), [], "a wheel that is pressed only drags");
});

test("a proposal accepted before its answer came is painted when it comes", async () => {
  let answer;
  const bench = createBench({ answers: { grabcut: () => new Promise((resolve) => (answer = resolve)) } });
  const hand = useTool(bench, "grabcut");
  hand.drag([20, 20], [60, 60]);
  hand.key("Enter");
  await new Promise((resolve) => setTimeout(resolve, 5));
  answer({ runs: square(20, 20, 10) });
  await settled(bench);
  assert.notEqual(bench.document.map.get(25, 25), 0);
});

test("a proposal that fails is told and forgotten", async () => {
  const bench = createBench({
    answers: {
      grabcut: () => {
        throw new Error("No object was found in the box.");
      },
    },
  });
  const hand = useTool(bench, "grabcut");
  hand.click([20, 20]);
  hand.click([60, 60]);
  await settled(bench);
  assert.deepEqual(bench.refusals, ["No object was found in the box."]);
  assert.equal(bench.store.proposal.value, null);
});

test("another tool does not wait for the slow answer of the one before, which is dropped", async () => {
  let slow;
  const bench = createBench({
    answers: { ...answers, grabcut: () => new Promise((_, reject) => (slow = () => reject(new Error("too late")))) },
  });
  useTool(bench, "grabcut").drag([20, 20], [60, 60]);
  const wand = useTool(bench, "wand");
  wand.click([150, 150]);
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve));
  assert.equal(bench.store.proposal.value?.by, "wand");
  slow();
  await settled(bench);
  assert.equal(bench.store.proposal.value?.by, "wand", "the failure of the other leaves it");
  wand.key("Enter");
  await settled(bench);
  assert.notEqual(bench.document.map.get(150, 150), 0);
});

test("of requests that come faster than answers only the first and the last are asked", async () => {
  const bench = createBench({ answers });
  const hand = useTool(bench, "superpixel");
  for (let x = 10; x < 200; x += 10) hand.hover([x, 50]);
  await settled(bench);
  assert.deepEqual(bench.asked.map(({ path }) => path[0][0]), [10, 190]);
});

/** One use of one tool, anywhere. */
async function useAnyTool(bench, random) {
  const names = Object.keys(TOOLS).filter((name) => TOOLS[name].writes || name === "picker");
  const name = names[random.int(0, names.length)];
  const hand = useTool(bench, name);
  const point = () => [random.int(-10, 310) + 0.5, random.int(-10, 270) + 0.5];
  bench.store.brushPx.value = random.int(1, 70);
  bench.store.brushShape.value = random.next() < 0.5 ? "round" : "square";
  bench.store.classId.value = random.int(1, 4);
  bench.store.paintOver.value = ["everything", "unlabelled", "class"][random.int(0, 3)];
  bench.store.polygonMode.value = random.next() < 0.3 ? "subtract" : "add";
  if (random.next() < 0.3) bench.store.segmentId.value = null;
  if (random.next() < 0.5) hand.drag(point(), point());
  else for (let i = random.int(1, 5); i > 0; i--) hand.click(point(), { shift: random.next() < 0.2 });
  await settled(bench);
  if (random.next() < 0.9) hand.key("Enter");
  else hand.key("Escape");
  await settled(bench);
  hand.cancel();
}

/** One operation on any segments. */
async function operateAnywhere(bench, random) {
  const { store, document, segmentEdits } = bench;
  const ids = document.segments.used(document.map.counts).map(({ id }) => id);
  if (!ids.length) return;
  store.segmentId.value = ids[random.int(0, ids.length)];
  store.selectedSegments.value = new Set([store.segmentId.value, ids[random.int(0, ids.length)]]);
  const names = ["split", "merge", "fillHoles", "keepLargest", "removeSpecks", "grow", "shrink", "intersect", "subtract"];
  const name = [...names, "erase", "changeClass"][random.int(0, names.length + 2)];
  await (name === "changeClass" ? segmentEdits.changeClass(random.int(1, 4)) : segmentEdits[name]());
  await settled(bench);
}

test("any sequence of tools and operations, all undone, gives the first pixels and segments back; redone, the last", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = seeded(seed);
    const bench = createBench({ answers });
    const { document } = bench;
    useTool(bench, "brush").drag([40, 40], [200, 150]);
    const first = pixelsOf(document.map);
    const rowsOf = () => JSON.stringify(document.segments.used(document.map.counts));
    const firstRows = rowsOf();
    const steps = document.history.done.length;
    for (let i = 0; i < 30; i++) {
      const dice = random.next();
      if (dice < 0.1) document.undo();
      else if (dice < 0.15) document.redo();
      else if (dice < 0.45) await operateAnywhere(bench, random);
      else await useAnyTool(bench, random);
      if (document.history.done.length < steps) document.redo();
      assert.deepEqual(document.map.counts, countsOf(document.map), `seed ${seed}, step ${i}`);
    }
    const last = pixelsOf(document.map);
    const lastRows = rowsOf();
    assert.deepEqual(pixelsOf(document.mirror.map), last, "the worker's mirror kept step");
    while (document.history.done.length > steps) document.undo();
    assert.deepEqual(pixelsOf(document.map), first, `seed ${seed}`);
    assert.equal(rowsOf(), firstRows);
    while (document.history.undone.length) document.redo();
    assert.deepEqual(pixelsOf(document.map), last, `seed ${seed}`);
    assert.equal(rowsOf(), lastRows);
  }
});
