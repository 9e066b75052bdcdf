/**
 * Children that follow a list. A node stays as long as what it shows does: nothing is read out twice, and the focus
 * stays where it is; that of a node made again goes to the same button of the new one.
 *
 * @template T
 */
export class KeyedNodes {
  /**
   * @param {HTMLElement} place
   * @param {object} how
   * @param {(item: T) => number} how.keyOf
   * @param {(item: T, position: number) => string} how.signOf all that the node shows and that may change
   * @param {(item: T, position: number) => HTMLElement} how.make
   * @param {() => void} how.takeFocus when the focus was in a node that went
   */
  constructor(place, how) {
    this.place = place;
    this.how = how;
    /** @type {Map<number, {sign: string, node: HTMLElement}>} */
    this.shown = new Map();
  }

  /** @param {T[]} items */
  show(items) {
    const { place, how } = this;
    const before = this.shown;
    const focused = this.focusedButton();
    this.shown = new Map(
      items.map((item, i) => {
        const [key, sign] = [how.keyOf(item), how.signOf(item, i)];
        const known = before.get(key);
        return [key, known?.sign === sign ? known : { sign, node: how.make(item, i) }];
      }),
    );
    for (const [key, { node }] of before) if (this.shown.get(key)?.node !== node) node.remove();
    let next = place.firstElementChild;
    for (const { node } of this.shown.values()) {
      if (node === next) next = next.nextElementSibling;
      else place.insertBefore(node, next);
    }
    if (focused && !place.contains(document.activeElement)) this.giveFocus(focused);
  }

  /** @returns {{key: number, button: number} | null} */
  focusedButton() {
    for (const [key, { node }] of this.shown) {
      if (node.contains(document.activeElement)) return { key, button: indexOfFocus(buttonsOf(node)) };
    }
    return null;
  }

  /** @param {{key: number, button: number}} to */
  giveFocus({ key, button }) {
    const node = this.shown.get(key)?.node;
    const target = node && buttonsOf(node)[button];
    if (target) target.focus({ preventScroll: true });
    else this.how.takeFocus();
  }
}

/** @param {HTMLElement} node a button itself, or what holds some */
function buttonsOf(node) {
  return node.tagName === "BUTTON" ? [node] : [...node.querySelectorAll("button")];
}

/** @param {HTMLElement[]} buttons */
function indexOfFocus(buttons) {
  return buttons.findIndex((button) => button === document.activeElement);
}
