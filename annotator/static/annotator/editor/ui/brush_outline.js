/** @import {ViewState} from "../types.js" */
import { brushOutline, dabRuns } from "../shapes.js";

/** Device pixels per image pixel from which the corners of pixels are seen. */
const CORNERS_SHOW_FROM = 2;
/** Larger brushes have too many corners to be drawn in all; only rows in sight are. */
const WHOLE_UP_TO_PX = 128;

/**
 * The outline of a brush as SVG path data in image pixels around its snapped middle: true to the pixel at every zoom,
 * and never more of it than can be seen.
 */
export class BrushOutline {
  constructor() {
    this.key = "";
    this.whole = "";
    /** @type {ArrayLike<number>} */
    this.runs = [];
  }

  /**
   * @param {number} diameter image pixels @param {"round" | "square"} shape
   * @param {ViewState} view @param {number} middleY of the brush, image pixels
   */
  path(diameter, shape, view, middleY) {
    const r = diameter / 2;
    if (shape === "square") return `M${-r} ${-r}H${r}V${r}H${-r}Z`;
    // Where pixels are too small to be told apart, a circle is the true outline to within one of them.
    if (view.scale < CORNERS_SHOW_FROM) return `M${-r} 0A${r} ${r} 0 1 1 ${r} 0A${r} ${r} 0 1 1 ${-r} 0Z`;
    this.remember(diameter);
    if (diameter <= WHOLE_UP_TO_PX) return this.whole;
    return this.rowsInSight(diameter, view, middleY);
  }

  /** @param {number} diameter */
  remember(diameter) {
    const key = String(diameter);
    if (key === this.key) return;
    this.key = key;
    const middle = diameter % 2 ? 0.5 : 0;
    this.whole = diameter <= WHOLE_UP_TO_PX ? brushOutline(diameter) : "";
    this.runs = diameter <= WHOLE_UP_TO_PX ? [] : dabRuns({ x: middle, y: middle, diameter }, "round");
  }

  /** @param {number} diameter @param {ViewState} view @param {number} middleY */
  rowsInSight(diameter, view, middleY) {
    const { runs } = this;
    const count = runs.length / 3;
    const middle = diameter % 2 ? 0.5 : 0;
    const top = runs[0] - middle + middleY;
    const first = Math.max(0, Math.floor(-view.y / view.scale - top));
    const last = Math.min(count, Math.ceil((view.height - view.y) / view.scale - top));
    let left = "";
    let right = "";
    for (let row = first; row < last; row++) {
      const y = runs[3 * row] - middle;
      const [x0, x1] = [runs[3 * row + 1] - middle, runs[3 * row + 2] - middle];
      left += row === first ? `M${row === 0 ? 0 : x0} ${y}H${x0}V${y + 1}` : `H${x0}V${y + 1}`;
      right += row === first ? `M${row === 0 ? 0 : x1} ${y}H${x1}V${y + 1}` : `H${x1}V${y + 1}`;
    }
    return last === count && last > first ? `${left}H0${right}H0` : left + right;
  }
}
