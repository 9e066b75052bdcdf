/**
 * Follows the size of a canvas on the screen.
 * @param {HTMLCanvasElement} canvas
 * @param {(width: number, height: number, ratio: number) => void} resize device pixels, and how many make a CSS pixel
 */
export function watchDeviceSize(canvas, resize) {
  const observer = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    if (!width || !height) return;
    const exact = entry.devicePixelContentBoxSize?.[0];
    const deviceWidth = devicePixels(width, exact?.inlineSize);
    resize(deviceWidth, devicePixels(height, exact?.blockSize), deviceWidth / width);
  });
  try {
    observer.observe(canvas, { box: "device-pixel-content-box" });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    observer.observe(canvas);
  }
}

/**
 * Device pixels of a CSS length: what the browser measured, unless it contradicts the page's pixel ratio (as it does
 * where a test emulates another screen).
 * @param {number} css
 * @param {number | undefined} measured
 */
function devicePixels(css, measured) {
  const computed = Math.round(css * window.devicePixelRatio);
  return measured !== undefined && Math.abs(measured - computed) <= 1 ? measured : computed;
}
