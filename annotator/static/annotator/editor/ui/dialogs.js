/** @import {Action} from "../input/actions.js" */
/** @import {Api} from "../api.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { keyLabel } from "../input/keymap.js";
import { byId, h, icon } from "./dom.js";

const LOGIN_URL = "/accounts/login/";
const POINTER_HINTS = [
  ["Wheel", "Zoom at the pointer"],
  ["Space + drag", "Move the view"],
  ["Alt + click", "Pick the label under the pointer"],
  ["F6", "Go from the image to tools, panel and top bar"],
];

/**
 * @param {Store} store
 * @param {"shortcuts" | "login" | "return"} name
 * @param {string} title
 * @param {...Node} content
 */
function dialog(store, name, title, ...content) {
  const close = () => (store.dialog.value = null);
  const element = h(
    "dialog",
    { className: `dialog ${name}`, aria: { label: title }, onclose: close },
    h(
      "header",
      {},
      h("h1", {}, title),
      name === "login"
        ? null
        : h(
            "button",
            { type: "button", className: "button icon-only", aria: { label: "Close" }, onclick: close },
            icon("x"),
          ),
    ),
    ...content,
  );
  document.body.append(element);
  effect(() => {
    if (store.dialog.value === name) element.showModal();
    else if (element.open) element.close();
  });
  return element;
}

/** The whole map of shortcuts. @param {Store} store @param {Action[]} actions */
export function mountShortcuts(store, actions) {
  const groups = /** @type {const} */ (["Tools", "Labels", "View", "Image", "Keyboard"]);
  const table = (/** @type {string} */ title, /** @type {[string[], string][]} */ rows) =>
    h(
      "section",
      {},
      h("h2", {}, title),
      h(
        "dl",
        {},
        ...rows.flatMap(([keys, label]) => [h("dt", {}, ...keys.map((key) => h("kbd", {}, key))), h("dd", {}, label)]),
      ),
    );
  dialog(
    store,
    "shortcuts",
    "Shortcuts",
    h(
      "div",
      { className: "columns" },
      ...groups.map((group) =>
        table(
          group === "Keyboard" ? "Drawing by keyboard" : group,
          actions
            .filter((action) => action.group === group && action.keys.length)
            .map((action) => [action.keys.map(keyLabel), action.label]),
        ),
      ),
      table(
        "Pointer and focus",
        POINTER_HINTS.map(([key, label]) => [[key], label]),
      ),
      table("Polygon", [
        [["Enter"], "Close"],
        [["Backspace"], "Remove the last corner"],
        [["Esc"], "Cancel"],
      ]),
    ),
  );
}

/** @param {Store} store @param {Session} session */
export function mountReturn(store, session) {
  const text = h("textarea", { rows: 4, maxLength: 2000, id: "return-text", autofocus: true });
  const pinned = h("p", { className: "note" });
  const form = h(
    "form",
    { method: "dialog" },
    pinned,
    h("label", { htmlFor: "return-text" }, "Message to the annotator (optional)"),
    text,
    h(
      "div",
      { className: "buttons" },
      h("button", { type: "button", className: "button", onclick: () => (store.dialog.value = null) }, "Cancel"),
      h("button", { type: "submit", className: "button primary" }, "Return the image"),
    ),
  );
  form.addEventListener("submit", () => {
    const image = store.image.value;
    const message = text.value.trim();
    text.value = "";
    store.dialog.value = null;
    if (!image) return;
    const centre = { x: Math.floor(image.width / 2), y: Math.floor(image.height / 2) };
    void session.finish("return", { comments: message ? [{ ...centre, text: message }] : [] });
  });
  dialog(store, "return", "Return to the annotator", form);
  effect(() => {
    const open = store.comments.value.filter(({ resolved }) => !resolved).length;
    pinned.textContent = open
      ? `${open} open ${open === 1 ? "comment is" : "comments are"} pinned to the image and will be shown.`
      : "No comment is pinned yet. Press C and click a point to say what should be different there.";
  });
}

/**
 * The dialog that brings back a session that ran out, over the open image.
 * @param {Store} store
 * @param {() => Api} api
 * @returns {() => Promise<void>} asks, and resolves when the login worked
 */
export function mountLogin(store, api) {
  const user = h("input", {
    name: "username",
    autocomplete: "username",
    required: true,
    id: "login-user",
    value: store.config.user.name,
  });
  const password = h("input", {
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
    id: "login-password",
    autofocus: true,
  });
  const problem = h("p", { className: "problem", role: "alert" });
  const form = h(
    "form",
    {},
    h("p", { className: "note" }, "Your session has ended. Your strokes are kept; log in and they will be saved."),
    h("label", { htmlFor: "login-user" }, "User name"),
    user,
    h("label", { htmlFor: "login-password" }, "Password"),
    password,
    problem,
    h("div", { className: "buttons" }, h("button", { type: "submit", className: "button primary" }, "Log in")),
  );
  const element = dialog(store, "login", "Log in again", form);
  element.addEventListener("cancel", (event) => event.preventDefault());
  /** @type {(() => void)[]} */
  let waiting = [];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = await logIn(new FormData(form), api().csrfToken);
    if (problem.textContent) return;
    password.value = "";
    store.dialog.value = null;
    for (const resolve of waiting.splice(0)) resolve();
  });
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      store.dialog.value = "login";
    });
}

/** @param {FormData} form @param {string} csrfToken @returns {Promise<string>} what is wrong, empty when it worked */
async function logIn(form, csrfToken) {
  form.set("csrfmiddlewaretoken", csrfToken);
  try {
    const response = await fetch(LOGIN_URL, {
      method: "POST",
      body: form,
      redirect: "manual",
      credentials: "same-origin",
    });
    // Django answers a good login with a redirect, which "manual" makes opaque, and a bad one with the form again.
    if (response.type === "opaqueredirect") return "";
    if (response.status === 403 || response.status === 429)
      return "Too many attempts, or the page is too old. Open the login page in a new tab.";
    return "User name or password is not right.";
  } catch (error) {
    return `The server cannot be reached: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * What fills the image's place when there is none.
 * @param {Store} store
 * @param {{title: string, text: string}} whenEmpty
 */
export function mountCurtain(store, whenEmpty) {
  const place = byId("curtain");
  const link = (/** @type {string} */ url, /** @type {string} */ text) =>
    h("a", { className: "button", href: url }, text);
  effect(() => {
    const phase = store.phase.value;
    const { overview, images } = store.config.urls;
    place.hidden = phase === "ready";
    place.dataset.phase = phase;
    if (phase === "loading") place.replaceChildren(h("p", { role: "status" }, "Loading the image …"));
    if (phase === "empty") {
      place.replaceChildren(
        h("h1", {}, whenEmpty.title),
        h("p", {}, whenEmpty.text),
        h("div", { className: "buttons" }, link(overview, "Project overview"), link(images, "All images")),
      );
    }
    if (phase === "failed") {
      place.replaceChildren(
        h("h1", {}, "This image could not be opened"),
        h("p", {}, store.failure.value),
        h("div", { className: "buttons" }, link(location.href, "Try again"), link(images, "All images")),
      );
    }
  });
}
