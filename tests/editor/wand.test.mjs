import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutHoles, withoutSpecks } from "../../annotator/static/annotator/editor/worker/coherence.js";
import { seedsRuns, wandRuns } from "../../annotator/static/annotator/editor/worker/wand.js";
import { seeded } from "./random.mjs";

const WIDTH = 37;
const HEIGHT = 23;
/** As it was clicked, without any smoothing. */
const BARE = { samplePx: 1, grainPixels: 0 };

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
    const options = { ...BARE, tolerance: random.int(0, 60), isContiguous: round % 2 === 0 };
    const found = maskOf(wandRuns(pixels, x, y, options));
    assert.deepEqual(found, wanted(pixels, x, y, options.tolerance, options.isContiguous), `round ${round}`);
  }
});

test("tolerance 0 takes the very colour, 100 everything", () => {
  const pixels = randomPixels(seeded(42), [rgba(0, 0, 0), rgba(255, 255, 255), rgba(1, 0, 0)]);
  pixels.data[0] = rgba(0, 0, 0);
  const exact = maskOf(wandRuns(pixels, 0, 0, { ...BARE, tolerance: 0, isContiguous: false }));
  assert.deepEqual(exact, [...pixels.data].map((color) => +(color === rgba(0, 0, 0))));
  const all = maskOf(wandRuns(pixels, 0, 0, { ...BARE, tolerance: 100, isContiguous: true }));
  assert.ok(all.every(Boolean));
});

test("a difference in green counts for more than the same in red or blue", () => {
  const grey = rgba(100, 100, 100);
  const reached = (color) => {
    const pixels = { width: 2, height: 1, data: Uint32Array.of(grey, color) };
    for (let tolerance = 0; ; tolerance++)
      if (wandRuns(pixels, 0, 0, { ...BARE, tolerance, isContiguous: true })[2] === 2) return tolerance;
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
    assert.equal(wandRuns(pixels, x, y, { ...BARE, tolerance: 100, isContiguous: true }).length, 0);
});

/** Connected parts of the pixels with one value, as lists of indices. */
function partsOf(mask, value) {
  const seen = new Uint8Array(mask.length);
  const parts = [];
  for (let first = 0; first < mask.length; first++) {
    if (mask[first] !== value || seen[first]) continue;
    const part = [first];
    seen[first] = 1;
    for (const p of part) {
      const [x, y] = [p % WIDTH, Math.floor(p / WIDTH)];
      for (const [nx, ny] of [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]]) {
        const n = ny * WIDTH + nx;
        if (nx < 0 || ny < 0 || nx >= WIDTH || ny >= HEIGHT || seen[n] || mask[n] !== value) continue;
        seen[n] = 1;
        part.push(n);
      }
    }
    parts.push(part);
  }
  return parts;
}

function runsOf(mask) {
  const runs = [];
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      if (!mask[y * WIDTH + x]) continue;
      const from = x;
      while (x < WIDTH && mask[y * WIDTH + x]) x++;
      runs.push(y, from, x);
    }
  return Int32Array.from(runs);
}

const isTidyRun = (runs) => {
  for (let i = 3; i < runs.length; i += 3)
    if (runs[i] < runs[i - 3] || (runs[i] === runs[i - 3] && runs[i + 1] <= runs[i - 1])) return false;
  return true;
};

/** What a flood from outside of the set's box does not reach, where the picture goes on beyond that box. */
function holesBySearch(mask, pixels) {
  const at = [...mask.keys()].filter((p) => mask[p]);
  const [xs, ys] = [at.map((p) => p % WIDTH), at.map((p) => Math.floor(p / WIDTH))];
  const box = { x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(...ys), y1: Math.max(...ys) };
  const isOut = (p) => {
    const [x, y] = [p % WIDTH, Math.floor(p / WIDTH)];
    return x < box.x0 || x > box.x1 || y < box.y0 || y > box.y1;
  };
  return partsOf(mask, 0).filter((part) => part.length < pixels && !part.some(isOut));
}

test("holes below a size are filled and nothing else; specks below it go and nothing else", () => {
  const random = seeded(44);
  for (let round = 0; round < 80; round++) {
    const share = 0.2 + 0.6 * random.next();
    const mask = Array.from({ length: WIDTH * HEIGHT }, () => +(random.next() < share));
    const pixels = random.int(1, 12);
    const runs = runsOf(mask);
    const filled = withoutHoles(runs, pixels, { width: WIDTH, height: HEIGHT });
    const wantedFilled = [...mask];
    for (const p of holesBySearch(mask, pixels).flat()) wantedFilled[p] = 1;
    assert.deepEqual(maskOf(filled), wantedFilled, `round ${round}`);
    const kept = withoutSpecks(runs, pixels);
    const wantedKept = [...mask];
    for (const part of partsOf(mask, 1)) if (part.length < pixels) for (const p of part) wantedKept[p] = 0;
    assert.deepEqual(maskOf(kept), wantedKept, `round ${round}`);
    assert.ok(isTidyRun(filled) && isTidyRun(kept));
  }
  assert.equal(withoutHoles(new Int32Array(0), 9, { width: WIDTH, height: HEIGHT }).length, 0);
});

