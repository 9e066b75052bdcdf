import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import {
  decodeLabels,
  deflateTile,
  parseTiff,
  toPixels,
} from "../../annotator/static/annotator/editor/tiff.js";
import { packTiles, unpackTiles } from "../../annotator/static/annotator/editor/wire.js";
import { seeded } from "./random.mjs";

/** Label maps of 300 × 270 pixels that tifffile wrote; pixel (x, y) is (7 x + 13 y) mod 500 left of x = 256, else 0. */
function fixture(name) {
  const file = readFileSync(new URL(`./fixtures/${name}.tif`, import.meta.url));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
}

for (const name of ["classic", "bigtiff", "bigendian"]) {
  test(`a label map that tifffile wrote (${name}) is read pixel by pixel`, () => {
    const { width, height, tiles, segments } = decodeLabels(fixture(name));
    assert.deepEqual([width, height, tiles.length], [300, 270, 4]);
    for (let y = 0; y < height; y++) {
      const tile = tiles[(y >> 8) * 2];
      for (let x = 0; x < 256; x++) assert.equal(tile[((y & 255) << 8) | x], (7 * x + 13 * y) % 500, `${x},${y}`);
    }
    assert.equal(tiles[1], null, "a tile with nothing in it takes no memory");
    assert.deepEqual(segments, [{ id: 3, class: 12, source: "model", score: 0.5, model: "straße" }]);
  });
}

test("what is no label map is refused in words", () => {
  const notTiled = fixture("classic");
  const layout = new Uint8Array(notTiled);
  assert.throws(() => decodeLabels(new ArrayBuffer(3)), /not a TIFF/);
  assert.throws(() => decodeLabels(new TextEncoder().encode("\x89PNG....").buffer), /not a TIFF/);
  const entries = new DataView(notTiled).getUint16(new DataView(notTiled).getUint32(4, true), true);
  const start = new DataView(notTiled).getUint32(4, true) + 2;
  for (let i = 0; i < entries; i++) {
    if (new DataView(notTiled).getUint16(start + 12 * i, true) === 322) layout[start + 12 * i + 8] = 128;
  }
  assert.throws(() => parseTiff(notTiled), /256 × 256/);
});

test("a damaged tile is an error, not a wrong picture", () => {
  const buffer = fixture("classic");
  const { offsets } = parseTiff(buffer);
  new Uint8Array(buffer).fill(255, offsets[0], offsets[0] + 40);
  assert.throws(() => decodeLabels(buffer), /Tile 0 of the label file is damaged/);
});

test("a single wrong byte of a tile is noticed", () => {
  const { offsets, byteCounts } = parseTiff(fixture("classic"));
  for (let at = offsets[0]; at < offsets[0] + byteCounts[0]; at += 97) {
    const buffer = fixture("classic");
    new Uint8Array(buffer)[at] ^= 4;
    assert.throws(() => decodeLabels(buffer), /damaged/, `byte ${at - offsets[0]}`);
  }
});

test("tiles come back from the wire as they were", async () => {
  const random = seeded(5);
  const tile = Uint16Array.from({ length: 65536 }, () => random.int(0, 65536));
  const before = tile.slice();
  const packed = packTiles(
    new Map([
      [700, await deflateTile(tile)],
      [3, await deflateTile(null)],
    ]),
  );
  assert.deepEqual(tile, before, "encoding leaves the tile alone");
  const unpacked = unpackTiles(packed);
  assert.deepEqual([...unpacked.keys()], [3, 700]);
  assert.deepEqual(toPixels(new Uint8Array(inflateSync(unpacked.get(700))), true), tile);
  assert.ok(toPixels(new Uint8Array(inflateSync(unpacked.get(3))), true).every((id) => id === 0));
});

test("tile records are little-endian index, length and zlib bytes", () => {
  const packed = packTiles(new Map([[258, new Uint8Array([0x78, 1, 2])]]));
  assert.deepEqual([...packed], [2, 1, 0, 0, 3, 0, 0, 0, 0x78, 1, 2]);
  assert.throws(() => unpackTiles(packed.slice(0, 10)), RangeError);
});
