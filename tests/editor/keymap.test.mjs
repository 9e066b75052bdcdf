import assert from "node:assert/strict";
import { test } from "node:test";
import { createActions } from "../../annotator/static/annotator/editor/input/actions.js";
import { comboNames, findAction, keyClashes } from "../../annotator/static/annotator/editor/input/keymap.js";
import { annotate } from "../../annotator/static/annotator/editor/modes/annotate.js";
import { review } from "../../annotator/static/annotator/editor/modes/review.js";

const press = (key, more = {}) => ({
  key,
  code: "",
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});
const actions = [
  { name: "undo", keys: ["Ctrl+Z"] },
  { name: "redo", keys: ["Ctrl+Shift+Z", "Ctrl+Y"] },
  { name: "brush", keys: ["B"] },
  { name: "smaller", keys: ["["] },
  { name: "class", keys: ["1"] },
  { name: "help", keys: ["?"] },
  { name: "in", keys: ["Plus"] },
  { name: "actual", keys: ["Shift+0"] },
];
const found = (event) => findAction(actions, event)?.name ?? null;

test("letters work with caps lock and with Command for Ctrl", () => {
  assert.equal(found(press("B")), "brush");
  assert.equal(found(press("z", { ctrlKey: true })), "undo");
  assert.equal(found(press("Z", { metaKey: true, shiftKey: true })), "redo");
  assert.equal(found(press("y", { ctrlKey: true })), "redo");
});

test("a letter with a modifier is not the letter", () => {
  assert.equal(found(press("b", { ctrlKey: true })), null);
  assert.equal(found(press("b", { altKey: true })), null);
});

test("signs that need Shift on some keyboards are found by what they print", () => {
  assert.equal(found(press("?", { shiftKey: true })), "help");
  assert.equal(found(press("+", { shiftKey: true })), "in");
  assert.equal(found(press("=")), "in");
});

test("digits and brackets are found by their place where the layout prints something else", () => {
  assert.equal(found(press("&", { code: "Digit1" })), "class");
  assert.equal(found(press("ü", { code: "BracketLeft" })), "smaller");
  assert.equal(found(press(")", { code: "Digit0", shiftKey: true })), "actual");
});

test("the space bar has a name", () => {
  assert.deepEqual(comboNames(press(" ")), ["Space"]);
});

test("two actions on one key are reported", () => {
  assert.deepEqual(keyClashes(actions), []);
  assert.equal(keyClashes([...actions, { name: "other", keys: ["B"] }]).length, 1);
});

for (const mode of [annotate, review]) {
  test(`no two actions of the ${mode.name} mode share a key`, () => {
    const classes = Array.from({ length: 12 }, (_, i) => ({
      id: i + 1,
      name: `class ${i + 1}`,
      color: "#000000",
      kind: "stuff",
      ignore: false,
    }));
    const actions = createActions({ store: { classes }, session: {}, comparison: {}, mode });
    assert.deepEqual(keyClashes(actions), []);
    assert.ok(actions.every(({ label }) => label.length > 0));
  });
}
