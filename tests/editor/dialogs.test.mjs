import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../../annotator/static/annotator/editor/store.js";
import { dialog } from "../../annotator/static/annotator/editor/ui/dialog.js";
import { mountLogin } from "../../annotator/static/annotator/editor/ui/login.js";
import { mountRecovery } from "../../annotator/static/annotator/editor/ui/recovery.js";
import { openPage } from "./page.mjs";

const turn = () => new Promise((resolve) => setTimeout(resolve));

/** A page with its dialogs; `opened` names those that are open, `pass` logs in. */
function page() {
  openPage();
  const store = createStore({ mode: "annotate", user: { name: "alice" }, classes: [], image: null, progress: {} });
  const ask = mountLogin(store);
  mountRecovery(store);
  dialog(store, "keys", "All keys", {});
  const dialogs = document.body.querySelectorAll("dialog");
  const opened = async () => {
    await turn();
    return dialogs.filter(({ open }) => open).map(({ className }) => className.replace("dialog ", ""));
  };
  document.cookie = "csrftoken=abc";
  globalThis.FormData = class {
    set() {}
  };
  globalThis.fetch = async () => ({ type: "opaqueredirect" });
  const pass = async () => {
    dialogs[0].querySelectorAll("form")[0].dispatchEvent(new Event("submit", { cancelable: true }));
    await turn();
  };
  const taken = [];
  const offer = { strokes: 3, savedAt: null, restore: () => taken.push("restore"), discard: () => taken.push("discard") };
  const press = (text) => {
    const buttons = dialogs.filter(({ open }) => open).flatMap((shown) => shown.querySelectorAll("button"));
    buttons.find((button) => button.textContent === text).click();
  };
  return { store, ask, opened, pass, offer, press, taken, dialogs };
}

test("a login covers the offer to put strokes back, which is there again after it", async () => {
  const { store, ask, opened, pass, offer, press, taken } = page();
  store.recovery.value = offer;
  assert.deepEqual(await opened(), ["recovery"]);
  const login = ask({});
  assert.deepEqual(await opened(), ["login"]);
  await pass();
  await login;
  assert.deepEqual(await opened(), ["recovery"]);
  press("Put back");
  assert.deepEqual(await opened(), []);
  assert.deepEqual(taken, ["restore"]);
});

test("an offer that comes while requests wait for a login waits too", async () => {
  const { store, ask, opened, pass, offer } = page();
  const login = ask({});
  store.recovery.value = offer;
  assert.deepEqual(await opened(), ["login"]);
  await pass();
  await login;
  assert.deepEqual(await opened(), ["recovery"]);
});

test("what the user looked at is there again after a login, unless it was closed", async () => {
  const { store, ask, opened, pass, press } = page();
  store.dialog.value = "keys";
  const login = ask({});
  assert.deepEqual(await opened(), ["login"]);
  await pass();
  await login;
  assert.deepEqual(await opened(), ["keys"]);
  press("");
  assert.deepEqual(await opened(), []);
});

test("all requests that wait go on after one login", async () => {
  const { ask, pass, opened } = page();
  const waiting = [ask({}), ask({})];
  await pass();
  await Promise.all(waiting);
  assert.deepEqual(await opened(), []);
});

test("a dialog that needs an answer comes back when the browser closes it", async () => {
  const { ask, opened, dialogs } = page();
  void ask({});
  dialogs[0].close();
  await turn();
  assert.deepEqual(await opened(), ["login"]);
});

test("the key map closes with Escape, as the browser tells", async () => {
  const { store, opened, dialogs } = page();
  store.dialog.value = "keys";
  dialogs[2].close();
  assert.deepEqual(await opened(), []);
  assert.equal(store.dialog.value, null);
});
