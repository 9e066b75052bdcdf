import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as zlibCrc32 } from "node:zlib";
import { crc32 } from "../../annotator/static/annotator/editor/checksum.js";
import { composeDeltas, deltaOf, inverseOf } from "../../annotator/static/annotator/editor/delta.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { revertDelta, writeDelta } from "../../annotator/static/annotator/editor/rasterizer.js";
import { capsuleRuns } from "../../annotator/static/annotator/editor/shapes.js";
import { packTile, TILE_PIXELS, unpackTile } from "../../annotator/static/annotator/editor/tile.js";
import { countsOf, paint, pixelsOf } from "./paint.mjs";
import { seeded } from "./random.mjs";

/** Runs of random ids and lengths, from one to many thousands of pixels. */
function randomTile(random) {
  const tile = new Uint16Array(TILE_PIXELS);
  for (let p = 0; p < TILE_PIXELS;) {
    const length = Math.ceil(2 ** (16 * random.next()));
    tile.fill(random.int(0, 4), p, p + length);
    p += length;
  }
  return tile;
}

/** Stretches of pixels that went from one id to one other, counted pixel by pixel. */
function changesOf(was, is) {
  let found = 0;
  for (let p = 0; p < TILE_PIXELS; p++) {
    const goesOn = p > 0 && was[p] === was[p - 1] && is[p] === is[p - 1];
    if (was[p] !== is[p] && !goesOn) found++;
  }
  return found;
}

test("a packed tile is unpacked to the same pixels, an empty one is nothing", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const tile = randomTile(seeded(seed));
    assert.deepEqual(unpackTile(packTile(tile)), tile);
  }
  assert.equal(packTile(new Uint16Array(TILE_PIXELS)), null);
  const noise = Uint16Array.from({ length: TILE_PIXELS }, (_, p) => p);
  assert.deepEqual(unpackTile(packTile(noise)), noise);
});

test("a delta leads from one tile to the other and back", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = seeded(seed);
    const [was, is] = [randomTile(random), randomTile(random)];
    const map = LabelMap.from({ width: 256, height: 256, tiles: [was.slice()], segments: [] });
    const delta = deltaOf(0, was, is);
    assert.equal(delta.starts.length, changesOf(was, is));
    writeDelta(map, delta);
    assert.deepEqual(map.tile(0), is);
    assert.deepEqual(map.counts, countsOf(map));
    revertDelta(map, delta);
    assert.deepEqual(map.tile(0), was);
    assert.deepEqual(map.counts, countsOf(map));
  }
  assert.equal(deltaOf(0, null, new Uint16Array(TILE_PIXELS)), null);
});

test("one pixel that somebody else drew on, anywhere in a run, is left to them", () => {
  for (const start of [6, 7]) {
    for (const length of [1, 2, 3, 4, 5]) {
      const is = new Uint16Array(TILE_PIXELS);
      is.fill(60_000, start, start + length);
      const delta = deltaOf(0, null, is);
      for (let theirs = start; theirs < start + length; theirs++) {
        const tile = is.slice();
        tile[theirs] = 2;
        const map = LabelMap.from({ width: 256, height: 256, tiles: [tile], segments: [] });
        revertDelta(map, delta);
        const left = new Uint16Array(TILE_PIXELS);
        left[theirs] = 2;
        assert.deepEqual(map.tile(0), left);
        assert.deepEqual(map.counts, countsOf(map));
      }
    }
  }
});

test("deltas in a row come to what they came to one by one", () => {
  const random = seeded(5);
  const states = [randomTile(random), randomTile(random), randomTile(random)];
  const deltas = [deltaOf(3, states[0], states[1]), deltaOf(3, states[1], states[2])];
  const { base, now } = composeDeltas(deltas, { keepsUndone: false }).get(3);
  for (let p = 0; p < TILE_PIXELS; p++) {
    const [first, middle, last] = states.map((tile) => tile[p]);
    const isTouched = first !== middle || middle !== last;
    assert.deepEqual([base[p], now[p]], isTouched ? [first, last] : [0, 0]);
  }
});

test("a way there and back is no change, unless a save may lie in between", () => {
  const is = new Uint16Array(TILE_PIXELS);
  is[7] = 5;
  const there = deltaOf(0, null, is);
  const away = composeDeltas([there, inverseOf(there)], { keepsUndone: false }).get(0);
  assert.deepEqual([away.base[7], away.now[7]], [0, 0]);
  const kept = composeDeltas([there, inverseOf(there)], { keepsUndone: true }).get(0);
  assert.deepEqual([kept.base[7], kept.now[7]], [5, 0]);
});

test("a map that keeps few tiles open holds the same pixels as one that keeps all", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const random = seeded(seed);
    const [few, all] = [new LabelMap(1500, 1100, { openTiles: 4 }), new LabelMap(1500, 1100)];
    for (let stroke = 0; stroke < 30; stroke++) {
      const point = () => [random.int(0, 1500), random.int(0, 1100)];
      const runs = capsuleRuns(point(), point(), random.int(1, 200));
      const id = random.int(0, 5);
      for (const map of [few, all]) paint(map, runs, id);
      assert.ok(few.openCount <= 4);
    }
    assert.deepEqual(pixelsOf(few), pixelsOf(all), `seed ${seed}`);
    assert.deepEqual(few.counts, all.counts);
    const isFilled = (map) => Array.from({ length: map.tileCount }, (_, index) => Boolean(map.tile(index)?.some(Boolean)));
    assert.deepEqual(isFilled(few), isFilled(all));
  }
});

test("checksums are zlib's, in one piece or several", () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 31) & 255);
  const expected = zlibCrc32(bytes).toString(16).padStart(8, "0");
  assert.equal(crc32(bytes), expected);
  assert.equal(crc32(bytes.subarray(300), crc32(bytes.subarray(0, 300))), expected);
  assert.equal(crc32(new Uint8Array()), "00000000");
});
