import assert from "node:assert/strict";
import { test } from "node:test";
import { Prefetch } from "../../annotator/static/annotator/editor/prefetch.js";

/** A server that offers image 2 after image 1, 3 after 2 …, and counts what is opened, closed and given back. */
function harness({ prediction = null } = {}) {
  const image = (id, state = "new") => ({ id, project: 1, revision: 0, prediction, state });
  const seen = { mirrors: 0, pictures: 0, released: [] };
  const answers = [];
  const api = {
    labels: async () => ({ revision: 0, tiff: new ArrayBuffer(0) }),
    nextAfter: (_, __, id) => new Promise((resolve) => answers.push(() => resolve(image(id + 1)))),
    release: (id) => seen.released.push(id),
  };
  const worker = {
    open: async () => {
      seen.mirrors++;
      return { decoded: {}, mirror: { close: () => seen.mirrors-- } };
    },
  };
  const load = async () => {
    seen.pictures++;
    return {};
  };
  const fate = { prepare: () => {}, close: () => seen.pictures-- };
  const prefetch = new Prefetch(api, worker, load, fate);
  return { prefetch, image, seen, answers, answer: () => answers.shift()() };
}

test("the image ahead is handed over complete, once", async () => {
  const { prefetch, image, seen, answer } = harness();
  const looking = prefetch.lookAhead(image(1), "annotate");
  answer();
  await looking;
  assert.equal(prefetch.takeReady().image.id, 2);
  assert.equal(prefetch.takeReady(), null);
  assert.deepEqual(seen, { mirrors: 1, pictures: 1, released: [] });
});

test("an image ahead that is not wanted is closed and given back", async () => {
  const { prefetch, image, seen, answer } = harness();
  const looking = prefetch.lookAhead(image(1), "annotate");
  answer();
  await looking;
  await prefetch.take(image(7));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(seen, { mirrors: 1, pictures: 1, released: [2] });
});

test("an answer that comes after the user went on is given back", async () => {
  const { prefetch, image, seen, answer } = harness();
  const looking = prefetch.lookAhead(image(1), "annotate");
  await prefetch.take(image(7));
  answer();
  await looking;
  assert.deepEqual(seen.released, [2]);
  assert.equal(prefetch.ahead, null);
});

test("labels that are loaded anew leave no mirror behind", async () => {
  const { prefetch, image, seen, answer } = harness({ prediction: { model: 1 } });
  const looking = prefetch.lookAhead(image(1), "annotate");
  answer();
  await looking;
  await prefetch.take(image(2));
  assert.deepEqual(seen, { mirrors: 1, pictures: 1, released: [] });
});

for (const [purpose, state, isAsked] of [
  ["annotate", "returned", true],
  ["annotate", "submitted", false],
  ["annotate", "accepted", false],
  ["review", "submitted", true],
  ["review", "accepted", false],
])
  test(`after an image that is ${state} the next one to ${purpose} is ${isAsked ? "" : "not "}claimed`, () => {
    const { prefetch, image, answers } = harness();
    void prefetch.lookAhead(image(1, state), purpose);
    assert.equal(answers.length, isAsked ? 1 : 0);
  });
