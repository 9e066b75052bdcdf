/**
 * Shapes as row runs: a flat list of triples y, x0, x1 (x1 exclusive) in integer pixels.
 * A pixel belongs to a shape when its centre (x + 0.5, y + 0.5) does. Runs may leave the image; the writer clips.
 *
 * @typedef {"round" | "square"} BrushShape
 *
 * @typedef {object} Dab A brush at one place.
 * @property {number} x middle, continuous image coordinates
 * @property {number} y
 * @property {number} diameter pixels; the side of a square
 */

/**
 * Where the middle of a brush lands: pixel centres for odd diameters, pixel corners for even ones.
 * @param {number} value continuous image coordinate
 * @param {number} diameter pixels
 */
export function snapToBrush(value, diameter) {
  return diameter % 2 ? Math.floor(value) + 0.5 : Math.round(value);
}

/**
 * Pixels within half a diameter of the segment a–b; a disc when both are the same point.
 * @param {[number, number]} a
 * @param {[number, number]} b
 * @param {number} diameter pixels
 * @returns {number[]}
 */
export function capsuleRuns([ax, ay], [bx, by], diameter) {
  return sweepRuns({ x: ax, y: ay, diameter }, { x: bx, y: by, diameter }, "round");
}

/**
 * What one dab covers.
 * @param {Dab} dab
 * @param {BrushShape} shape
 * @returns {number[]}
 */
export function dabRuns(dab, shape) {
  return sweepRuns(dab, dab, shape);
}

/**
 * Pixels that a brush covers on its way from one dab to the next, growing or shrinking evenly.
 * @param {Dab} from
 * @param {Dab} to
 * @param {BrushShape} shape
 * @param {boolean} [isContinued] leaves out what the brush covered at `from`, which the move before has painted:
 *   the cost of a move then follows the newly covered pixels, not the size of the brush
 * @returns {number[]}
 */
export function sweepRuns(from, to, shape, isContinued = false) {
  const cross = shape === "square" ? squareSpan : roundSpan;
  const first = Math.ceil(Math.min(from.y - from.diameter / 2, to.y - to.diameter / 2) - 0.5);
  const last = Math.floor(Math.max(from.y + from.diameter / 2, to.y + to.diameter / 2) - 0.5);
  const span = new Float64Array(2);
  /** @type {number[]} */
  const runs = [];
  for (let y = first; y <= last; y++) {
    if (!cross(from, to, y + 0.5, span)) continue;
    const x0 = Math.ceil(span[0] - 0.5);
    const x1 = Math.floor(span[1] - 0.5) + 1;
    if (x1 <= x0) continue;
    if (!isContinued || !cross(from, from, y + 0.5, span)) {
      runs.push(y, x0, x1);
      continue;
    }
    const doneFrom = Math.ceil(span[0] - 0.5);
    const doneTo = Math.floor(span[1] - 0.5) + 1;
    if (doneTo <= doneFrom) {
      runs.push(y, x0, x1);
      continue;
    }
    if (x0 < doneFrom) runs.push(y, x0, doneFrom);
    if (doneTo < x1) runs.push(y, doneTo, x1);
  }
  return runs;
}

/**
 * The interval in which the line y = yc crosses the hull of two discs: the hull is convex, so the union of what the
 * discs and the quadrilateral between their common tangents cover is one interval.
 *
 * @param {Dab} a @param {Dab} b @param {number} yc
 * @param {Float64Array} out the interval
 * @returns {boolean} whether the line crosses it
 */
function roundSpan(a, b, yc, out) {
  out[0] = Infinity;
  out[1] = -Infinity;
  const [ra, rb] = [a.diameter / 2, b.diameter / 2];
  widenByDisc(a.x, yc - a.y, ra, out);
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const distance = Math.hypot(dx, dy);
  if (distance === 0 && ra === rb) return out[0] <= out[1];
  widenByDisc(b.x, yc - b.y, rb, out);
  if (distance > Math.abs(ra - rb)) {
    const [ux, uy] = [dx / distance, dy / distance];
    const along = (ra - rb) / distance;
    const across = Math.sqrt(1 - along * along);
    const [px, py] = [ux * along - uy * across, uy * along + ux * across];
    const [qx, qy] = [ux * along + uy * across, uy * along - ux * across];
    const corners = [a.x + ra * px, a.y + ra * py, b.x + rb * px, b.y + rb * py];
    const opposite = [b.x + rb * qx, b.y + rb * qy, a.x + ra * qx, a.y + ra * qy];
    widenByEdge(corners[0], corners[1], corners[2], corners[3], yc, out);
    widenByEdge(corners[2], corners[3], opposite[0], opposite[1], yc, out);
    widenByEdge(opposite[0], opposite[1], opposite[2], opposite[3], yc, out);
    widenByEdge(opposite[2], opposite[3], corners[0], corners[1], yc, out);
  }
  return out[0] <= out[1];
}

/**
 * The same for two squares: the ways of the corners bound what a square covers while it moves and grows.
 * @param {Dab} a @param {Dab} b @param {number} yc @param {Float64Array} out
 */
function squareSpan(a, b, yc, out) {
  out[0] = Infinity;
  out[1] = -Infinity;
  const [ra, rb] = [a.diameter / 2, b.diameter / 2];
  widenBySquare(a, ra, yc, out);
  widenBySquare(b, rb, yc, out);
  for (let corner = 0; corner < 4; corner++) {
    const sx = corner & 1 ? 1 : -1;
    const sy = corner & 2 ? 1 : -1;
    widenByEdge(a.x + sx * ra, a.y + sy * ra, b.x + sx * rb, b.y + sy * rb, yc, out);
  }
  return out[0] <= out[1];
}