/** A grey square on a lighter ground, both with grain. */
function grainyPicture(random) {
  const data = Uint32Array.from({ length: WIDTH * HEIGHT }, (_, p) => {
    const [x, y] = [p % WIDTH, Math.floor(p / WIDTH)];
    const isSquare = x >= 5 && x < 30 && y >= 4 && y < 20;
    const grey = (isSquare ? 90 : 170) + random.int(-20, 21) + random.int(-20, 21);
    return rgba(grey, grey, grey);
  });
  return { width: WIDTH, height: HEIGHT, data };
}

test("on a grainy picture a click gives one region without holes, unless that is switched off", () => {
  const random = seeded(45);
  for (let round = 0; round < 20; round++) {
    const pixels = grainyPicture(random);
    const options = { tolerance: 12, samplePx: 5 };
    for (const isContiguous of [true, false]) {
      const bare = maskOf(wandRuns(pixels, 17, 12, { ...options, isContiguous, grainPixels: 0 }));
      const smooth = maskOf(wandRuns(pixels, 17, 12, { ...options, isContiguous, grainPixels: 40 }));
      assert.ok(partsOf(bare, 0).length > 3, "the grain is there");
      assert.equal(partsOf(smooth, 1).length, 1);
      assert.ok(partsOf(smooth, 0).every((part) => part.length >= 40 || part.some((p) => holesAtEdge(p))));
      const area = smooth.reduce((sum, value) => sum + value, 0);
      assert.ok(area > 0.85 * 25 * 16 && area < 1.05 * 25 * 16, String(area));
    }
  }
});

/** Whether a pixel lies beside the square, where what is not taken is no hole. */
function holesAtEdge(p) {
  const [x, y] = [p % WIDTH, Math.floor(p / WIDTH)];
  return x <= 6 || x >= 28 || y <= 5 || y >= 18;
}

test("a sample of several pixels does not hang on the one that was clicked on", () => {
  const random = seeded(46);
  const areas = (samplePx) => {
    const pixels = grainyPicture(seeded(47));
    return Array.from({ length: 60 }, () => {
      const [x, y] = [random.int(8, 27), random.int(7, 17)];
      const options = { tolerance: 12, isContiguous: true, samplePx, grainPixels: 40 };
      return maskOf(wandRuns(pixels, x, y, options)).reduce((sum, value) => sum + value, 0);
    });
  };
  const spread = (values) => {
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };
  const [one, nine, many] = [1, 3, 5].map((samplePx) => spread(areas(samplePx)));
  assert.ok(nine < 0.4 * one && many < 0.4 * one, `${one} ${nine} ${many}`);
});

test("a sample at the border of the picture is the mean of what is there", () => {
  const pixels = { width: 2, height: 2, data: Uint32Array.of(10, 30, 20, 40).map((grey) => rgba(grey, grey, grey)) };
  const found = wandRuns(pixels, 0, 0, { tolerance: 2, isContiguous: false, samplePx: 5, grainPixels: 0 });
  assert.deepEqual([...found], [0, 1, 2, 1, 0, 1], "25 is within 5 of 20 and 30 only");
});

test("several colours are what each of them is, the later one over those before; each has its own tolerance", () => {
  const random = seeded(48);
  const pixels = randomPixels(random, [rgba(0, 0, 0), rgba(60, 60, 60), rgba(200, 30, 30), rgba(30, 30, 200)]);
  for (let round = 0; round < 20; round++) {
    const seeds = Array.from({ length: 4 }, (_, i) => ({
      x: random.int(0, WIDTH),
      y: random.int(0, HEIGHT),
      positive: i === 0 || random.next() < 0.5,
      tolerance: random.int(1, 30),
      isContiguous: false,
      ...BARE,
    }));
    const expected = new Array(WIDTH * HEIGHT).fill(0);
    for (const seed of seeds) {
      const own = wanted(pixels, seed.x, seed.y, seed.tolerance, false);
      own.forEach((isAlike, p) => isAlike && (expected[p] = +seed.positive));
    }
    assert.deepEqual([...maskOf(seedsRuns(pixels, seeds))], expected);
  }
});
