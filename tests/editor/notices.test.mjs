import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { signal } from "@preact/signals-core";
import { OfflineError, ServerFault } from "../../annotator/static/annotator/editor/api.js";
import { Notices, SERVER } from "../../annotator/static/annotator/editor/notices.js";
import { mountToasts } from "../../annotator/static/annotator/editor/ui/toasts.js";
import { openPage } from "./page.mjs";

const READ_MS = 60_000;
let place, stage, notices, toasts;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  ({ toasts: place, stage } = openPage("toasts", "stage"));
  toasts = signal([]);
  notices = new Notices({ toasts });
  mountToasts({ toasts }, notices);
});

const texts = () => toasts.value.map(({ text }) => text);
const point = (x, y, buttons = 0) =>
  window.dispatchEvent(Object.assign(new Event("pointermove"), { clientX: x, clientY: y, buttons }));

test("errors, and what offers something to do, stay until they are dismissed; the rest goes", () => {
  notices.tell("Saved.");
  notices.tell("Not saved.", "error");
  notices.tell("It stays as it was.", "info", { label: "Open it", run: () => {} });
  mock.timers.tick(READ_MS);
  assert.deepEqual(texts(), ["Not saved.", "It stays as it was."]);
  notices.dismiss(toasts.value[0].id);
  assert.deepEqual(texts(), ["It stays as it was."]);
});

test("what is shown already is not made again: nothing is read out twice", () => {
  notices.tell("One.");
  const [first] = place.children;
  notices.tell("Two.", "error");
  assert.equal(place.children[0], first);
  assert.equal(place.children.length, 2);
});

test("the focus stays on its button while others come and go, and returns to the image with its toast", () => {
  notices.tell("One.");
  notices.tell("Two.", "error");
  const [button] = place.children[1].querySelectorAll("button");
  button.focus();
  notices.tell("Three.");
  mock.timers.tick(READ_MS);
  assert.deepEqual(texts(), ["Two."]);
  assert.equal(document.activeElement, button);
  button.click();
  assert.equal(place.children.length, 0);
  assert.equal(document.activeElement, stage);
});

test("what is read stays: under the pointer or with the focus in it", () => {
  notices.tell("One.");
  place.children[0].rect = { left: 10, top: 10, right: 110, bottom: 40 };
  point(50, 20);
  mock.timers.tick(READ_MS);
  place.children[0].querySelectorAll("button")[0].focus();
  point(50, 200);
  mock.timers.tick(READ_MS);
  assert.deepEqual(texts(), ["One."]);
  stage.focus();
  mock.timers.tick(READ_MS);
  assert.deepEqual(texts(), []);
});

test("drawing beneath a toast does not keep it there", () => {
  notices.tell("One.");
  place.children[0].rect = { left: 10, top: 10, right: 110, bottom: 40 };
  point(50, 20, 1);
  mock.timers.tick(READ_MS);
  assert.deepEqual(texts(), []);
});

test("what a toast offers is done once, and the toast goes", () => {
  let done = 0;
  notices.tell("Not delivered.", "error", { label: "Open it", run: () => done++ });
  place.children[0].querySelectorAll("button")[0].click();
  assert.equal(done, 1);
  assert.deepEqual(texts(), []);
});

test("of many the newest are shown, and the rest is told and can be dismissed with them", () => {
  for (let i = 1; i <= 10; i++) notices.tell(`Error ${i}.`, "error");
  assert.deepEqual(
    place.children.map((node) => node.textContent.replace(/Dismiss.*/, "")),
    ["6 more messages", "Error 7.", "Error 8.", "Error 9.", "Error 10."],
  );
  notices.dismiss(toasts.value.at(-1).id);
  assert.equal(place.children[1].textContent, "Error 6.");
  const [all] = place.children[0].querySelectorAll("button");
  all.focus();
  all.click();
  assert.equal(place.children.length, 0);
  assert.equal(document.activeElement, stage);
});

test("of one source only the last is shown, and it goes when its cause is over", () => {
  notices.tell("Doubtful place 1 of 7", "info", undefined, "doubt");
  notices.tell("Choose a class first.", "info", undefined, "refusal");
  notices.tell("Doubtful place 2 of 7", "info", undefined, "doubt");
  assert.deepEqual(texts(), ["Choose a class first.", "Doubtful place 2 of 7"]);
  notices.clear("refusal", "draft");
  assert.deepEqual(texts(), ["Doubtful place 2 of 7"]);
});

test("what is said again stays for as long as if it were new", () => {
  notices.tell("Choose a class first.");
  mock.timers.tick(6_000);
  notices.tell("Choose a class first.");
  mock.timers.tick(6_000);
  assert.deepEqual(texts(), ["Choose a class first."]);
});

test("that a server gives no answer is said once, in other words than that it failed, and taken back", async () => {
  const fail = (error) => notices.attempt(() => Promise.reject(error));
  await fail(new OfflineError("no network"));
  assert.deepEqual(texts(), ["The server cannot be reached: no network"]);
  await fail(new ServerFault(500, { detail: "The server's log tells what." }));
  assert.deepEqual(texts(), ["The server's log tells what."]);
  await fail(new Error("The labelling is not at hand."));
  assert.equal(texts().at(-1), "The labelling is not at hand.");
  notices.clear(SERVER);
  assert.deepEqual(texts(), ["The labelling is not at hand."]);
});
