import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../annotator/static/annotator/editor/", import.meta.url));

/** What each module imports when it runs; types are comments and do not count. */
function importsByModule() {
  const files = readdirSync(ROOT, { recursive: true }).filter((name) => name.endsWith(".js"));
  return new Map(
    files.map((name) => {
      const source = readFileSync(join(ROOT, name), "utf8");
      const targets = [...source.matchAll(/^import [^;]*?from "(\.[^"]+)";/gms)].map((match) => match[1]);
      return [name, targets.map((target) => relative(ROOT, resolve(ROOT, dirname(name), target)))];
    }),
  );
}

test("no module of the editor imports itself through others", () => {
  const imports = importsByModule();
  const finished = new Set();
  const visit = (name, path) => {
    assert.ok(!path.includes(name), `a circle: ${[...path, name].join(" → ")}`);
    if (finished.has(name)) return;
    for (const target of imports.get(name)) visit(target, [...path, name]);
    finished.add(name);
  };
  assert.ok(imports.size > 30);
  for (const name of imports.keys()) visit(name, []);
});

test("tools reach neither pixels nor the page", () => {
  const allowed = new Set(["shapes.js", "i18n.js"]);
  for (const [name, targets] of importsByModule()) {
    if (!name.startsWith("tools/")) continue;
    for (const target of targets)
      assert.ok(target.startsWith("tools/") || allowed.has(target), `${name} imports ${target}`);
  }
});

test("only the rasterizer assigns pixels of a label map that is open", () => {
  for (const name of importsByModule().keys()) {
    if (["rasterizer.js", "labelmap.js", "worker/labels.worker.js"].includes(name)) continue;
    const source = readFileSync(join(ROOT, name), "utf8");
    assert.doesNotMatch(source, /\.tiles\[[^\]]+\](\[[^\]]+\])?\s*=[^=]/, `${name} writes into a label map`);
  }
});
