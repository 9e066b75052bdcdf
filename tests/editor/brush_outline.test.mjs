import assert from "node:assert/strict";
import { test } from "node:test";
import { dabRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { BrushOutline } from "../../annotator/static/annotator/editor/ui/brush_outline.js";

const view = (scale, height, y = 0) => ({ scale, x: 0, y, width: 1000, height, ratio: 1 });

/** Upright edges of a path as `x,y` of each pixel row that they pass. */
function uprightEdges(path) {
  const edges = new Set();
  let [x, y] = [0, 0];
  for (const [, letter, rest] of path.matchAll(/([MLHVZ])([^MLHVZ]*)/g)) {
    const numbers = rest.trim().split(/[ ,]+/).map(Number);
    const before = y;
    if (letter === "M" || letter === "L") [x, y] = numbers;
    if (letter === "H") x = numbers[0];
    if (letter === "V") y = numbers[0];
    if (letter === "L" || letter === "V")
      for (let row = Math.min(before, y); row < Math.max(before, y); row++) edges.add(`${x},${row}`);
  }
  return edges;
}

/** The same from the pixels that the brush covers. */
function edgesOf(diameter) {
  const middle = diameter % 2 ? 0.5 : 0;
  const runs = dabRuns({ x: middle, y: middle, diameter }, "round");
  const edges = new Set();
  for (let i = 0; i < runs.length; i += 3) {
    edges.add(`${runs[i + 1] - middle},${runs[i] - middle}`);
    edges.add(`${runs[i + 2] - middle},${runs[i] - middle}`);
  }
  return edges;
}

for (const diameter of [1, 2, 5, 24, 128, 301, 2000]) {
  test(`the outline of a brush of ${diameter} px follows the pixels that it paints`, () => {
    const path = new BrushOutline().path(diameter, "round", view(4, 16_000, 8_000), 0);
    assert.deepEqual(uprightEdges(path), edgesOf(diameter));
  });
}

test("of a large brush only the rows in sight are drawn", () => {
  const path = new BrushOutline().path(2000, "round", view(8, 800), 500);
  const rows = [...uprightEdges(path)].map((edge) => Number(edge.split(",")[1]) + 500);
  assert.ok(Math.min(...rows) >= -1 && Math.max(...rows) <= 101);
  assert.ok(rows.length >= 200 && rows.length <= 206);
});

test("a large brush that is out of sight draws nothing", () => {
  assert.equal(new BrushOutline().path(2000, "round", view(8, 800), 5_000), "");
});

test("where pixels cannot be told apart a large brush is a circle, and a square one has four corners", () => {
  const outline = new BrushOutline();
  assert.match(outline.path(2000, "round", view(0.5, 800), 0), /^M-1000 0A1000 1000/);
  assert.equal(outline.path(3, "square", view(8, 800), 0), "M-1.5 -1.5H1.5V1.5H-1.5Z");
});
