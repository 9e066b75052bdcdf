import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CLASS_COLORS, classColors, classHatches } from "../../annotator/static/annotator/editor/palettes.js";
import { rgb } from "../../annotator/static/annotator/editor/renderer/palette.js";

/** Machado, Oliveira and Fernandes, 2009, severity 1; on linear sRGB. */
const SIGHTS = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};
const TO_XYZ = [0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505];
const WHITE = [0.95047, 1, 1.08883];
const RADIANS = Math.PI / 180;

const times = (m, [a, b, c]) => [0, 3, 6].map((row) => m[row] * a + m[row + 1] * b + m[row + 2] * c);

function labOf(color, sight) {
  const linear = rgb(color).map((byte) => (byte <= 10.31 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4));
  const seen = times(SIGHTS[sight], linear).map((share) => Math.min(Math.max(share, 0), 1));
  const [x, y, z] = times(TO_XYZ, seen).map((share, i) => {
    const ratio = share / WHITE[i];
    return ratio > 216 / 24389 ? Math.cbrt(ratio) : ((24389 / 27) * ratio + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000, after Sharma, Wu and Dalal, 2005. */
function difference([l1, a1, b1], [l2, a2, b2]) {
  const chroma = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 1.5 - 0.5 * Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7));
  const [c1, c2] = [Math.hypot(a1 * g, b1), Math.hypot(a2 * g, b2)];
  const hue = (a, b) => (Math.atan2(b, a * g) / RADIANS + 360) % 360;
  const turn = c1 * c2 === 0 ? 0 : ((hue(a2, b2) - hue(a1, b1) + 540) % 360) - 180;
  const h = c1 * c2 === 0 ? hue(a1, b1) + hue(a2, b2) : (hue(a1, b1) + turn / 2 + 360) % 360;
  const cos = (degrees) => Math.cos(degrees * RADIANS);
  const t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63);
  const c = (c1 + c2) / 2;
  const l = ((l1 + l2) / 2 - 50) ** 2;
  const dl = (l2 - l1) / (1 + (0.015 * l) / Math.sqrt(20 + l));
  const dc = (c2 - c1) / (1 + 0.045 * c);
  const dh = (2 * Math.sqrt(c1 * c2) * Math.sin((turn / 2) * RADIANS)) / (1 + 0.015 * c * t);
  const rotation =
    -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(60 * RADIANS * Math.exp(-(((h - 275) / 25) ** 2)));
  return Math.sqrt(dl ** 2 + dc ** 2 + dh ** 2 + rotation * dc * dh);
}

function leastDifference(colors) {
  let least = Number.POSITIVE_INFINITY;
  for (const sight of Object.keys(SIGHTS)) {
    const labs = colors.map((color) => labOf(color, sight));
    labs.forEach((lab, i) => labs.slice(0, i).forEach((other) => (least = Math.min(least, difference(lab, other)))));
  }
  return least;
}

const classes = (count) =>
  Array.from({ length: count }, (_, i) => ({ id: 10 + i, name: `c${i}`, color: "#123456", kind: "stuff", ignore: false }));

test("the colour difference is CIEDE2000", () => {
  assert.ok(Math.abs(difference([50, 2.6772, -79.7751], [50, 0, -82.7485]) - 2.0425) < 1e-4);
  assert.ok(Math.abs(difference([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387]) - 1.2644) < 1e-4);
});

test("classes stay apart with any kind of colour blindness", () => {
  for (const [count, least] of [[8, 10], [20, 8.5], [60, 4.5]]) {
    const colors = [...classColors(classes(count), "colour-blind").values()];
    assert.equal(new Set(colors).size, count);
    assert.ok(leastDifference(colors) >= least, `${count} classes: ${leastDifference(colors)}`);
  }
});

test("every colour shows on dark and on light images, and none is the interface's accent", () => {
  const tokens = readFileSync(new URL("../../annotator/static/annotator/tokens.css", import.meta.url), "utf8");
  const accents = [...tokens.matchAll(/--accent: (#[0-9a-f]{6})/g)].map(([, color]) => color);
  assert.equal(accents.length, 2);
  for (const color of CLASS_COLORS) {
    const lab = labOf(color, "normal");
    assert.ok(lab[0] >= 35 && lab[0] <= 91, color);
    for (const accent of accents) assert.ok(difference(lab, labOf(accent, "normal")) >= 10, `${color} ${accent}`);
  }
});

test("classes that colour alone does not tell apart carry a hatch by themselves", () => {
  assert.equal(classHatches(classes(8), "colour-blind", false).size, 0);
  assert.deepEqual([...classHatches(classes(10), "colour-blind", false)], [[18, 1], [19, 2]]);
  assert.equal(classHatches(classes(40), "project", false).size, 0);
  assert.equal(classHatches(classes(3), "project", true).size, 3);
});

test("no two of a hundred classes look alike under the distinct palette", () => {
  const colors = classColors(classes(100), "distinct");
  const hatches = classHatches(classes(100), "distinct", false);
  const looks = [...colors].map(([id, color]) => `${color} ${hatches.get(id) ?? 0}`);
  assert.equal(new Set(looks).size, 100);
});

test("new projects get the same colours", () => {
  const python = readFileSync(new URL("../../annotator/services/projects.py", import.meta.url), "utf8");
  const table = /PALETTE = \(([^)]*)\)/.exec(python)?.[1] ?? "";
  assert.deepEqual(table.match(/#[0-9a-f]{6}/g), CLASS_COLORS);
});
