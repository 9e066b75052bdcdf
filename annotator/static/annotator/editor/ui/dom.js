/**
 * Makes an element. Properties that start with "on" are listeners, `aria` and `data` are objects of attributes.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "aria")
      for (const [key, text] of Object.entries(value)) element.setAttribute(`aria-${key}`, String(text));
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name in element && name !== "list" && name !== "form") /** @type {any} */ (element)[name] = value;
    else element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** @param {string} name @param {Record<string, string | number>} [attributes] */
export function svg(name, attributes = {}) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** An icon of the sprite. @param {string} name lucide name */
export function icon(name) {
  const picture = svg("svg", { class: "icon", "aria-hidden": "true" });
  picture.append(svg("use", { href: `${document.documentElement.dataset.icons}#${name}` }));
  return picture;
}

/**
 * Shows or hides an element; the focus of one that goes returns to the image.
 * @param {HTMLElement} element @param {boolean} isShown
 */
export function show(element, isShown) {
  if (!isShown) releaseFocus(element);
  element.hidden = !isShown;
}

/** Returns the focus from something that goes, or can no longer be used, to the image. @param {HTMLElement} element */
export function releaseFocus(element) {
  if (element.contains(document.activeElement)) byId("stage").focus({ preventScroll: true });
}

/**
 * Looks an element of the template up.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element “${id}”.`);
  return element;
}
