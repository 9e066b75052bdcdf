/** The tolerance of the wand goes by its square root, since what tells colours apart lies at the low end. */
export const TOLERANCE_RANGE = { min: 0, max: 100 };

/** @param {number} tolerance */
export const toPosition = (tolerance) => Math.sqrt(tolerance);

/** @param {number} position square root of a tolerance @returns {number} in tenths, above 10 whole */
export function fromPosition(position) {
  const value = Math.min(Math.max(position, 0) ** 2, TOLERANCE_RANGE.max);
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}

/** @param {number} tolerance @param {number} change of its position @returns {number} another one, unless at the end */
export function steppedTolerance(tolerance, change) {
  const next = fromPosition(toPosition(tolerance) + change);
  if (next !== tolerance) return next;
  const least = tolerance < 10 ? 0.1 : 1;
  const nearest = Math.round((tolerance + Math.sign(change) * least) * 10) / 10;
  return Math.min(Math.max(nearest, TOLERANCE_RANGE.min), TOLERANCE_RANGE.max);
}
