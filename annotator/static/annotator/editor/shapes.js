/**
 * Shapes as row runs: a flat list of triples y, x0, x1 (x1 exclusive) in integer pixels.
 * A pixel belongs to a shape when its centre (x + 0.5, y + 0.5) does. Runs may leave the image; the writer clips.
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
  const r = diameter / 2;
  const runs = [];
  const first = Math.ceil(Math.min(ay, by) - r - 0.5);
  const last = Math.floor(Math.max(ay, by) + r - 0.5);
  for (let y = first; y <= last; y++) {
    const span = capsuleSpan(ax, ay, bx, by, r, y + 0.5);
    if (!span) continue;
    const x0 = Math.ceil(span[0] - 0.5);
    const x1 = Math.floor(span[1] - 0.5) + 1;
    if (x1 > x0) runs.push(y, x0, x1);
  }
  return runs;
}

/**
 * The interval in which the line y = yc crosses a capsule: it is convex, so the union of what the two end discs and
 * the rectangle between them cover is one interval.
 * @param {number} ax @param {number} ay @param {number} bx @param {number} by @param {number} r @param {number} yc
 * @returns {[number, number] | null}
 */
function capsuleSpan(ax, ay, bx, by, r, yc) {
  let lo = Infinity;
  let hi = -Infinity;
  for (const [cx, cy] of [
    [ax, ay],
    [bx, by],
  ]) {
    const rest = r * r - (yc - cy) * (yc - cy);
    if (rest < 0) continue;
    const half = Math.sqrt(rest);
    lo = Math.min(lo, cx - half);
    hi = Math.max(hi, cx + half);
  }
  const length = Math.hypot(bx - ax, by - ay);
  if (length > 0) {
    const nx = (-(by - ay) / length) * r;
    const ny = ((bx - ax) / length) * r;
    const corners = [
      [ax + nx, ay + ny],
      [bx + nx, by + ny],
      [bx - nx, by - ny],
      [ax - nx, ay - ny],
    ];
    for (let i = 0; i < 4; i++) {
      const [px, py] = corners[i];
      const [qx, qy] = corners[(i + 1) % 4];
      if (py === qy || Math.min(py, qy) > yc || Math.max(py, qy) < yc) continue;
      const x = px + ((yc - py) / (qy - py)) * (qx - px);
      lo = Math.min(lo, x);
      hi = Math.max(hi, x);
    }
  }
  return lo <= hi ? [lo, hi] : null;
}

/**
 * Inside of a polygon by the even-odd rule; the last point joins the first. A shared edge belongs to one side only.
 * @param {[number, number][]} points
 * @returns {number[]}
 */
export function polygonRuns(points) {
  if (points.length < 3) return [];
  const ys = points.map((point) => point[1]);
  const first = Math.ceil(Math.min(...ys) - 0.5);
  const last = Math.ceil(Math.max(...ys) - 0.5) - 1;
  const runs = [];
  for (let y = first; y <= last; y++) {
    const yc = y + 0.5;
    const crossings = [];
    for (let i = 0; i < points.length; i++) {
      const [px, py] = points[i];
      const [qx, qy] = points[(i + 1) % points.length];
      if (py <= yc === qy <= yc) continue;
      crossings.push(px + ((yc - py) / (qy - py)) * (qx - px));
    }
    crossings.sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      const x0 = Math.ceil(crossings[i] - 0.5);
      const x1 = Math.ceil(crossings[i + 1] - 0.5);
      if (x1 > x0) runs.push(y, x0, x1);
    }
  }
  return runs;
}

/**
 * The outline of a brush along pixel edges, as SVG path data in image pixels around the snapped middle.
 * @param {number} diameter pixels
 */
export function brushOutline(diameter) {
  const middle = diameter % 2 ? 0.5 : 0;
  const runs = capsuleRuns([middle, middle], [middle, middle], diameter);
  const right = [];
  const left = [];
  for (let i = 0; i < runs.length; i += 3) {
    const y = runs[i] - middle;
    left.push(`${runs[i + 1] - middle} ${y}`, `${runs[i + 1] - middle} ${y + 1}`);
    right.push(`${runs[i + 2] - middle} ${y}`, `${runs[i + 2] - middle} ${y + 1}`);
  }
  return `M${right.concat(left.reverse()).join("L")}Z`;
}
