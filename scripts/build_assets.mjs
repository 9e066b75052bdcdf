/**
 * Copies the browser libraries out of node_modules into annotator/static/vendor and draws the icon sprite.
 * Leaves at once when neither the locked packages nor this script changed since the last build.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const VENDOR = join(ROOT, "annotator", "static", "vendor");
const STAMP = join(VENDOR, "built");

const FILES = {
  "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
  "uplot.mjs": "uplot/dist/uPlot.esm.js",
  "uplot.css": "uplot/dist/uPlot.min.css",
  "signals-core.mjs": "@preact/signals-core/dist/signals-core.mjs",
  "idb-keyval.js": "idb-keyval/dist/index.js",
  "fflate.mjs": "fflate/esm/browser.js",
  "fflate.d.mts": "fflate/esm/index.d.mts",
  "driver.mjs": "driver.js/dist/driver.js.mjs",
  "driver.css": "driver.js/dist/driver.css",
};

const LICENSES = {
  bootstrap: "bootstrap/LICENSE",
  uplot: "uplot/LICENSE",
  "signals-core": "@preact/signals-core/LICENSE",
  "idb-keyval": "idb-keyval/LICENCE",
  fflate: "fflate/LICENSE",
  "driver.js": "driver.js/license",
  lucide: "lucide-static/LICENSE",
};

const EDITOR_ICONS = `
  brush eraser pentagon paint-bucket pipette hand undo-2 redo-2 zoom-in zoom-out maximize eye eye-off check
  corner-up-left send message-circle keyboard x chevron-right chevron-left sparkles layers sun moon
  circle-dashed grid-2x2 panel-right wand-sparkles magnet mouse-pointer-click square circle slice
  crosshair spotlight puzzle square-dashed-mouse-pointer lock lock-open ellipsis-vertical flame locate diff rotate-ccw pencil chevron-down search
`;
const PAGE_ICONS = `
  activity arrow-down arrow-right arrow-up box boxes chart-line chevron-down circle-alert circle-check circle-help
  clock copy cpu download file-archive flag folder-plus house image-plus images info key-round list-checks log-out
  monitor package pencil play plus rotate-ccw save search settings square-stack trash-2 triangle-alert trophy upload
  user user-plus users
`;

/** The names of one of the lists above. */
function names(list) {
  return list.trim().split(/\s+/);
}

/** One <symbol> of the sprite; it takes its colour from the text around it. */
function symbol(name) {
  const svg = readFileSync(join(MODULES, "lucide-static", "icons", `${name}.svg`), "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  const shapes = body.replace(/\s+/g, " ").replaceAll("> <", "><").trim();
  return (
    `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" ` +
    `stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`
  );
}

function sprite() {
  const all = [...new Set([...names(EDITOR_ICONS), ...names(PAGE_ICONS)])].sort();
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${all.map(symbol).join("\n")}\n</svg>\n`;
}

/** The file without its pointer to a source map, which is not shipped. */
function withoutSourceMap(source) {
  return readFileSync(source, "utf8").replace(/\n?\/[/*]# sourceMappingURL=[^\n]*\n?$/, "\n");
}

function fingerprint() {
  const hash = createHash("sha256");
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  hash.update(readFileSync(join(ROOT, "package-lock.json")));
  return hash.digest("hex");
}

function isUpToDate(expected) {
  const outputs = [...Object.keys(FILES), "icons.svg", "licenses.txt"];
  return (
    existsSync(STAMP) &&
    readFileSync(STAMP, "utf8") === expected &&
    outputs.every((name) => existsSync(join(VENDOR, name)))
  );
}

function build(expected) {
  rmSync(VENDOR, { recursive: true, force: true });
  mkdirSync(VENDOR, { recursive: true });
  for (const [target, source] of Object.entries(FILES)) {
    writeFileSync(join(VENDOR, target), withoutSourceMap(join(MODULES, source)));
  }
  writeFileSync(join(VENDOR, "icons.svg"), sprite());
  const texts = Object.entries(LICENSES).map(
    ([name, path]) => `${name}\n\n${readFileSync(join(MODULES, path), "utf8").trim()}\n`,
  );
  writeFileSync(join(VENDOR, "licenses.txt"), texts.join("\n---\n\n"));
  writeFileSync(STAMP, expected);
}

const expected = fingerprint();
if (isUpToDate(expected)) {
  console.log("Browser assets are up to date.");
} else if (!existsSync(MODULES)) {
  console.error("node_modules is missing: run `npm ci` first.");
  process.exitCode = 1;
} else {
  build(expected);
  console.log(`Browser assets written to ${VENDOR}`);
}
