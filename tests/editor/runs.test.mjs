import assert from "node:assert/strict";
import { test } from "node:test";
import { dilateRuns, erodeRuns } from "../../annotator/static/annotator/editor/growth.js";
import { holesOf, partsOf } from "../../annotator/static/annotator/editor/parts.js";
import {
  areaOf,
  boxOf,
  boxRuns,
  intersectRuns,
  isTidy,
  lineRuns,
  subtractRuns,
  tidyRuns,
  uniteRuns,
} from "../../annotator/static/annotator/editor/runs.js";
import { seeded } from "./random.mjs";

const WIDTH = 40;
const HEIGHT = 24;
const BOUNDS = { x0: 0, y0: 0, x1: WIDTH, y1: HEIGHT };

function randomMask(random, share) {
  return Uint8Array.from({ length: WIDTH * HEIGHT }, () => (random.next() < share ? 1 : 0));
}

function runsOfMask(mask) {
  const runs = [];
  mask.forEach((value, p) => value && runs.push(Math.floor(p / WIDTH), p % WIDTH, (p % WIDTH) + 1));
  return tidyRuns(runs);
}

function maskOf(runs) {
  const mask = new Uint8Array(WIDTH * HEIGHT);
  for (let i = 0; i < runs.length; i += 3) {
    for (let x = runs[i + 1]; x < runs[i + 2]; x++) {
      assert.equal(mask[runs[i] * WIDTH + x], 0, "no pixel is in two runs");
      mask[runs[i] * WIDTH + x] = 1;
    }
  }
  return mask;
}

/** Part numbers by the plainest search there is; 0 is background. */
function label(mask) {
  const labels = new Int32Array(mask.length);
  let count = 0;
  mask.forEach((value, start) => {
    if (!value || labels[start]) return;
    count++;
    const open = [start];
    while (open.length) {
      const p = open.pop();
      if (labels[p] || !mask[p]) continue;
      labels[p] = count;
      const x = p % WIDTH;
      if (x > 0) open.push(p - 1);
      if (x < WIDTH - 1) open.push(p + 1);
      if (p >= WIDTH) open.push(p - WIDTH);
      if (p + WIDTH < mask.length) open.push(p + WIDTH);
    }
  });
  return { labels, count };
}

test("runs in any order become a tidy set of the same pixels", () => {
  assert.deepEqual([...tidyRuns([3, 4, 6, 1, 5, 9, 1, 2, 5, 1, 0, 1, 3, 5, 5])], [1, 0, 1, 1, 2, 9, 3, 4, 6]);
  assert.equal(isTidy([1, 0, 1, 1, 2, 9, 3, 4, 6]), true);
  assert.equal(isTidy([3, 4, 6, 1, 0, 1]), false);
  assert.equal(isTidy([1, 4, 6, 1, 5, 9]), false);
});

test("union, intersection and difference agree with the pixels", () => {
  const random = seeded(1);
  for (let round = 0; round < 40; round++) {
    const [a, b] = [randomMask(random, 0.5), randomMask(random, 0.4)];
    const [left, right] = [runsOfMask(a), runsOfMask(b)];
    for (const [found, wanted] of [
      [uniteRuns(left, right), a.map((value, p) => value | b[p])],
      [intersectRuns(left, right), a.map((value, p) => value & b[p])],
      [subtractRuns(left, right), a.map((value, p) => value & ~b[p] & 1)],
    ]) {
      assert.deepEqual(maskOf(found), wanted);
      assert.ok(isTidy(found));
      assert.equal(
        areaOf(found),
        wanted.reduce((sum, value) => sum + value, 0),
      );
    }
  }
});

test("connected parts agree with a plain search", () => {
  const random = seeded(2);
  for (let round = 0; round < 40; round++) {
    const mask = randomMask(random, 0.3 + 0.4 * random.next());
    const { labels, count } = label(mask);
    const parts = partsOf(runsOfMask(mask));
    assert.equal(parts.length, count);
    parts.forEach((part, i) => assert.deepEqual(maskOf(part), Uint8Array.from(labels, (value) => +(value === i + 1))));
  }
});

test("holes are what no path leads out of", () => {
  const random = seeded(3);
  for (let round = 0; round < 40; round++) {
    const mask = randomMask(random, 0.65);
    const { labels } = label(mask.map((value) => 1 - value));
    const open = new Set();
    labels.forEach((value, p) => {
      const [x, y] = [p % WIDTH, Math.floor(p / WIDTH)];
      if (x === 0 || y === 0 || x === WIDTH - 1 || y === HEIGHT - 1) open.add(value);
    });
    const wanted = Uint8Array.from(labels, (value) => +(value > 0 && !open.has(value)));
    assert.deepEqual(maskOf(holesOf(runsOfMask(mask))), wanted);
  }
});

test("growing takes in every pixel within the distance, shrinking loses it", () => {
  const random = seeded(4);
  for (let round = 0; round < 25; round++) {
    const radius = random.int(1, 6);
    const mask = randomMask(random, round % 2 ? 0.02 : 0.97);
    const near = (value) =>
      Uint8Array.from(mask, (_, p) => {
        const [x, y] = [p % WIDTH, Math.floor(p / WIDTH)];
        for (let dy = -radius; dy <= radius; dy++) {
          for (let dx = -radius; dx <= radius; dx++) {
            if (dx * dx + dy * dy > radius * radius) continue;
            const [nx, ny] = [x + dx, y + dy];
            if (nx < 0 || ny < 0 || nx >= WIDTH || ny >= HEIGHT) continue;
            if (mask[ny * WIDTH + nx] === value) return 1;
          }
        }
        return 0;
      });
    const runs = runsOfMask(mask);
    assert.deepEqual(maskOf(dilateRuns(runs, radius, BOUNDS)), near(1));
    const shrunk = near(0).map((isNear, p) => (mask[p] && !isNear ? 1 : 0));
    assert.deepEqual(maskOf(erodeRuns(runs, radius, BOUNDS)), shrunk);
  }
});

test("a line lets nothing through", () => {
  const random = seeded(5);
  for (let round = 0; round < 60; round++) {
    const left = [0.5, random.next() * HEIGHT];
    const middle = [random.next() * WIDTH, random.next() * HEIGHT];
    const right = [WIDTH - 0.5, random.next() * HEIGHT];
    const line = lineRuns([left, middle, right]);
    const rest = subtractRuns(boxRuns(BOUNDS), line);
    for (const part of partsOf(rest)) {
      const box = boxOf(part);
      assert.ok(box.y0 > 0 || box.y1 < HEIGHT, "a way leads from the top to the bottom");
    }
  }
});

test("nothing has no parts, no holes and no box", () => {
  const nothing = new Int32Array(0);
  assert.equal(boxOf(nothing), null);
  assert.deepEqual(partsOf(nothing), []);
  assert.equal(holesOf(nothing).length, 0);
  assert.equal(dilateRuns(nothing, 3, BOUNDS).length, 0);
});
