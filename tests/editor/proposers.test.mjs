import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { sizesAlike } from "../../annotator/static/annotator/editor/proposers/alike.js";
import { clickProposer } from "../../annotator/static/annotator/editor/proposers/click.js";
import { ClickAhead } from "../../annotator/static/annotator/editor/proposers/click_ahead.js";
import { knownPixels } from "../../annotator/static/annotator/editor/proposers/grabcut.js";
import { PicturePixels } from "../../annotator/static/annotator/editor/proposers/pixels.js";
import { superpixelProposer } from "../../annotator/static/annotator/editor/proposers/superpixel.js";
import { ViewAhead } from "../../annotator/static/annotator/editor/proposers/view_ahead.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { paint, segment } from "./paint.mjs";
import { createBench, settled, useTool } from "./workbench.mjs";

/** A server with superpixels, and a worker that holds the cells of one image until it is told to let them go. */
function desk() {
  const store = { superpixelScale: { peek: () => "medium" }, image: { peek: () => ({ id: desk.imageId }) } };
  const answers = [];
  const api = {
    request: () => new Promise((resolve) => answers.push(() => resolve(new Response(new Uint8Array(4))))),
  };
  const worker = {
    held: null,
    async run(job, { key }) {
      if (job === "keepCells") worker.held = key;
      else if (worker.held !== key) throw new Error(`The superpixels ${key} are not at hand.`);
      return [0, 0, 1];
    },
  };
  const proposer = superpixelProposer(api, store, worker);
  const ask = (id) => proposer.ask({ path: [[0, 0]] }, { image: { id }, isWanted: () => true, tell: () => {} });
  const open = (id) => {
    desk.imageId = id;
    proposer.forget?.();
    worker.held = null;
  };
  return { ask, open, answers };
}

test("back on an image the superpixels are fetched again, for the worker has let them go", async () => {
  const { ask, open, answers } = desk();
  open(1);
  const first = ask(1);
  answers[0]();
  assert.deepEqual(await first, { runs: [0, 0, 1] });
  open(2);
  open(1);
  const again = ask(1);
  answers[1]?.();
  assert.deepEqual(await again, { runs: [0, 0, 1] });
});

test("superpixels that arrive after the image was left do not push those of the open one out", async () => {
  const { ask, open, answers } = desk();
  open(1);
  const late = ask(1);
  open(2);
  const shown = ask(2);
  answers[1]();
  assert.deepEqual(await shown, { runs: [0, 0, 1] });
  answers[0]();
  assert.equal(await late, null);
  assert.deepEqual(await ask(2), { runs: [0, 0, 1] });
});

test("pixels that arrive after their image was left are not sent to the worker", async () => {
  const files = [];
  const opened = [];
  const source = { blob: () => new Promise((resolve) => files.push(resolve)) };
  const pixels = new PicturePixels({ run: async (_, { key }) => opened.push(key) }, source);
  const image = (id) => ({ id, width: 10, height: 10, pyramid: null });
  const late = pixels.ready(image(1), [5, 5]);
  const shown = pixels.ready(image(2), [5, 5]);
  files[1]("b");
  assert.equal(await shown, "2/0/0");
  files[0]("a");
  await assert.rejects(late, /closed/);
  assert.deepEqual(opened, ["2/0/0"]);
  assert.equal(await pixels.ready(image(2), [5, 5]), "2/0/0");
  assert.equal(opened.length, 1, "the open image's pixels are still there");
});

/** Pixels of runs as "x,y". */
const pixelsOf = (runs) => {
  const pixels = new Set();
  for (let i = 0; i < (runs ?? []).length; i += 3)
    for (let x = runs[i + 1]; x < runs[i + 2]; x++) pixels.add(`${x},${runs[i]}`);
  return pixels;
};

