/** @import {Action} from "../input/actions.js" */
/** @import {Preferences} from "../input/preferences.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { clashing, comboNames, isModifier, keyLabel, RESERVED } from "../input/keymap.js";
import { h, icon } from "./dom.js";

/** One action of the key map: its keys, and the way to others. */
export class KeyRow {
  /** @param {Action} action @param {Action[]} all @param {Preferences} preferences */
  constructor(action, all, preferences) {
    this.action = action;
    this.all = all;
    this.preferences = preferences;
    this.text = "";
    this.keys = h("span", { className: "keys" });
    this.change = small("pencil", t("Change the keys of “{action}”", { action: action.label }), () => this.listen());
    this.reset = small("rotate-ccw", t("Usual keys of “{action}”", { action: action.label }), () =>
      this.propose(action.defaultKeys ?? []),
    );
    this.talk = h("div", { className: "talk", role: "alert", hidden: true });
    this.element = h(
      "li",
      { className: "key-row", data: { keysOf: action.name } },
      h("span", {}, action.label),
      this.keys,
      this.change,
      this.reset,
      this.talk,
    );
    this.change.addEventListener("keydown", (event) => this.hear(event), { capture: true });
    this.change.addEventListener("blur", () => this.isListening && this.rest());
    effect(() => this.show());
  }

  get isListening() {
    return this.change.dataset.listening !== undefined;
  }

  show() {
    const { keys, defaultKeys = [], label } = this.action;
    const labels = keys.map(keyLabel);
    this.text = `${label} ${labels.join(" ")}`.toLowerCase();
    this.keys.replaceChildren(...labels.map((key) => h("kbd", {}, key)));
    this.reset.disabled = keys.join() === defaultKeys.join();
  }

  /** Waits for the new combination. */
  listen() {
    this.change.dataset.listening = "";
    this.say(t("Press the new keys. Esc leaves it as it is."));
  }

  /** @param {KeyboardEvent} event */
  hear(event) {
    if (!this.isListening || isModifier(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const [combo] = comboNames(event);
    if (combo === "Escape") return this.rest();
    if (RESERVED.has(combo))
      return this.say(t("{key} has a fixed meaning. Press other keys.", { key: keyLabel(combo) }));
    delete this.change.dataset.listening;
    this.propose([combo]);
  }

  /** Binds the keys, or asks first where others have them. @param {string[]} keys */
  propose(keys) {
    const owners = clashing(this.all, this.action.name, keys);
    if (!owners.length) return this.bind(keys);
    const names = owners.map(({ label }) => `“${label}”`).join(", ");
    this.say(
      t("{keys} is used by {actions}.", { keys: keys.map(keyLabel).join(", "), actions: names }),
      textButton(t("Take it from there"), () => this.take(keys, owners)),
      textButton(t("Leave it"), () => this.rest()),
    );
    /** @type {HTMLElement | null} */ (this.talk.querySelector("button"))?.focus();
  }

  /** @param {string[]} keys @param {Action[]} owners */
  take(keys, owners) {
    for (const owner of owners)
      this.preferences.bind(
        owner.name,
        owner.keys.filter((key) => !keys.includes(key)),
      );
    this.bind(keys);
  }

  /** @param {string[]} keys */
  bind(keys) {
    const { name, defaultKeys = [] } = this.action;
    if (keys.join() === defaultKeys.join()) this.preferences.reset(name);
    else this.preferences.bind(name, keys);
    this.rest();
    this.change.focus();
  }

  /** Back to showing the keys. */
  rest() {
    delete this.change.dataset.listening;
    this.talk.hidden = true;
    this.talk.replaceChildren();
  }

  /** @param {string} text @param {...Node} buttons */
  say(text, ...buttons) {
    this.talk.replaceChildren(h("span", {}, text), ...buttons);
    this.talk.hidden = false;
  }
}

/** @param {string} name @param {string} label @param {() => void} run */
function small(name, label, run) {
  return h(
    "button",
    { type: "button", className: "button icon-only small", title: label, aria: { label }, onclick: run },
    icon(name),
  );
}

/** @param {string} text @param {() => void} run */
function textButton(text, run) {
  return h("button", { type: "button", className: "button", onclick: run }, text);
}
