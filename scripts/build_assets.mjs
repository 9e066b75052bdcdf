/**
 * Makes what browsers load and git ignores: annotator/static/vendor, the libraries out of node_modules and the icon
 * sprite, again only when the locked packages or this script changed; and annotator/static/built, the modules of the
 * editor and of its workers in one file each, every time. With --watch it stays and builds the editor anew whenever
 * a module is saved.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const MODULES = join(ROOT, "node_modules");
const STATIC = join(ROOT, "annotator", "static");
const VENDOR = join(STATIC, "vendor");
const STAMP = join(VENDOR, "built");
const EDITOR = join(STATIC, "annotator", "editor");
const BUILT_EDITOR = join(STATIC, "built", "editor");
/** Name of a file of BUILT_EDITOR and the module or style sheet that it grows out of. */
const ENTRIES = {
  main: "main.js",
  "labels.worker": "worker/labels.worker.js",
  "image.worker": "worker/image.worker.js",
  "picture.worker": "worker/picture.worker.js",
  styles: "styles/editor.css",
};

const FILES = {
  "bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
  "uplot.mjs": "uplot/dist/uPlot.esm.js",
  "uplot.css": "uplot/dist/uPlot.min.css",
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

/** Beside each text of a folder itself in gzip, which WhiteNoise sends to who takes it. @param {string} folder */
function compress(folder) {
  for (const name of readdirSync(folder).filter((name) => /\.(css|js|map|mjs|svg)$/.test(name)))
    writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
}

function buildVendor(expected) {
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
  compress(VENDOR);
  writeFileSync(STAMP, expected);
}

/** What annotator.assets.assets_version() says of the editor's sources, by which it knows what was built of them. */
function editorVersion() {
  const hash = createHash("sha256");
  const files = readdirSync(EDITOR, { recursive: true })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => statSync(join(EDITOR, name)).isFile());
  for (const name of files.sort()) {
    hash.update(`${name}\0`);
    hash.update(createHash("sha256").update(readFileSync(join(EDITOR, name))).digest());
  }
  return hash.digest("hex").slice(0, 12);
}

/** Workers find each other's files beside their own, built or not: `new URL("./labels.worker.js", import.meta.url)`. */
const EDITOR_BUILD = {
  absWorkingDir: ROOT,
  entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, join(EDITOR, path)])),
  outdir: BUILT_EDITOR,
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  plugins: [
    {
      name: "version",
      setup({ onStart, onEnd }) {
        let version = "";
        onStart(() => void (version = editorVersion()));
        onEnd(({ errors }) => {
          if (errors.length) return;
          compress(BUILT_EDITOR);
          writeFileSync(join(BUILT_EDITOR, "sources"), version);
        });
      },
    },
  ],
};

if (!existsSync(MODULES)) {
  console.error("node_modules is missing: run `npm ci` first.");
  process.exit(1);
}
const expected = fingerprint();
if (!isUpToDate(expected)) buildVendor(expected);
const esbuild = await import("esbuild");
if (process.argv.includes("--watch")) {
  await (await esbuild.context(EDITOR_BUILD)).watch();
  console.log("Building the editor anew whenever one of its modules is saved; Ctrl-C ends it.");
} else {
  rmSync(BUILT_EDITOR, { recursive: true, force: true });
  await esbuild.build(EDITOR_BUILD);
  console.log(`Browser assets written to ${STATIC}`);
}