/** @param {number} x middle @param {number} dy @param {number} r @param {Float64Array} out */
function widenByDisc(x, dy, r, out) {
  const rest = r * r - dy * dy;
  if (rest < 0) return;
  const half = Math.sqrt(rest);
  if (x - half < out[0]) out[0] = x - half;
  if (x + half > out[1]) out[1] = x + half;
}

/** @param {Dab} dab @param {number} r @param {number} yc @param {Float64Array} out */
function widenBySquare(dab, r, yc, out) {
  // Half open, so that an even square snapped to pixel corners never takes in a further row.
  if (yc < dab.y - r || yc > dab.y + r) return;
  if (dab.x - r < out[0]) out[0] = dab.x - r;
  if (dab.x + r > out[1]) out[1] = dab.x + r;
}

/**
 * @param {number} px @param {number} py @param {number} qx @param {number} qy @param {number} yc
 * @param {Float64Array} out
 */
function widenByEdge(px, py, qx, qy, yc, out) {
  if (py === qy || Math.min(py, qy) > yc || Math.max(py, qy) < yc) return;
  const x = px + ((yc - py) / (qy - py)) * (qx - px);
  if (x < out[0]) out[0] = x;
  if (x > out[1]) out[1] = x;
}

/**
 * Inside of a polygon by the even-odd rule; the last point joins the first. A shared edge belongs to one side only.
 *
 * @param {ArrayLike<ArrayLike<number>>} points x, y
 * @returns {number[]}
 */
export function polygonRuns(points) {
  if (points.length < 3) return [];
  const edges = crossingEdges(points);
  /** @type {number[]} */
  const runs = [];
  /** @type {typeof edges} */
  let active = [];
  let next = 0;
  for (let y = edges[0]?.first ?? 0; next < edges.length || active.length; y++) {
    if (!active.length && edges[next].first > y) y = edges[next].first;
    active = active.filter((edge) => edge.last >= y);
    while (next < edges.length && edges[next].first <= y) active.push(edges[next++]);
    const crossings = active.map(({ px, py, slope }) => px + (y + 0.5 - py) * slope).sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const x0 = Math.ceil(crossings[i] - 0.5);
      const x1 = Math.ceil(crossings[i + 1] - 0.5);
      if (x1 > x0) runs.push(y, x0, x1);
    }
  }
  return runs;
}

/** @param {ArrayLike<ArrayLike<number>>} points edges that cross the middle of a pixel row, by rising first row */
function crossingEdges(points) {
  const edges = [];
  for (let i = 0; i < points.length; i++) {
    const [px, py] = [points[i][0], points[i][1]];
    const after = points[(i + 1) % points.length];
    const [qx, qy] = [after[0], after[1]];
    const first = Math.ceil(Math.min(py, qy) - 0.5);
    const last = Math.ceil(Math.max(py, qy) - 0.5) - 1;
    if (last >= first) edges.push({ px, py, slope: (qx - px) / (qy - py), first, last });
  }
  return edges.sort((a, b) => a.first - b.first);
}

/**
 * @typedef {object} Box image pixels, end exclusive
 * @property {number} x0
 * @property {number} y0
 * @property {number} x1
 * @property {number} y1
 */

/**
 * The whole pixels between two opposite corners, both included.
 * @param {ArrayLike<number>} a integer pixel x, y
 * @param {ArrayLike<number>} b
 * @returns {Box}
 */
export function boxBetween(a, b) {
  return {
    x0: Math.min(a[0], b[0]),
    y0: Math.min(a[1], b[1]),
    x1: Math.max(a[0], b[0]) + 1,
    y1: Math.max(a[1], b[1]) + 1,
  };
}

/** @param {Box} box @returns {number[]} */
export function rectangleRuns({ x0, y0, x1, y1 }) {
  /** @type {number[]} */
  const runs = [];
  for (let y = y0; y < y1; y++) runs.push(y, x0, x1);
  return runs;
}

/** The ellipse that touches all four sides of a box. @param {Box} box @returns {number[]} */
export function ellipseRuns({ x0, y0, x1, y1 }) {
  const [rx, ry] = [(x1 - x0) / 2, (y1 - y0) / 2];
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  /** @type {number[]} */
  const runs = [];
  for (let y = y0; y < y1; y++) {
    const dy = (y + 0.5 - cy) / ry;
    const half = rx * Math.sqrt(Math.max(0, 1 - dy * dy));
    const from = Math.ceil(cx - half - 0.5);
    const to = Math.floor(cx + half - 0.5) + 1;
    if (to > from) runs.push(y, from, to);
  }
  return runs;
}

/**
 * The outline of a brush along pixel edges, as SVG path data in image pixels around the snapped middle.
 * @param {number} diameter pixels
 * @param {BrushShape} [shape]
 */
export function brushOutline(diameter, shape = "round") {
  const middle = diameter % 2 ? 0.5 : 0;
  const runs = dabRuns({ x: middle, y: middle, diameter }, shape);
  const right = [];
  const left = [];
  for (let i = 0; i < runs.length; i += 3) {
    const y = runs[i] - middle;
    left.push(`${runs[i + 1] - middle} ${y}`, `${runs[i + 1] - middle} ${y + 1}`);
    right.push(`${runs[i + 2] - middle} ${y}`, `${runs[i + 2] - middle} ${y + 1}`);
  }
  return `M${right.concat(left.reverse()).join("L")}Z`;
}
