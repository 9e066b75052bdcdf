import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import {
  boxBetween,
  brushOutline,
  dabRuns,
  ellipseRuns,
  rectangleRuns,
  snapToBrush,
  sweepRuns,
} from "../../annotator/static/annotator/editor/shapes.js";
import { paint, picture, rows } from "./paint.mjs";
import { seeded } from "./random.mjs";

const WIDTH = 90;
const HEIGHT = 70;

function randomDab(random, isTapered, diameter) {
  const size = isTapered ? random.int(1, 30) : diameter;
  return {
    x: snapToBrush(random.next() * 100 - 5, size),
    y: snapToBrush(random.next() * 80 - 5, size),
    diameter: size,
  };
}

for (const shape of ["round", "square"]) {
  for (const isTapered of [false, true]) {
    test(`a ${isTapered ? "tapered " : ""}${shape} stroke without what the move before covered paints the same`, () => {
      const random = seeded(isTapered ? 31 : 32);
      for (let round = 0; round < 40; round++) {
        const diameter = random.int(1, 30);
        const stops = Array.from({ length: random.int(2, 6) }, () => randomDab(random, isTapered, diameter));
        const whole = new LabelMap(WIDTH, HEIGHT);
        const continued = new LabelMap(WIDTH, HEIGHT);
        paint(continued, dabRuns(stops[0], shape), 1);
        for (let i = 0; i + 1 < stops.length; i++) {
          paint(whole, sweepRuns(stops[i], stops[i + 1], shape), 1);
          paint(continued, sweepRuns(stops[i], stops[i + 1], shape, true), 1);
        }
        assert.deepEqual(rows(continued), rows(whole));
      }
    });
  }
}

test("a move writes the newly covered pixels only", () => {
  const count = (runs) => {
    let pixels = 0;
    for (let i = 0; i < runs.length; i += 3) pixels += runs[i + 2] - runs[i + 1];
    return pixels;
  };
  const from = { x: 3000, y: 2000, diameter: 2000 };
  const to = { x: 3004, y: 2000, diameter: 2000 };
  assert.ok(count(sweepRuns(from, to, "round")) > 3_000_000);
  assert.equal(count(sweepRuns(from, to, "round", true)), 4 * 2000);
  assert.equal(count(sweepRuns(from, to, "square", true)), 4 * 2000);
  assert.deepEqual(sweepRuns(to, to, "round", true), []);
});

test("a square dab has exactly its pixels, at odd and even sides", () => {
  const at = (value, diameter) => ({ x: snapToBrush(value, diameter), y: snapToBrush(value, diameter), diameter });
  assert.deepEqual(picture(dabRuns(at(2.6, 3), "square"), 6, 6), [
    "......",
    ".###..",
    ".###..",
    ".###..",
    "......",
    "......",
  ]);
  assert.deepEqual(picture(dabRuns(at(2.6, 4), "square"), 6, 6), [
    "......",
    ".####.",
    ".####.",
    ".####.",
    ".####.",
    "......",
  ]);
});

test("a sweep covers what the brush covers anywhere on its way", () => {
  const random = seeded(33);
  for (const shape of ["round", "square"]) {
    for (let round = 0; round < 8; round++) {
      const [a, b] = [randomDab(random, true), randomDab(random, true)];
      const drawn = picture(sweepRuns(a, b, shape), WIDTH, HEIGHT);
      drawn.forEach((row, y) =>
        [...row].forEach((mark, x) => {
          const depth = coverage(a, b, shape, x + 0.5, y + 0.5);
          if (Math.abs(depth) > 0.3) assert.equal(mark === "#", depth > 0, `${shape} ${x},${y}: ${depth}`);
        }),
      );
    }
  }
});

/** How deep a point lies inside the sweep at best, in pixels; by trying many places on the way. */
function coverage(a, b, shape, x, y) {
  let best = -Infinity;
  for (let i = 0; i <= 250; i++) {
    const t = i / 250;
    const [cx, cy] = [a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)];
    const r = (a.diameter + t * (b.diameter - a.diameter)) / 2;
    const [dx, dy] = [Math.abs(x - cx), Math.abs(y - cy)];
    best = Math.max(best, r - (shape === "square" ? Math.max(dx, dy) : Math.hypot(dx, dy)));
  }
  return best;
}

test("rectangles and ellipses lie within their box, and touch its sides", () => {
  const box = boxBetween([7, 9], [2, 3]);
  assert.deepEqual(box, { x0: 2, y0: 3, x1: 8, y1: 10 });
  const rectangle = picture(rectangleRuns(box), 10, 12);
  assert.equal(rectangle.join("").replaceAll(".", "").length, 6 * 7);
  const ellipse = picture(ellipseRuns(box), 10, 12);
  assert.equal(ellipse[3], "...####...");
  assert.equal(ellipse[6], "..######..");
  assert.equal(ellipse[2] + ellipse[10], "....................");
  assert.ok(ellipse.every((row, y) => [...row].every((mark, x) => mark === "." || rectangle[y][x] === "#")));
});

test("ellipses agree with their equation at every pixel centre", () => {
  const random = seeded(34);
  for (let round = 0; round < 30; round++) {
    const box = boxBetween([random.int(0, 80), random.int(0, 60)], [random.int(0, 80), random.int(0, 60)]);
    const [cx, cy] = [(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2];
    const [rx, ry] = [(box.x1 - box.x0) / 2, (box.y1 - box.y0) / 2];
    picture(ellipseRuns(box), WIDTH, HEIGHT).forEach((row, y) =>
      [...row].forEach((mark, x) => {
        const value = ((x + 0.5 - cx) / rx) ** 2 + ((y + 0.5 - cy) / ry) ** 2;
        if (Math.abs(value - 1) > 1e-9) assert.equal(mark === "#", value < 1, `${x},${y}`);
      }),
    );
  }
});

test("the outline of a square brush is a square", () => {
  const corners = brushOutline(3, "square").match(/-?[\d.]+ -?[\d.]+/g);
  assert.ok(corners.every((corner) => corner.split(" ").every((value) => Math.abs(Number(value)) <= 1.5)));
  assert.ok(corners.includes("-1.5 -1.5") && corners.includes("1.5 1.5"));
});