test("marks of GrabCut become pixels to keep and to drop; the later one counts where they cross", () => {
  assert.deepEqual(knownPixels([]), { keep: null, drop: null });
  const across = { positive: true, px: 3, path: [[10.5, 20.5], [40.5, 20.5]] };
  const down = { positive: false, px: 3, path: [[25.5, 5.5], [25.5, 35.5]] };
  for (const marks of [[across, down], [down, across]]) {
    const { keep, drop } = knownPixels(marks);
    const [kept, dropped] = [pixelsOf(keep), pixelsOf(drop)];
    for (const pixel of kept) assert.ok(!dropped.has(pixel), pixel);
    assert.ok(kept.has("12,20") && dropped.has("25,8"));
    assert.equal((marks[1] === down ? dropped : kept).has("25,20"), true);
  }
  assert.deepEqual([...pixelsOf(knownPixels([{ positive: true, px: 1, path: [[7.2, 3.9]] }]).keep)], ["7,3"]);
});

/** What a click proposer sent to the server, and what it answered. */
async function clicked({ points, box = null, alike = [], inView = null }) {
  const sent = [];
  const api = {
    request: async (method, path, { json }) => {
      sent.push(json);
      return Response.json({ runs: [0, 0, 1], score: 0.9 });
    },
  };
  const asking = { image: { id: 7, width: 30, height: 20 }, isWanted: () => true, tell: () => {} };
  return { answer: await clickProposer(api, { sizesAlike: () => alike, inView: () => inView }).ask({ points, box }, asking), sent };
}

const [INSIDE, OUTSIDE] = [true, false].map((positive) => ({ x: 3, y: 4, positive }));

test("clicks are sent as the middle of their pixels, those beside the image not at all", async () => {
  const beside = { x: 30, y: 4, positive: true };
  const { sent, answer } = await clicked({ points: [INSIDE, beside, { ...OUTSIDE, x: 29 }] });
  assert.deepEqual(sent[0].points, [
    { x: 3.5, y: 4.5, positive: true },
    { x: 29.5, y: 4.5, positive: false },
  ]);
  assert.deepEqual(answer.runs, [0, 0, 1]);
});

test("what does not belong to the object is no object: nothing is proposed, and why is said", async () => {
  for (const points of [[OUTSIDE], [OUTSIDE, { x: -1, y: 4, positive: true }]]) {
    const { sent, answer } = await clicked({ points });
    assert.deepEqual([sent, answer.runs], [[], []]);
    assert.match(answer.note, /Click the object/);
  }
  const box = { x0: 1, y0: 1, x1: 9, y1: 9 };
  assert.equal((await clicked({ points: [OUTSIDE], box })).sent.length, 1);
});

test("sizes of other objects go with clicks, and not with a box, which says how large it is", async () => {
  const alike = [40, 50, 60];
  assert.deepEqual((await clicked({ points: [INSIDE], alike })).sent[0].alike, alike);
  const box = { x0: 1, y0: 1, x1: 9, y1: 9 };
  assert.deepEqual((await clicked({ points: [INSIDE], box, alike })).sent[0].alike, []);
});

test("a proposal is about what was in view as it was begun; the next one about what is in view then", async () => {
  const sent = [];
  const api = {
    request: async (method, path, { json }) => {
      sent.push(json.seen);
      return Response.json({ runs: [], score: 0.9 });
    },
  };
  let seen = { x0: 0, y0: 0, x1: 9, y1: 9 };
  const proposer = clickProposer(api, { sizesAlike: () => [], inView: () => seen });
  const asking = { image: { id: 7, width: 30, height: 20 }, isWanted: () => true, tell: () => {} };
  const box = { x0: 1, y0: 1, x1: 9, y1: 9 };
  const [first, second, third] = [INSIDE, OUTSIDE, INSIDE].map((point) => ({ ...point }));
  await proposer.ask({ points: [first], box: null }, asking);
  seen = { x0: 10, y0: 0, x1: 19, y1: 9 };
  await proposer.ask({ points: [first, second], box: null }, asking);
  await proposer.ask({ points: [first, second], box }, asking);
  await proposer.ask({ points: [third], box: null }, asking);
  seen = null;
  await proposer.ask({ points: [third, second], box: null }, asking);
  await proposer.prepare(asking);
  assert.deepEqual(sent, [...Array(3).fill([0, 0, 9, 9]), ...Array(2).fill([10, 0, 19, 9]), null]);
});

