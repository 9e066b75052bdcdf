import assert from "node:assert/strict";
import { test } from "node:test";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { LabelTexels } from "../../annotator/static/annotator/editor/renderer/label_texels.js";
import { TILE, TILE_PIXELS } from "../../annotator/static/annotator/editor/tile.js";
import { seeded } from "./random.mjs";

/** The few calls of WebGL2 that move texels, on arrays. */
class FakeGl {
  constructor() {
    Object.assign(this, { TEXTURE_2D: 1, TEXTURE_2D_ARRAY: 2, R16UI: 1, RG16UI: 2, TEXTURE0: 0, sentTexels: 0 });
    this.bound = new Map();
  }
  createTexture() {
    return {};
  }
  deleteTexture() {}
  activeTexture() {}
  texParameteri() {}
  pixelStorei() {}
  bindTexture(target, texture) {
    this.bound.set(target, texture);
  }
  texStorage2D(target, _levels, channels, width, height) {
    Object.assign(this.bound.get(target), { width, height, channels, texels: new Uint16Array(width * height * channels) });
  }
  texStorage3D(target, _levels, channels, width, height, depth) {
    this.texStorage2D(target, 1, channels, width, height * depth);
    this.bound.get(target).layer = height;
  }
  texSubImage2D(target, _level, x, y, width, height, _format, _type, data) {
    const texture = this.bound.get(target);
    this.sentTexels += width * height;
    for (let row = 0; row < height; row++) {
      const from = row * width * texture.channels;
      const at = ((y + row) * texture.width + x) * texture.channels;
      texture.texels.set(data.subarray(from, from + width * texture.channels), at);
    }
  }
  texSubImage3D(target, level, x, y, z, width, height, _depth, format, type, data) {
    const texture = this.bound.get(target);
    assert.ok(x + width <= texture.width && y + height <= texture.layer);
    this.texSubImage2D(target, level, x, z * texture.layer + y, width, height, format, type, data);
  }
}

/** What the shader reads: see IDS_FRAGMENT. */
function idAt(texels, x, y) {
  const { lookup, array } = texels;
  const entry = ((y >> 8) * lookup.width + (x >> 8)) * 2;
  const [place, id] = lookup.texels.subarray(entry, entry + 2);
  if (place === 0) return id;
  const slot = place - 1;
  const [left, top] = [((slot & 3) << 8) | (x & 255), (((slot >> 2) & 3) << 8) | (y & 255)];
  return array.texels[((slot >> 4) * array.layer + top) * array.width + left];
}

function coarseIdAt({ overview }, x, y) {
  return overview.texels[(y >> 2) * overview.width + (x >> 2)];
}

function randomTile(random) {
  if (random() < 0.3) return new Uint16Array(TILE_PIXELS).fill(Math.floor(random() * 3));
  const tile = new Uint16Array(TILE_PIXELS);
  for (let i = 0; i < 20; i++) tile.fill(Math.floor(random() * 9), Math.floor(random() * TILE_PIXELS));
  return tile;
}

test("the GPU reads the label map's ids, whatever was drawn, looked at and pushed out", () => {
  const random = seeded(5).next;
  const map = new LabelMap(9 * TILE - 30, 5 * TILE - 11);
  const texels = new LabelTexels(new FakeGl(), 16);
  for (let index = 0; index < map.tileCount; index++) if (random() < 0.7) map.put(index, randomTile(random));
  texels.setMap(map);
  for (let round = 0; round < 80; round++) {
    const index = Math.floor(random() * map.tileCount);
    const y0 = Math.floor(random() * 255);
    const y1 = y0 + 1 + Math.floor(random() * (256 - y0));
    const tile = (map.tile(index) ?? new Uint16Array(TILE_PIXELS)).slice();
    tile.fill(Math.floor(random() * 9), y0 * TILE, y1 * TILE);
    map.put(index, random() < 0.1 ? null : tile);
    map.touched(index, map.tile(index) ? y0 : 0, map.tile(index) ? y1 : TILE);
    const [x0, top] = [Math.floor(random() * map.width), Math.floor(random() * map.height)];
    const box = { x0, y0: top, x1: Math.min(x0 + 700, map.width), y1: Math.min(top + 500, map.height) };
    texels.prepare(box, false);
    texels.prepare(box, true);
    for (let i = 0; i < 400; i++) {
      const x = box.x0 + Math.floor(random() * (box.x1 - box.x0));
      const y = box.y0 + Math.floor(random() * (box.y1 - box.y0));
      assert.equal(idAt(texels, x, y), map.get(x, y), `at ${x}, ${y} in round ${round}`);
      assert.equal(coarseIdAt(texels, x, y), map.get(x & ~3, y & ~3));
    }
  }
});

test("a stroke sends the rows that it changed, and nothing where nobody looks", () => {
  const map = new LabelMap(4 * TILE, 4 * TILE);
  const random = seeded(8).next;
  for (let index = 0; index < map.tileCount; index++) {
    const tile = new Uint16Array(TILE_PIXELS);
    tile.forEach((_, p) => (tile[p] = random() * 9));
    map.put(index, tile);
  }
  const gl = new FakeGl();
  const texels = new LabelTexels(gl, 16);
  texels.setMap(map);
  texels.prepare({ x0: 0, y0: 0, x1: 511, y1: 511 }, false);
  gl.sentTexels = 0;
  map.touched(0, 100, 108);
  map.touched(15, 0, TILE);
  texels.prepare({ x0: 0, y0: 0, x1: 511, y1: 511 }, false);
  assert.equal(gl.sentTexels, 8 * TILE);
});

test("what is to be drawn anew covers every change, of few tiles and of more than are remembered", () => {
  const map = new LabelMap(11 * TILE, 10 * TILE);
  const texels = new LabelTexels(new FakeGl(), 16);
  texels.setMap(map);
  for (let index = 0; index < map.tileCount; index++) map.put(index, new Uint16Array(TILE_PIXELS));
  const random = seeded(3).next;
  let id = 0;
  for (const count of [4, 110, 4, 30, 110, 1]) {
    id++;
    const changed = [];
    for (let n = 0; n < count; n++) {
      const index = count === 110 ? n : Math.floor(random() * map.tileCount);
      const p = Math.floor(random() * TILE_PIXELS);
      map.tile(index)[p] = id;
      map.touched(index, p >> 8, (p >> 8) + 1);
      changed.push([(index % 11) * TILE + (p & 255), Math.floor(index / 11) * TILE + (p >> 8)]);
    }
    const boxes = texels.changes();
    for (const [x, y] of changed)
      assert.ok(boxes.some(({ x0, y0, x1, y1 }) => x >= x0 && x < x1 && y >= y0 && y < y1), `${x}, ${y}`);
  }
});
