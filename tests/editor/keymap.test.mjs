import assert from "node:assert/strict";
import { test } from "node:test";
import { OfflineError } from "../../annotator/static/annotator/editor/api.js";
import { createActions } from "../../annotator/static/annotator/editor/input/actions.js";
import { clashing, comboNames, findAction, keyClashes } from "../../annotator/static/annotator/editor/input/keymap.js";
import { Preferences } from "../../annotator/static/annotator/editor/input/preferences.js";
import { annotate } from "../../annotator/static/annotator/editor/modes/annotate.js";
import { review } from "../../annotator/static/annotator/editor/modes/review.js";
import { TOOL_GROUPS, TOOLS } from "../../annotator/static/annotator/editor/tools/registry.js";
import { createStore } from "../../annotator/static/annotator/editor/store.js";

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
  { name: "undo", label: "Undo", keys: ["Ctrl+Z"] },
  { name: "redo", label: "Redo", keys: ["Ctrl+Shift+Z", "Ctrl+Y"] },
  { name: "brush", label: "Brush", keys: ["B"] },
  { name: "smaller", label: "Smaller", keys: ["["] },
  { name: "class", label: "Class", keys: ["1"] },
  { name: "help", label: "Help", keys: ["?"] },
  { name: "in", label: "In", keys: ["Plus"] },
  { name: "actual", label: "Actual", keys: ["Shift+0"] },
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

test("two actions on one key are reported with both names", () => {
  assert.deepEqual(keyClashes(actions), []);
  const clashes = keyClashes([...actions, { name: "other", label: "Other", keys: ["B"] }]);
  assert.deepEqual(clashes, [{ key: "B", labels: ["Brush", "Other"] }]);
});

test("who has a wanted key is found, the action itself left out", () => {
  assert.deepEqual(
    clashing(actions, "undo", ["B", "Ctrl+Z"]).map(({ name }) => name),
    ["brush"],
  );
});

/** Preferences that stay in this test: the server is away. */
function ownPreferences() {
  const memory = new Map();
  const storage = { getItem: (key) => memory.get(key) ?? null, setItem: (key, value) => memory.set(key, value) };
  const away = async () => {
    throw new OfflineError("away");
  };
  return new Preferences("alice", storage, { read: away, change: away }, () => {});
}

const CLASSES = Array.from({ length: 12 }, (_, i) => ({
  id: i + 1,
  name: `class ${i + 1}`,
  color: "#000000",
  kind: "stuff",
  ignore: false,
}));

function actionsOf(mode, preferences = ownPreferences()) {
  const store = createStore({ mode: mode.name, classes: CLASSES, image: null, progress: { done: 0, total: 0 } });
  return createActions({ store, session: {}, comparison: {}, mode, preferences });
}

for (const mode of [annotate, review]) {
  test(`no two actions of the ${mode.name} mode share a key`, () => {
    const all = actionsOf(mode);
    assert.deepEqual(keyClashes(all), []);
    assert.ok(all.every(({ label }) => label.length > 0));
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
  });

  test(`every tool of the ${mode.name} mode exists and has a key`, () => {
    const names = mode.toolGroups.flatMap((group) => TOOL_GROUPS[group].tools);
    for (const name of names) assert.match(TOOLS[name]?.key ?? "", /^[A-Z]$/, name);
  });
}

test("the keys that everyone relies on are where they belong", () => {
  const fixed = {
    "tool:brush": "B",
    "tool:eraser": "E",
    "tool:fill": "G",
    "tool:wand": "W",
    "tool:superpixel": "S",
    "tool:polygon": "P",
    "tool:livewire": "L",
    "tool:assist": "A",
    "tool:picker": "I",
    "tool:rectangle": "R",
    "tool:ellipse": "O",
    "tool:grabcut": "X",
    "tool:pan": "V",
    "search-class": "/",
    "brush-smaller": "[",
    "brush-bigger": "]",
    undo: "Ctrl+Z",
    redo: "Ctrl+Shift+Z",
    next: "N",
    previous: "M",
    submit: "Ctrl+Enter",
    "new-object": "Q",
    "show-difference": "D",
    "show-prediction": "Shift+D",
    "hide-labels": "H",
    contour: "Tab",
    keys: "?",
  };
  const byName = new Map(actionsOf(annotate).map((action) => [action.name, action]));
  for (const [name, key] of Object.entries(fixed)) assert.equal(byName.get(name)?.keys[0], key, name);
});

test("a key that is given to another action leaves the one that had it", () => {
  const preferences = ownPreferences();
  const all = actionsOf(annotate, preferences);
  const keysOf = (name) => all.find((action) => action.name === name).keys;
  preferences.bind("tool:brush", ["E"]);
  assert.deepEqual(keysOf("tool:brush"), ["E"]);
  assert.deepEqual(keysOf("tool:eraser"), []);
  assert.equal(findAction(all, press("e")).name, "tool:brush");
  assert.deepEqual(keyClashes(all), []);
  preferences.reset("tool:brush");
  assert.deepEqual(keysOf("tool:eraser"), ["E"]);
});

test("a key given to an action that a mode lacks leaves that mode's keys alone", () => {
  const preferences = ownPreferences();
  preferences.bind("submit", ["C"]);
  const comment = actionsOf(review, preferences).find(({ name }) => name === "tool:comment");
  assert.deepEqual(comment.keys, ["C"]);
});
