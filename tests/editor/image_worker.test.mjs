import assert from "node:assert/strict";
import { test } from "node:test";

/** The worker's module in this thread; pictures are decoded when they are let, and are of one colour each. */
let hear = () => {};
const answers = new Map();
globalThis.self = {
  addEventListener: (_, listener) => (hear = listener),
  postMessage: (answer) => answers.get(answer.id)(answer),
};
globalThis.createImageBitmap = async ({ decoded, isDark }) => {
  await decoded;
  return { width: 8, height: 4, isDark, close: () => {} };
};
globalThis.OffscreenCanvas = class {
  getContext() {
    return {
      drawImage: ({ isDark }) => (this.isDark = isDark),
      getImageData: (_x, _y, width, height) => ({
        width,
        height,
        data: new Uint8ClampedArray(width * height * 4).fill(this.isDark ? 0 : 255),
      }),
    };
  }
};
await import("../../annotator/static/annotator/editor/worker/image.worker.js");

let lastId = 0;
function ask(job, payload) {
  const id = ++lastId;
  return new Promise((resolve) => {
    answers.set(id, resolve);
    hear({ data: { id, job, payload } });
  });
}

function slowPicture() {
  let decode = () => {};
  const decoded = new Promise((resolve) => (decode = resolve));
  return { blob: { decoded }, decode: () => decode() };
}

const SEED = { x: 1, y: 1, positive: true, tolerance: 1, isContiguous: true, samplePx: 1, grainPixels: 0 };
const wand = (key) => ask("wand", { key, seeds: [SEED] });

test("a picture that took longer to decode does not push the open one out", async () => {
  const before = slowPicture();
  const late = ask("open", { key: "1/0/0", blob: before.blob, left: 0, top: 0 });
  await ask("open", { key: "2/0/0", blob: {}, left: 0, top: 0 });
  before.decode();
  assert.match((await late).error, /no longer wanted/);
  assert.equal((await wand("2/0/0")).result.length, 4 * 3);
});

test("a picture that is let go while it is decoded is not kept", async () => {
  const left = slowPicture();
  const opening = ask("open", { key: "3/0/0", blob: left.blob, left: 0, top: 0 });
  await ask("close", {});
  left.decode();
  assert.match((await opening).error, /no longer wanted/);
  assert.match((await wand("3/0/0")).error, /not at hand/);
});
