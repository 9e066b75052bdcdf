import { t } from "../i18n.js";

/**
 * @typedef {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">} KeyPress
 */

/** Keys whose place on the keyboard matters more than what they print on a given layout. */
const BY_PLACE = /** @type {Record<string, string>} */ ({
  BracketLeft: "[",
  BracketRight: "]",
  Digit0: "0",
  Digit1: "1",
  Digit2: "2",
  Digit3: "3",
  Digit4: "4",
  Digit5: "5",
  Digit6: "6",
  Digit7: "7",
  Digit8: "8",
  Digit9: "9",
});
const NAMED_KEYS = /** @type {Record<string, string>} */ ({
  Enter: t("Enter"),
  Space: t("Space"),
  Delete: t("Del"),
  Backspace: t("Backspace"),
});
const ARROW_SIGNS = /** @type {Record<string, string>} */ ({ Up: "↑", Down: "↓", Left: "←", Right: "→" });
const NAMES = /** @type {Record<string, string>} */ ({
  " ": "Space",
  "+": "Plus",
  "=": "Plus",
  "-": "Minus",
  _: "Minus",
});

/**
 * Names of a key press such as "Ctrl+Shift+Z", the likeliest first: what it prints, then where it lies.
 * Command counts as Ctrl. Shift is named for letters and named keys only, since it is how some signs are typed.
 * @param {KeyPress} press
 * @returns {string[]}
 */
export function comboNames(press) {
  const modifiers = (press.ctrlKey || press.metaKey ? "Ctrl+" : "") + (press.altKey ? "Alt+" : "");
  const printed = NAMES[press.key] ?? (press.key.length === 1 ? press.key.toUpperCase() : press.key);
  const isSign = press.key.length === 1 && press.key.toLowerCase() === press.key.toUpperCase() && press.key !== " ";
  const names = [modifiers + (press.shiftKey && !isSign ? "Shift+" : "") + printed];
  // With Alt held, some systems print other letters than the key's own.
  const placed = BY_PLACE[press.code] ?? (press.altKey ? /^Key([A-Z])$/.exec(press.code)?.[1] : undefined);
  if (placed) names.push(modifiers + (press.shiftKey ? "Shift+" : "") + placed);
  return [...new Set(names)];
}

/**
 * @template {{keys: string[]}} A
 * @param {A[]} actions
 * @param {KeyPress} press
 * @returns {A | null} the first action bound to the press
 */
export function findAction(actions, press) {
  for (const name of comboNames(press)) {
    const action = actions.find(({ keys }) => keys.includes(name));
    if (action) return action;
  }
  return null;
}

/** Combinations that the keyboard handler or the browser keeps for itself. */
export const RESERVED = new Set([
  "Space",
  "F6",
  "Shift+F6",
  "F5",
  "F11",
  "F12",
  "Ctrl+W",
  "Ctrl+T",
  "Ctrl+N",
  "Ctrl+R",
]);

/** @param {string} key of a keyboard event */
export function isModifier(key) {
  return ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"].includes(key);
}

/**
 * Combinations that more than one action has: a fault in the key map.
 * @template {{label: string, keys: string[]}} A
 * @param {A[]} actions
 * @returns {{key: string, labels: string[]}[]}
 */
export function keyClashes(actions) {
  /** @type {Map<string, string[]>} */
  const owners = new Map();
  for (const { label, keys } of actions) for (const key of keys) owners.set(key, [...(owners.get(key) ?? []), label]);
  return [...owners].filter(([, labels]) => labels.length > 1).map(([key, labels]) => ({ key, labels }));
}

/**
 * @template {{name: string, keys: string[]}} A
 * @param {A[]} actions
 * @param {string} name of the action that is to get the keys
 * @param {string[]} keys
 * @returns {A[]} the others that have one of them
 */
export function clashing(actions, name, keys) {
  return actions.filter((other) => other.name !== name && other.keys.some((key) => keys.includes(key)));
}

/**
 * How a combination is written for people.
 * @param {string} combo
 */
export function keyLabel(combo) {
  const isMac = typeof navigator !== "undefined" && /Mac/.test(navigator.platform ?? "");
  return combo
    .replace("Ctrl+", isMac ? "⌘" : `${t("Ctrl")}+`)
    .replace("Shift+", `${t("Shift")}+`)
    .replace(/(Enter|Space|Delete|Backspace)$/, (word) => NAMED_KEYS[word])
    .replace("Plus", "+")
    .replace("Minus", "−")
    .replace("Escape", t("Esc"))
    .replace(/Arrow(Up|Down|Left|Right)/, (_, way) => ARROW_SIGNS[way]);
}
