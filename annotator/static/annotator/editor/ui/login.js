/** @import {Store} from "../store.js" */
import { csrfCookie } from "../api.js";
import { t } from "../i18n.js";
import { dialog } from "./dialog.js";
import { h } from "./dom.js";

const LOGIN_URL = "/accounts/login/";

/**
 * The dialog that brings back a session that ran out, or became another user's, over the open image.
 * @param {Store} store
 * @returns {(problem: Record<string, any>) => Promise<void>} asks, and resolves when the login worked; `logged_in` of the
 *   problem is who else is logged in
 */
export function mountLogin(store) {
  const user = h("input", {
    name: "username",
    autocomplete: "username",
    required: true,
    id: "login-user",
    value: store.config.user.name,
    // Strokes are this person's; someone else logs in on a page of their own.
    readOnly: true,
  });
  const password = h("input", {
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
    id: "login-password",
    autofocus: true,
  });
  const note = h("p", { className: "note" });
  const problem = h("p", { className: "problem", role: "alert" });
  const form = h(
    "form",
    {},
    note,
    h("label", { htmlFor: "login-user" }, t("User name")),
    user,
    h("label", { htmlFor: "login-password" }, t("Password")),
    password,
    problem,
    h("div", { className: "buttons" }, h("button", { type: "submit", className: "button primary" }, t("Log in"))),
  );
  dialog(store, "login", t("Log in again"), { canClose: false }, form);
  /** @type {(() => void)[]} */
  let waiting = [];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = await logIn(new FormData(form));
    if (problem.textContent) {
      password.focus();
      return password.select();
    }
    password.value = "";
    store.isLoginWanted.value = false;
    for (const resolve of waiting.splice(0)) resolve();
  });
  return ({ logged_in: other }) =>
    new Promise((resolve) => {
      note.textContent = other
        ? t("{other} logged in in this browser, in another tab. Your strokes are kept; log in and they will be saved.", {
            other,
          })
        : t("Your session has ended. Your strokes are kept; log in and they will be saved.");
      waiting.push(resolve);
      store.isLoginWanted.value = true;
    });
}

/** @param {FormData} form @returns {Promise<string>} what is wrong, empty when it worked */
async function logIn(form) {
  try {
    if (csrfCookie() === null) await fetch(LOGIN_URL, { credentials: "same-origin" });
    form.set("csrfmiddlewaretoken", csrfCookie() ?? "");
    const response = await fetch(LOGIN_URL, {
      method: "POST",
      body: form,
      redirect: "manual",
      credentials: "same-origin",
    });
    // Django answers a good login with a redirect, which "manual" makes opaque, and a bad one with the form again.
    if (response.type === "opaqueredirect") return "";
    if (response.status === 403 || response.status === 429)
      return t("Too many attempts, or the page is too old. Open the login page in a new tab.");
    return t("User name or password is not right.");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return t("The server cannot be reached: {reason}", { reason });
  }
}
