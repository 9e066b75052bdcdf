/** As much of a page as the editor's views need without a browser: a tree, the focus, dialogs, listeners. */
class FakeElement extends EventTarget {
  constructor(page, tag) {
    super();
    Object.assign(this, { page, tagName: tag.toUpperCase(), parent: null, childNodes: [], dataset: {}, style: {} });
    Object.assign(this, { className: "", title: "", type: "", id: "", value: "", hidden: false, rect: null, open: false });
    this.attributes = new Map();
    this.classList = { toggle: () => {} };
  }
  get children() {
    return this.childNodes.filter((child) => child instanceof FakeElement);
  }
  get firstElementChild() {
    return this.children[0] ?? null;
  }
  get nextElementSibling() {
    const { children } = this.parent;
    return children[children.indexOf(this) + 1] ?? null;
  }
  get textContent() {
    return this.childNodes.map((child) => child.textContent ?? child).join("");
  }
  set textContent(text) {
    this.replaceChildren(text);
  }
  setAttribute(name, value) {
    this.attributes.set(name, value);
  }
  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }
  removeAttribute(name) {
    this.attributes.delete(name);
  }
  append(...nodes) {
    for (const node of nodes) this.insertBefore(node, null);
  }
  insertBefore(node, next) {
    node.remove?.();
    if (node instanceof FakeElement) node.parent = this;
    this.childNodes.splice(next ? this.childNodes.indexOf(next) : this.childNodes.length, 0, node);
  }
  /** What is taken out of the page loses the focus, also when it is put back at once. */
  remove() {
    if (this.contains(this.page.focused)) this.page.focused = null;
    if (this.parent) this.parent.childNodes.splice(this.parent.childNodes.indexOf(this), 1);
    this.parent = null;
  }
  replaceChildren(...nodes) {
    for (const child of [...this.children]) child.remove();
    this.childNodes = [];
    this.append(...nodes);
  }
  contains(other) {
    return other === this || (other?.parent ? this.contains(other.parent) : false);
  }
  querySelectorAll(tag) {
    return this.children.flatMap((child) => [
      ...(child.tagName === tag.toUpperCase() ? [child] : []),
      ...child.querySelectorAll(tag),
    ]);
  }
  focus() {
    const before = this.page.focused;
    this.page.focused = this;
    for (let at = before; at; at = at.parent) at.dispatchEvent(new Event("focusout"));
    for (let at = this; at; at = at.parent) at.dispatchEvent(new Event("focusin"));
  }
  click() {
    this.dispatchEvent(new Event("click"));
  }
  getBoundingClientRect() {
    return this.rect ?? { left: 0, top: 0, right: 0, bottom: 0 };
  }
  showModal() {
    if (this.open) throw new Error("The dialog is open already.");
    this.open = true;
  }
  close() {
    if (!this.open) return;
    this.open = false;
    setTimeout(() => this.dispatchEvent(new Event("close")));
  }
}

// `h` sets what an element has as a property, everything else as an attribute.
for (const name of ["tabIndex", "htmlFor", "rows", "required", "maxLength", "placeholder", "readOnly", "autofocus", "name"])
  FakeElement.prototype[name] = undefined;

/**
 * Puts the page in place of the browser's.
 * @param {...string} ids of the elements that the template has
 */
export function openPage(...ids) {
  const page = { focused: null };
  const create = (tag) => new FakeElement(page, tag);
  const body = create("body");
  const known = new Map(ids.map((id) => [id, create("div")]));
  body.append(...known.values());
  globalThis.document = {
    body,
    documentElement: create("html"),
    createElement: create,
    createElementNS: (_, tag) => create(tag),
    getElementById: (id) => known.get(id) ?? null,
    get activeElement() {
      return page.focused ?? body;
    },
  };
  globalThis.window = new EventTarget();
  globalThis.localStorage = { getItem: () => null, setItem: () => {} };
  return Object.fromEntries(known);
}
