import assert from "node:assert/strict";
import { test } from "node:test";
import {
  levelCount,
  levelFor,
  levelSize,
  PICTURE_TILE,
  tileBox,
  tilesIn,
  visibleBox,
} from "../../annotator/static/annotator/editor/renderer/image_levels.js";
import { seeded } from "./random.mjs";

const random = seeded(11).next;
const SIZES = [
  { width: 1, height: 1 },
  { width: 512, height: 512 },
  { width: 513, height: 2 },
  { width: 6000, height: 4000 },
  { width: 12001, height: 8399 },
];

test("the last level fits into one tile, the one before does not", () => {
  for (const { width, height } of SIZES) {
    const last = levelCount(width, height) - 1;
    assert.ok(Math.max(levelSize(width, last), levelSize(height, last)) <= PICTURE_TILE);
    if (last) assert.ok(Math.max(levelSize(width, last - 1), levelSize(height, last - 1)) > PICTURE_TILE);
  }
});

test("a device pixel covers about one texel of the level that is drawn", () => {
  for (let scale = 1 / 32; scale < 1; scale *= 1.01) {
    const texels = 1 / scale / 2 ** levelFor(scale, 20);
    assert.ok(texels >= 0.8 && texels < 1.7, `${texels} texels at ${scale}`);
  }
  assert.equal(levelFor(64, 5), 0);
  assert.equal(levelFor(1 / 64, 3), 2);
});

test("the tiles of a box cover it, and no tile does without touching it", () => {
  for (const picture of SIZES) {
    for (let round = 0; round < 60; round++) {
      const level = Math.floor(random() * levelCount(picture.width, picture.height));
      const x0 = Math.floor(random() * picture.width);
      const y0 = Math.floor(random() * picture.height);
      const box = {
        x0,
        y0,
        x1: x0 + 1 + Math.floor(random() * (picture.width - x0)),
        y1: y0 + 1 + Math.floor(random() * (picture.height - y0)),
      };
      const range = tilesIn(picture, level, box);
      const first = tileBox(picture, { level, column: range.x0, row: range.y0 });
      const last = tileBox(picture, { level, column: range.x1 - 1, row: range.y1 - 1 });
      assert.ok(first.x0 <= box.x0 && first.y0 <= box.y0 && last.x1 >= box.x1 && last.y1 >= box.y1);
      assert.ok(first.x1 > box.x0 && first.y1 > box.y0 && last.x0 < box.x1 && last.y0 < box.y1);
    }
  }
});

test("tiles of a level lie next to each other and end with the picture", () => {
  for (const picture of SIZES) {
    for (let level = 0; level < levelCount(picture.width, picture.height); level++) {
      const { x1: columns } = tilesIn(picture, level, { x0: 0, y0: 0, x1: picture.width, y1: picture.height });
      for (let column = 0; column + 1 < columns; column++) {
        const [here, next] = [column, column + 1].map((at) => tileBox(picture, { level, column: at, row: 0 }));
        assert.equal(here.x1, next.x0);
      }
      assert.equal(tileBox(picture, { level, column: columns - 1, row: 0 }).x1, picture.width);
    }
  }
});

test("what a view shows is clipped to the image", () => {
  const view = { scale: 2, x: -100, y: 30, width: 400, height: 300, ratio: 1 };
  assert.deepEqual(visibleBox(view, { width: 1000, height: 1000 }), { x0: 50, y0: 0, x1: 250, y1: 135 });
  const away = visibleBox({ ...view, x: 500 }, { width: 1000, height: 1000 });
  assert.ok(away.x1 <= away.x0);
});
