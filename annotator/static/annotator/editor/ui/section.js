import { effect, signal } from "@preact/signals-core";
import { h, icon } from "./dom.js";

/**
 * A part of the panel that folds away under its title; whether it is open is remembered in this browser.
 *
 * @param {string} name in the browser's memory
 * @param {string} title
 * @param {{extras?: (Node | null)[], isOpen?: boolean, className?: string}} look extras stand at the title's right
 * @param {...(Node | null)} content
 */
export function panelSection(name, title, { extras = [], isOpen = true, className = "" }, ...content) {
  const key = `maskloop-panel-${name}`;
  const open = signal((localStorage.getItem(key) ?? (isOpen ? "open" : "shut")) === "open");
  const body = h("div", { className: "body", id: `panel-${name}` }, ...content);
  const toggle = h(
    "button",
    {
      type: "button",
      className: "fold",
      aria: { controls: body.id },
      onclick: () => {
        open.value = !open.value;
        localStorage.setItem(key, open.value ? "open" : "shut");
      },
    },
    icon("chevron-down"),
    title,
  );
  const section = h(
    "section",
    { className, aria: { label: title }, data: { section: name } },
    h("div", { className: "heading" }, h("h2", {}, toggle), ...extras),
    body,
  );
  effect(() => {
    toggle.setAttribute("aria-expanded", String(open.value));
    body.hidden = !open.value;
    section.classList.toggle("folded", !open.value);
  });
  return Object.assign(section, { unfold: () => (open.value = true) });
}
