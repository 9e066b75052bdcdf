import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { ALL_CELLS, boxesOf, CELL, cellsIn } from "../../annotator/static/annotator/editor/renderer/cell_mask.js";
import { TileShadows } from "../../annotator/static/annotator/editor/renderer/tile_shadows.js";
import { TILE, TILE_PIXELS } from "../../annotator/static/annotator/editor/tile.js";
import { seeded } from "./random.mjs";

test("the rectangles of a mask cover its cells once and nothing else", () => {
  const { int } = seeded(3);
  for (const mask of [0, 1, ALL_CELLS, 0x8421, ...Array.from({ length: 200 }, () => int(0, 65536))]) {
    const covered = new Uint8Array(16);
    for (const { x0, y0, x1, y1 } of boxesOf(mask))
      for (let y = y0; y < y1; y += CELL) for (let x = x0; x < x1; x += CELL) covered[(y / CELL) * 4 + x / CELL]++;
    for (let cell = 0; cell < 16; cell++) assert.equal(covered[cell], (mask >> cell) & 1);
  }
  assert.equal(boxesOf(ALL_CELLS).length, 1);
});

test("a box touches the cells that it overlaps, and may reach beyond the square", () => {
  assert.equal(cellsIn({ x0: 63, y0: 0, x1: 65, y1: 1 }), 0b11);
  assert.equal(cellsIn({ x0: -50, y0: -50, x1: 999, y1: 999 }), ALL_CELLS);
  assert.equal(cellsIn({ x0: 300, y0: 0, x1: 400, y1: 10 }), 0);
  assert.equal(cellsIn({ x0: 0, y0: 192, x1: 1, y1: 193 }), 1 << 12);
});

test("of a tile that is drawn on again only the changed cells are told, and all of them", () => {
  const { int } = seeded(4);
  const map = new LabelMap(TILE, TILE);
  map.put(0, new Uint16Array(TILE_PIXELS).fill(1));
  const shadows = new TileShadows();
  assert.equal(shadows.changed(map, 0, 0, 64), 0b1111, "the first time the rows are all that is known");
  for (let round = 0; round < 200; round++) {
    const [x, y] = [int(0, TILE), int(0, TILE)];
    const tile = map.tile(0);
    tile[y * TILE + x] += 1;
    assert.equal(shadows.changed(map, 0, Math.max(0, y - 30), Math.min(TILE, y + 30)), cellsIn({ x0: x, y0: y, x1: x + 1, y1: y + 1 }));
  }
  map.put(0, null);
  assert.equal(shadows.changed(map, 0, 0, TILE), ALL_CELLS);
});