test("what was in view holds while the server makes it ready, whatever is proposed meanwhile", async () => {
  let seen = { x0: 0, y0: 0, x1: 9, y1: 9 };
  const sent = [];
  const proposer = clickProposer(
    {
      request: async (method, path, { json } = {}) => {
        if (path.startsWith("/jobs/")) return Response.json({ state: "succeeded" });
        sent.push(json.seen[0]);
        return sent.length === 1 ? Response.json({ job: 5 }, { status: 202 }) : Response.json({ runs: [], score: 1 });
      },
    },
    { sizesAlike: () => [], inView: () => seen },
  );
  const asking = { image: { id: 7, width: 30, height: 20 }, isWanted: () => true, tell: () => {} };
  const [mark, other] = [{ ...INSIDE }, { ...INSIDE }];
  const first = proposer.ask({ points: [mark], box: null }, asking);
  seen = { x0: 10, y0: 0, x1: 19, y1: 9 };
  const second = proposer.ask({ points: [other], box: null }, asking);
  await Promise.all([first, second]);
  await proposer.ask({ points: [mark, { ...OUTSIDE }], box: null }, asking);
  assert.deepEqual(sent.sort(), [0, 0, 0, 10]);
});

test("alike are the objects of the active class, where a new one of a thing class comes", () => {
  const map = new LabelMap(300, 260);
  const rects = [[0, 10, 1], [20, 25, 2], [30, 50, 3], [60, 99, 4]];
  for (const [x0, x1, id] of rects) paint(map, [5, x0, x1], id);
  const segments = [segment(1, 1), segment(2, 2), segment(3, 2), segment(4, 2), segment(5, 2)];
  const { store, document } = createBench({ map, segments });
  store.toolName.value = "assist";
  store.classId.value = 2;
  assert.deepEqual(sizesAlike(store, document), [5, 20, 39], "an object without pixels has no size");
  store.segmentId.value = 3;
  assert.deepEqual(sizesAlike(store, document), [5, 20, 39], "a proposal begins a new one");
  store.extendedId.value = 3;
  assert.deepEqual(sizesAlike(store, document), []);
  store.extendedId.value = null;
  store.polygonMode.value = "subtract";
  assert.deepEqual(sizesAlike(store, document), []);
  store.polygonMode.value = "add";
  store.classId.value = 1;
  assert.deepEqual(sizesAlike(store, document), [], "stuff is of any size");
  assert.deepEqual(sizesAlike(store, null), []);
});

test("why nothing is proposed stands in the strip, without waiting for anything", async () => {
  const bench = createBench({ answers: { click: async () => ({ runs: [], note: "Click the object." }) } });
  useTool(bench, "assist").click([40, 40], { shift: true });
  await settled(bench);
  const { message, since, pixels } = bench.store.proposal.value;
  assert.deepEqual([message, since, pixels], ["Click the object.", null, 0]);
});

