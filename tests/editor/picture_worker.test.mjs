import assert from "node:assert/strict";
import { test } from "node:test";

/** The worker's module in this thread: messages in, answers out; bitmaps that know whether they are closed. */
const bitmaps = [];
let hear = () => {};
const answers = new Map();
globalThis.self = {
  addEventListener: (_, listener) => (hear = listener),
  postMessage: (answer) => answers.get(answer.id)(answer),
};
let decode = () => {};
globalThis.createImageBitmap = (source, ...rest) =>
  new Promise((resolve, reject) => {
    const make = () => {
      if (source.isBroken) return reject(new Error("The image is broken."));
      const size = rest.at(-1)?.resizeWidth ? { width: rest.at(-1).resizeWidth, height: rest.at(-1).resizeHeight } : source;
      const bitmap = { width: size.width, height: size.height, isOpen: true, close: () => (bitmap.isOpen = false) };
      bitmaps.push(bitmap);
      resolve(bitmap);
    };
    if (source.isSlow) decode = make;
    else make();
  });
await import("../../annotator/static/annotator/editor/worker/picture.worker.js");

let lastId = 0;
function ask(job, payload) {
  const id = ++lastId;
  return new Promise((resolve) => {
    answers.set(id, resolve);
    hear({ data: { id, job, payload } });
  });
}

test("a picture that is closed while it is decoded leaves nothing behind", async () => {
  const opening = ask("open", { serial: 1, blob: { width: 6000, height: 4000, isSlow: true } });
  await ask("close", { serial: 1 });
  decode();
  assert.match((await opening).error, /closed/);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(bitmaps.filter(({ isOpen }) => isOpen), []);
  assert.match((await ask("tile", { serial: 1, level: 0, column: 0, row: 0 })).error, /closed/);
});

test("a file that is no image is told, and forgotten", async () => {
  assert.match((await ask("open", { serial: 2, blob: { isBroken: true } })).error, /broken/);
  assert.match((await ask("tile", { serial: 2, level: 0, column: 0, row: 0 })).error, /closed/);
});

test("an open picture gives its size and tiles", async () => {
  const opened = await ask("open", { serial: 3, blob: { width: 1000, height: 700 } });
  assert.deepEqual(opened.result, { width: 1000, height: 700 });
  assert.ok((await ask("tile", { serial: 3, level: 1, column: 0, row: 0 })).result.isOpen);
});
