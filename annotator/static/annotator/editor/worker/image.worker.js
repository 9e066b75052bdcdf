/** @import {Pixels, Seed} from "./wand.js" */
import { LabelMap } from "../labelmap.js";
import { shiftRuns } from "../runs.js";
import { polygonRuns } from "../shapes.js";
import { decodeLabels } from "../tiff.js";
import { answerJobs } from "./answer.js";
import { Cells } from "./cells.js";
import { Livewire } from "./livewire.js";
import { uncertainRegions } from "./uncertainty.js";
import { forgetRoom, seedsRuns } from "./wand.js";

/**
 * Work on the pixels of the picture: one picture at a time, or the part of a large one that was asked for.
 * Points and runs are image pixels everywhere outside this file.
 *
 * @type {{key: string, left: number, top: number, pixels: Pixels, livewire: Livewire} | null}
 */
let picture = null;
/** The key that was asked for last: a picture is decoded longer than it may be wanted. @type {string | null} */
let wanted = null;
/** @type {{key: string, cells: Cells} | null} */
let superpixels = null;

const JOBS = {
  /** {key, blob | bitmap, left, top}: keeps the pixels until others come */
  async open(/** @type {{key: string, blob?: Blob, bitmap?: ImageBitmap, left: number, top: number}} */ payload) {
    const { key, blob, left, top } = payload;
    wanted = key;
    const bitmap = payload.bitmap ?? (await createImageBitmap(/** @type {Blob} */ (blob), AS_STORED));
    if (wanted !== key) {
      bitmap.close();
      throw new Error(`The pixels of ${key} are no longer wanted.`);
    }
    const { width, height, data } = readPixels(bitmap);
    const pixels = { width, height, data: new Uint32Array(data.buffer) };
    picture = { key, left, top, pixels, livewire: new Livewire(pixels) };
    return { result: { width, height } };
  },
  /** {key}: lets the pixels go */
  async close() {
    wanted = null;
    picture = null;
    superpixels = null;
    legs.clear();
    forgetRoom();
    return { result: null };
  },
  /** {key, seeds} -> runs */
  async wand(/** @type {{key: string, seeds: Seed[]}} */ { key, seeds }) {
    const { pixels, left, top } = opened(key);
    const local = seeds.map((seed) => ({ ...seed, x: seed.x - left, y: seed.y - top }));
    const runs = shiftRuns(seedsRuns(pixels, local), left, top);
    return { result: runs, transfer: [runs.buffer] };
  },
  /** {key, anchors, pointer} -> {path, runs}: the outline so far, or what it encloses when there is no pointer */
  async trace(/** @type {any} */ { key, anchors, pointer }) {
    const { livewire, left, top } = opened(key);
    const local = (/** @type {[number, number]} */ [x, y]) => /** @type {[number, number]} */ ([x - left, y - top]);
    const stops = anchors.map((/** @type {[number, number]} */ anchor) => livewire.snap(local(anchor)));
    stops.push(pointer ? local(pointer) : stops[0]);
    const path = [];
    for (let i = 0; i + 1 < stops.length; i++) {
      const leg = legOf(livewire, stops[i], stops[i + 1]);
      for (const [x, y] of leg) path.push([x + left + 0.5, y + top + 0.5]);
    }
    return { result: { path, runs: pointer ? null : Int32Array.from(polygonRuns(path)) } };
  },
  /** {key, buffer} of a label TIFF whose pixel values are cells */
  async keepCells(/** @type {any} */ { key, buffer }) {
    superpixels = { key, cells: new Cells(LabelMap.from(decodeLabels(buffer))) };
    return { result: null };
  },
  /** {key, path} -> runs of the cells along the path */
  async cells(/** @type {any} */ { key, path }) {
    if (!superpixels || superpixels.key !== key) throw new Error(`The superpixels ${key} are not at hand.`);
    const runs = superpixels.cells.along(path);
    return { result: runs, transfer: [runs.buffer] };
  },
  /** {blob, width, height}: the entropy as a grey picture -> boxes, worst first */
  async uncertain(/** @type {any} */ { blob, width, height }) {
    return { result: uncertainRegions(readPixels(await createImageBitmap(blob, AS_STORED)), { width, height }) };
  },
};

/** @type {ImageBitmapOptions} */
const AS_STORED = { colorSpaceConversion: "none", premultiplyAlpha: "none" };

/** Legs between anchors do not change while the pointer moves. @type {Map<string, [number, number][]>} */
const legs = new Map();
const MOST_LEGS = 500;

/** @param {Livewire} livewire @param {[number, number]} from @param {[number, number]} to */
function legOf(livewire, from, to) {
  const key = `${picture?.key}/${from}/${to}`;
  const known = legs.get(key);
  if (known) return known;
  const leg = livewire.trace(from, to);
  if (legs.size >= MOST_LEGS) legs.clear();
  legs.set(key, leg);
  return leg;
}

/** @param {string} key */
function opened(key) {
  if (picture?.key !== key) throw new Error(`The pixels of ${key} are not at hand.`);
  return picture;
}

/** @param {ImageBitmap} bitmap closed here */
function readPixels(bitmap) {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser cannot read the pixels of a picture.");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

answerJobs(JOBS);
