import assert from "node:assert/strict";
import { test } from "node:test";
import { wandRuns } from "../../annotator/static/annotator/editor/worker/wand.js";
import { seeded } from "./random.mjs";

const WIDTH = 37;
const HEIGHT = 23;

function randomPixels(random, colors) {
  const data = Uint32Array.from({ length: WIDTH * HEIGHT }, () => colors[random.int(0, colors.length)]);
  return { width: WIDTH, height: HEIGHT, data };
}

const rgba = (red, green, blue) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

function distance(a, b) {
  const [ra, ga, ba] = [a & 255, (a >> 8) & 255, (a >> 16) & 255];
  const [rb, gb, bb] = [b & 255, (b >> 8) & 255, (b >> 16) & 255];
  const mean = (ra + rb) / 2;
  const squared = (2 + mean / 256) * (ra - rb) ** 2 + 4 * (ga - gb) ** 2 + (2 + (255 - mean) / 256) * (ba - bb) ** 2;
  return (100 * Math.sqrt(squared)) / (3 * 255);
}

function wanted({ data }, x, y, tolerance, isContiguous) {
  const seed = data[y * WIDTH + x];
  const alike = data.map((color) => +(distance(color, seed) <= tolerance));
  if (!isContiguous) return [...alike];
  const found = new Uint8Array(data.length);
  const open = [y * WIDTH + x];
  while (open.length) {
    const p = open.pop();
    if (!alike[p] || found[p]) continue;
    found[p] = 1;
    if (p % WIDTH) open.push(p - 1);
    if ((p + 1) % WIDTH) open.push(p + 1);
    if (p >= WIDTH) open.push(p - WIDTH);
    if (p + WIDTH < data.length) open.push(p + WIDTH);
  }
  return [...found];
}

function maskOf(runs) {
  const mask = new Uint8Array(WIDTH * HEIGHT);
  for (let i = 0; i < runs.length; i += 3)
    for (let x = runs[i + 1]; x < runs[i + 2]; x++) mask[runs[i] * WIDTH + x] = 1;
  return [...mask];
}

test("the wand takes the colours within its tolerance, connected or all", () => {
  const random = seeded(41);
  for (let round = 0; round < 60; round++) {
    const colors = Array.from({ length: 4 }, () => rgba(random.int(0, 256), random.int(0, 256), random.int(0, 256)));
    const pixels = randomPixels(random, colors);
    const [x, y] = [random.int(0, WIDTH), random.int(0, HEIGHT)];
    const options = { tolerance: random.int(0, 60), isContiguous: round % 2 === 0 };
    const found = maskOf(wandRuns(pixels, x, y, options));
    assert.deepEqual(found, wanted(pixels, x, y, options.tolerance, options.isContiguous), `round ${round}`);
  }
});

test("tolerance 0 takes the very colour, 100 everything", () => {
  const pixels = randomPixels(seeded(42), [rgba(0, 0, 0), rgba(255, 255, 255), rgba(1, 0, 0)]);
  pixels.data[0] = rgba(0, 0, 0);
  const exact = maskOf(wandRuns(pixels, 0, 0, { tolerance: 0, isContiguous: false }));
  assert.deepEqual(exact, [...pixels.data].map((color) => +(color === rgba(0, 0, 0))));
  const all = maskOf(wandRuns(pixels, 0, 0, { tolerance: 100, isContiguous: true }));
  assert.ok(all.every(Boolean));
});

test("a difference in green counts for more than the same in red or blue", () => {
  const grey = rgba(100, 100, 100);
  const reached = (color) => {
    const pixels = { width: 2, height: 1, data: Uint32Array.of(grey, color) };
    for (let tolerance = 0; ; tolerance++)
      if (wandRuns(pixels, 0, 0, { tolerance, isContiguous: true })[2] === 2) return tolerance;
  };
  assert.ok(reached(rgba(100, 160, 100)) > reached(rgba(160, 100, 100)));
  assert.ok(reached(rgba(100, 160, 100)) > reached(rgba(100, 100, 160)));
});

test("a click outside the image takes nothing", () => {
  const pixels = randomPixels(seeded(43), [rgba(0, 0, 0)]);
  for (const [x, y] of [
    [-1, 0],
    [WIDTH, 0],
    [0, HEIGHT],
  ])
    assert.equal(wandRuns(pixels, x, y, { tolerance: 100, isContiguous: true }).length, 0);
});