test("the strip knows since when is waited, whatever is told meanwhile", async () => {
  const seen = [];
  const bench = createBench({
    answers: {
      click: async (_, { tell }) => {
        for (const text of ["first", "second"]) {
          tell(text);
          seen.push(bench.store.proposal.value.since);
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        return { runs: [0, 0, 1] };
      },
    },
  });
  useTool(bench, "assist").click([40, 40]);
  await settled(bench);
  assert.ok(seen[0] > 0 && seen[0] === seen[1]);
  assert.equal(bench.store.proposal.value.since, null);
});

test("what cannot be made ready is told, and not taken to be ready", async () => {
  const { store, suggestions, refusals } = createBench();
  const { proposers } = suggestions.ports;
  proposers.click.prepare = async () => {
    throw new Error("There are no weights.");
  };
  assert.equal(await suggestions.prepare("click"), false);
  assert.deepEqual(refusals, ["There are no weights."]);
  proposers.click.prepare = async ({ tell }) => tell("The image is being prepared …");
  assert.equal(await suggestions.prepare("click"), true);
  assert.equal(await suggestions.prepare("wand"), false, "there is nothing to prepare");
  assert.equal(store.proposal.value, null);
});

/** Images are opened one after the other; `asked` are those that were made ready for clicks ahead of time. */
function clickAhead() {
  const asked = [];
  const ahead = new ClickAhead(async ({ id }) => asked.push(id));
  let id = 0;
  const open = (isUsed) => {
    ahead.begin();
    if (isUsed) ahead.used();
    ahead.comes({ id: ++id });
  };
  return { asked, open, ahead };
}

test("with click-to-segment in use each next image is made ready, once", () => {
  const { asked, open, ahead } = clickAhead();
  for (let i = 0; i < 6; i++) open(true);
  ahead.comes({ id: 6 });
  ahead.used();
  assert.deepEqual(asked, [1, 2, 3, 4, 5, 6]);
});

test("a tool that is taken up makes the image ready that is next already", () => {
  const { asked, open, ahead } = clickAhead();
  open(false);
  assert.deepEqual(asked, []);
  ahead.used();
  assert.deepEqual(asked, [1]);
});

test("some images after its last use click-to-segment is wanted no more", () => {
  const { asked, open } = clickAhead();
  open(true);
  for (let i = 0; i < 6; i++) open(false);
  assert.deepEqual(asked, [1, 2, 3, 4]);
});

/** A view that moves, and a server that is slow: `finish` ends what it is at. */
function viewAhead(context) {
  mock.timers.enable({ apis: ["setTimeout"] });
  context.after(() => mock.timers.reset());
  const asked = [];
  const running = [];
  const ahead = new ViewAhead(({ id }, { x0 }) => {
    asked.push([id, x0]);
    return new Promise((resolve) => running.push(resolve));
  });
  const seen = (x0) => ({ x0, y0: 0, x1: 9, y1: 9 });
  const rest = (x0, id = 7, ms = 1000) => {
    ahead.moved({ id }, seen(x0));
    mock.timers.tick(ms);
  };
  const finish = async () => {
    running.shift()();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { ahead, asked, rest, finish, seen };
}

test("once the view rests, what is seen is made ready, each place once", async (context) => {
  const { ahead, asked, rest, finish, seen } = viewAhead(context);
  for (const x0 of [1, 2, 3]) rest(x0, 7, 300);
  assert.deepEqual(asked, []);
  mock.timers.tick(300);
  assert.deepEqual(asked, [[7, 3]]);
  await finish();
  rest(3);
  ahead.moved({ id: 7 }, null);
  mock.timers.tick(1000);
  rest(5, 7, 300);
  ahead.stop();
  mock.timers.tick(1000);
  assert.deepEqual(asked, [[7, 3]]);
  rest(3, 8);
  assert.deepEqual(asked.at(-1), [8, 3]);
  await finish();
  ahead.moved({ id: 8 }, seen(6));
  ahead.knows({ id: 8 }, seen(6));
  mock.timers.tick(1000);
  assert.equal(asked.length, 2, "somebody else asked for it");
});

test("places that were passed by while the server was at work are not looked at", async (context) => {
  const { asked, rest, finish } = viewAhead(context);
  for (const x0 of [1, 2, 3, 4]) rest(x0);
  assert.deepEqual(asked, [[7, 1]]);
  await finish();
  assert.deepEqual(asked, [[7, 1], [7, 4]]);
  await finish();
  assert.equal(asked.length, 2);
});

const openAnother = ({ store }) => (store.image.value = { ...store.image.value, id: 8 });
const openAgain = ({ suggestions }) => suggestions.begin({ width: 300, height: 260 });

for (const [name, leave, isTold] of [
  ["is told", () => {}, true],
  ["of an image that was closed is not told on the next", openAnother, false],
  ["of an image that was opened again is not told", openAgain, false],
]) {
  test(`a failed proposal ${name}`, async () => {
    const bench = createBench({
      answers: {
        wand: async () => {
          leave(bench);
          throw new Error("Nothing was found.");
        },
      },
    });
    useTool(bench, "wand").click([40, 40]);
    await settled(bench);
    assert.deepEqual(bench.refusals, isTold ? ["Nothing was found."] : []);
  });
}
