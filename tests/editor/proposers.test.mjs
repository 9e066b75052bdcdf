import assert from "node:assert/strict";
import { test } from "node:test";
import { PicturePixels } from "../../annotator/static/annotator/editor/proposers/pixels.js";
import { superpixelProposer } from "../../annotator/static/annotator/editor/proposers/superpixel.js";
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
