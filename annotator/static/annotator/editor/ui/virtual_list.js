import { h } from "./dom.js";

const SPARE_ROWS = 8;

/**
 * A list box that holds only the rows in sight: as quick with 5,000 rows as with 50. All rows are equally high.
 *
 * @template T
 */
export class VirtualList {
  /**
   * @param {{rowPx: number, label: string, row: (item: T, position: number) => HTMLElement}} options
   */
  constructor({ rowPx, label, row }) {
    this.rowPx = rowPx;
    this.row = row;
    /** @type {T[]} */
    this.items = [];
    this.strip = h("div", { className: "strip" });
    this.element = h(
      "div",
      { className: "virtual", role: "listbox", tabIndex: 0, aria: { label, multiselectable: "true" } },
      this.strip,
    );
    this.element.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** @param {T[]} items */
  show(items) {
    this.items = items;
    this.draw();
  }

  draw() {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / this.rowPx) - SPARE_ROWS);
    const last = Math.min(this.items.length, Math.ceil((scrollTop + clientHeight) / this.rowPx) + SPARE_ROWS);
    this.strip.style.height = `${this.items.length * this.rowPx}px`;
    this.strip.replaceChildren(
      ...this.items.slice(first, last).map((item, i) => {
        const element = this.row(item, first + i);
        element.style.top = `${(first + i) * this.rowPx}px`;
        element.setAttribute("aria-setsize", String(this.items.length));
        element.setAttribute("aria-posinset", String(first + i + 1));
        return element;
      }),
    );
  }

  /** Scrolls as little as shows the row. @param {number} position */
  reveal(position) {
    const { element, rowPx } = this;
    const top = position * rowPx;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + rowPx > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowPx - element.clientHeight;
    this.draw();
  }
}
