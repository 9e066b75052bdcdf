import assert from "node:assert/strict";
import { test } from "node:test";
import { brushOutline, capsuleRuns, polygonRuns, snapToBrush } from "../../annotator/static/annotator/editor/shapes.js";
import { picture } from "./paint.mjs";
import { seeded } from "./random.mjs";

/** @param {(x: number, y: number) => boolean} isInside */
function expected(width, height, isInside) {
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (isInside(x + 0.5, y + 0.5) ? "#" : ".")).join(""),
  );
}

test("a brush of one pixel paints exactly the pixel under the pointer", () => {
  const at = [snapToBrush(2.9, 1), snapToBrush(1.1, 1)];
  assert.deepEqual(picture(capsuleRuns(at, at, 1), 5, 3), [".....", "..#..", "....."]);
});

test("a brush of two pixels paints the four pixels around the nearest corner", () => {
  const at = [snapToBrush(2.9, 2), snapToBrush(1.9, 2)];
  assert.deepEqual(picture(capsuleRuns(at, at, 2), 5, 4), [".....", "..##.", "..##.", "....."]);
});

test("a disc of five pixels has its corners cut", () => {
  assert.deepEqual(picture(capsuleRuns([2.5, 2.5], [2.5, 2.5], 5), 5, 5), [
    ".###.",
    "#####",
    "#####",
    "#####",
    ".###.",
  ]);
});

test("a stroke covers every pixel whose centre is within the radius of its line", () => {
  const random = seeded(7);
  for (let round = 0; round < 60; round++) {
    const diameter = random.int(1, 15);
    const point = () => [snapToBrush(random.next() * 40, diameter), snapToBrush(random.next() * 30, diameter)];
    const [a, b] = [point(), point()];
    const within = (x, y) => {
      const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
      const t = dx || dy ? Math.max(0, Math.min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy))) : 0;
      const distance = Math.hypot(x - a[0] - t * dx, y - a[1] - t * dy) - diameter / 2;
      return Math.abs(distance) < 1e-9 ? null : distance < 0;
    };
    const drawn = picture(capsuleRuns(a, b, diameter), 40, 30);
    drawn.forEach((row, y) =>
      [...row].forEach((mark, x) => {
        const wanted = within(x + 0.5, y + 0.5);
        if (wanted !== null) assert.equal(mark === "#", wanted, `pixel ${x},${y} of ${a} to ${b}, ${diameter} px`);
      }),
    );
  }
});

test("a one-pixel line between two points has no gap", () => {
  const drawn = picture(capsuleRuns([0.5, 0.5], [19.5, 7.5], 1), 20, 8);
  for (let x = 0; x < 20; x++)
    assert.ok(
      drawn.some((row) => row[x] === "#"),
      `column ${x} is empty`,
    );
});

test("a rectangle given by its corners has exactly its pixels", () => {
  assert.deepEqual(
    picture(
      polygonRuns([
        [1, 1],
        [4, 1],
        [4, 3],
        [1, 3],
      ]),
      6,
      4,
    ),
    ["......", ".###..", ".###..", "......"],
  );
});

test("a polygon that crosses itself leaves out what it encloses twice", () => {
  const square = [
    [0, 0],
    [8, 0],
    [8, 8],
    [0, 8],
    [0, 0],
    [2, 2],
    [6, 2],
    [6, 6],
    [2, 6],
    [2, 2],
  ];
  const drawn = picture(polygonRuns(square), 8, 8);
  assert.equal(drawn[4], "##....##");
  assert.equal(drawn[0], "########");
});

test("two polygons that share an edge share no pixel and leave none out", () => {
  const left = polygonRuns([
    [0, 0],
    [10.3, 0],
    [6.7, 12],
    [0, 12],
  ]);
  const right = polygonRuns([
    [10.3, 0],
    [20, 0],
    [20, 12],
    [6.7, 12],
  ]);
  const [a, b] = [picture(left, 20, 12), picture(right, 20, 12)];
  a.forEach((row, y) => [...row].forEach((mark, x) => assert.notEqual(mark, b[y][x], `pixel ${x},${y}`)));
});

test("polygons follow the even-odd rule at every pixel centre", () => {
  const random = seeded(11);
  for (let round = 0; round < 40; round++) {
    const points = Array.from({ length: random.int(3, 9) }, () => [random.next() * 30 - 3, random.next() * 24 - 2]);
    const isInside = (x, y) => {
      let inside = false;
      points.forEach(([px, py], i) => {
        const [qx, qy] = points[(i + 1) % points.length];
        if (py > y !== qy > y && x < px + ((y - py) / (qy - py)) * (qx - px)) inside = !inside;
      });
      return inside;
    };
    assert.deepEqual(picture(polygonRuns(points), 26, 20), expected(26, 20, isInside));
  }
});

test("fewer than three corners enclose nothing", () => {
  assert.deepEqual(
    polygonRuns([
      [0, 0],
      [5, 5],
    ]),
    [],
  );
});

test("the brush outline runs along pixel edges around the painted pixels", () => {
  assert.equal(brushOutline(1), "M0.5 -0.5L0.5 0.5L-0.5 0.5L-0.5 -0.5Z");
  assert.equal(brushOutline(2), "M1 -1L1 0L1 0L1 1L-1 1L-1 0L-1 0L-1 -1Z");
});
