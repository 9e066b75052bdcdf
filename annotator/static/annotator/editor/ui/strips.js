import { byId, h, icon } from "./dom.js";

/**
 * Puts a strip over the upper edge of the image, below those that are there.
 * @param {string} name its class @param {string} label for those who do not see it
 * @param {...(Node | string)} content
 */
export function addStrip(name, label, ...content) {
  const strip = h("div", { className: `strip-bar ${name}`, role: "region", aria: { label } }, ...content);
  strip.hidden = true;
  strips().append(strip);
  return strip;
}

/** Where strips and chips stand, one below the other. */
export function strips() {
  const picture = byId("stage").parentElement;
  const known = /** @type {HTMLElement | undefined} */ (
    [...(picture?.children ?? [])].find((child) => child.className === "strips")
  );
  if (known) return known;
  const made = h("div", { className: "strips" });
  picture?.append(made);
  return made;
}

/** @param {...(Node | string | null)} content that belongs together in a strip */
export function stripGroup(...content) {
  return h("span", { className: "group" }, ...content);
}

/** @param {string} name of the icon @param {string} label @param {() => void} run */
export function stripIconButton(name, label, run) {
  return h(
    "button",
    { type: "button", className: "button icon-only", title: label, aria: { label }, onclick: run },
    icon(name),
  );
}
