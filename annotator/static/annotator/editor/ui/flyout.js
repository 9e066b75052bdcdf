import { keyLabel } from "../input/keymap.js";
import { h } from "./dom.js";

/** @typedef {{label: string, keys: string[], hint?: string}} Description */

const GAP_PX = 6;

/**
 * Names the buttons of a bar beside them, at once: under the pointer, and with the focus of the keyboard. Esc takes the
 * name away until the next button.
 * @param {HTMLElement} bar
 * @param {(action: string) => Description | null} describe what the button of an action does
 */
export function mountFlyout(bar, describe) {
  const flyout = h("div", { className: "flyout", role: "tooltip", id: `${bar.id}-flyout`, hidden: true });
  document.body.append(flyout);
  /** @type {HTMLElement | null} */
  let named = null;

  const hide = () => {
    named?.removeAttribute("aria-describedby");
    named = null;
    flyout.hidden = true;
  };
  const name = (/** @type {EventTarget | null} */ target) => {
    const button = /** @type {HTMLElement} */ (target).closest("button");
    const description = button && describe(button.dataset.action ?? "");
    if (!description) return hide();
    if (button === named) return;
    hide();
    named = button;
    flyout.replaceChildren(...contentOf(description));
    flyout.hidden = false;
    button.setAttribute("aria-describedby", flyout.id);
    place(flyout, bar, button.getBoundingClientRect());
  };

  bar.addEventListener("pointerover", (event) => event.pointerType === "mouse" && name(event.target));
  bar.addEventListener("pointerleave", hide);
  bar.addEventListener("focusin", (event) => {
    if (/** @type {HTMLElement} */ (event.target).matches(":focus-visible")) name(event.target);
  });
  bar.addEventListener("focusout", hide);
  bar.addEventListener("pointerdown", hide);
  bar.addEventListener("scroll", hide);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide(), { capture: true });
}

/** @param {Description} description */
function contentOf({ label, keys, hint }) {
  return [
    h("strong", {}, label),
    ...keys.map((key) => h("kbd", {}, keyLabel(key))),
    ...(hint ? [h("small", {}, hint)] : []),
  ];
}

/** Right of a column's buttons, above a row's. @param {HTMLElement} flyout @param {HTMLElement} bar @param {DOMRect} button */
function place(flyout, bar, button) {
  const { width, height } = flyout.getBoundingClientRect();
  const isColumn = bar.clientHeight > bar.clientWidth;
  const left = isColumn ? button.right + GAP_PX : button.left + (button.width - width) / 2;
  const top = isColumn ? button.top : button.top - height - GAP_PX;
  flyout.style.left = `${Math.max(GAP_PX, Math.min(left, innerWidth - width - GAP_PX))}px`;
  flyout.style.top = `${Math.max(GAP_PX, Math.min(top, innerHeight - height - GAP_PX))}px`;
}
