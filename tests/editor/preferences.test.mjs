import assert from "node:assert/strict";
import { test } from "node:test";
import { OfflineError } from "../../annotator/static/annotator/editor/api.js";
import { followPreferences, Preferences } from "../../annotator/static/annotator/editor/input/preferences.js";
import { createStore } from "../../annotator/static/annotator/editor/store.js";

const changed = (before, changes) =>
  Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== null));

/** A server that changes what it is told to, as services/preferences.py does; `sent` lists what came. */
function createServer(stored = {}) {
  const server = {
    stored,
    sent: [],
    isAway: false,
    async read() {
      if (server.isAway) throw new OfflineError("away");
      return structuredClone(server.stored);
    },
    async change(changes) {
      if (server.isAway) throw new OfflineError("away");
      server.sent.push(changes);
      const keymap = changes.keymap ? { keymap: changed(server.stored.keymap ?? {}, changes.keymap) } : {};
      server.stored = { ...changed(server.stored, changes), ...keymap };
      return structuredClone(server.stored);
    },
  };
  return server;
}

/** A browser: `tab` opens the editor in another tab of it. */
function createBrowser(server) {
  const memory = new Map();
  const storage = { getItem: (key) => memory.get(key) ?? null, setItem: (key, value) => memory.set(key, value) };
  const tab = (owner = "alice") =>
    new Preferences(owner, storage, server, (error) => {
      throw error;
    });
  return { tab };
}

/** Until what waits for an answer went on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

async function laterOn(context) {
  context.mock.timers.tick(1_000);
  for (let i = 0; i < 5; i++) await settled();
}

test("keys are remembered in this browser at once, and on the server soon", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = createServer({ palette: "distinct" });
  const { tab } = createBrowser(server);
  tab().bind("undo", ["Ctrl+U"]);
  assert.deepEqual(tab().keymap, { undo: ["Ctrl+U"] });
  assert.deepEqual(tab("bob").keymap, {});
  await laterOn(context);
  assert.deepEqual(server.stored, { palette: "distinct", keymap: { undo: ["Ctrl+U"] } });
});

test("what the server keeps holds in every browser", async () => {
  const { tab } = createBrowser(createServer({ palette: "colour-blind", keymap: { undo: ["U"] } }));
  const preferences = tab();
  await preferences.load();
  assert.equal(preferences.chosen.value.palette, "colour-blind");
  assert.deepEqual(tab().keymap, { undo: ["U"] });
});

test("what was chosen offline is sent on the next visit, and not lost to the server's older copy", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = createServer({ keymap: { undo: ["U"] } });
  const { tab } = createBrowser(server);
  server.isAway = true;
  tab().bind("redo", ["R"]);
  await laterOn(context);
  server.isAway = false;
  await tab().load();
  assert.deepEqual(server.stored.keymap, { undo: ["U"], redo: ["R"] });
  assert.deepEqual(tab().keymap, { undo: ["U"], redo: ["R"] });
});

test("what two browsers change holds, each key for itself", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = createServer({ palette: "distinct", keymap: { undo: ["U"] } });
  const [here, there] = [createBrowser(server).tab(), createBrowser(server).tab()];
  await Promise.all([here.load(), there.load()]);
  there.set({ palette: "colour-blind" });
  there.bind("redo", ["R"]);
  await laterOn(context);
  here.set({ hatching: true });
  here.reset("undo");
  await laterOn(context);
  assert.deepEqual(server.stored, { palette: "colour-blind", hatching: true, keymap: { redo: ["R"] } });
  assert.deepEqual(here.chosen.value, server.stored);
});

test("what two tabs change while the server is away is sent by either", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = createServer();
  const { tab } = createBrowser(server);
  const [one, other] = [tab(), tab()];
  server.isAway = true;
  one.set({ palette: "distinct" });
  other.set({ rulers: true });
  await laterOn(context);
  server.isAway = false;
  await tab().load();
  assert.deepEqual(server.stored, { palette: "distinct", rulers: true });
});

test("what is changed while the last change is on its way is sent after it", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = createServer();
  const preferences = createBrowser(server).tab();
  const { change } = server;
  let arrived = () => {};
  server.change = async (changes) => {
    await new Promise((resolve) => (arrived = resolve));
    return change(changes);
  };
  preferences.set({ palette: "distinct", rulers: true });
  await laterOn(context);
  preferences.set({ palette: "project" });
  await laterOn(context);
  arrived();
  await laterOn(context);
  assert.equal(preferences.chosen.value.palette, "project");
  arrived();
  await laterOn(context);
  assert.deepEqual(server.sent, [{ palette: "distinct", rulers: true }, { palette: "project" }]);
  assert.deepEqual(server.stored, { palette: "project", rulers: true });
});

test("a switch in the editor sends itself, not what this page knew of the others", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = createServer({ palette: "distinct" });
  const preferences = createBrowser(server).tab();
  const store = createStore({ mode: "annotate", classes: [], image: null, progress: { done: 0, total: 0 } });
  await preferences.load();
  followPreferences(store, preferences);
  assert.equal(store.palette.value, "distinct");
  server.stored.palette = "colour-blind";
  store.isHatchingOn.value = !store.isHatchingOn.value;
  await laterOn(context);
  assert.deepEqual(server.sent, [{ hatching: store.isHatchingOn.value }]);
  assert.equal(store.palette.value, "colour-blind");
});

test("an answer that was on its way when something was chosen, and comes after that was sent, undoes nothing", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const server = createServer({ keymap: { redo: ["R"] } });
  const preferences = createBrowser(server).tab();
  let answer = () => {};
  const { read } = server;
  server.read = async () => {
    const stored = await read();
    await new Promise((resolve) => (answer = resolve));
    return stored;
  };
  const loaded = preferences.load();
  await settled();
  preferences.bind("undo", ["Ctrl+U"]);
  await laterOn(context);
  answer();
  await loaded;
  assert.deepEqual(preferences.keymap, { redo: ["R"], undo: ["Ctrl+U"] });
});
