/** Line charts in the page's own colours, with a value under the pointer. Axis titles carry the units. */
import uPlot from "../../vendor/uplot.mjs";
import { language } from "../editor/i18n.js";

const written = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });

/** A custom property of the current theme. */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(label, extra = {}) {
  return {
    label,
    labelSize: 20,
    labelGap: 2,
    labelFont: "12px system-ui",
    font: "12px system-ui",
    stroke: () => token("--muted"),
    grid: { stroke: () => token("--line"), width: 1 },
    ticks: { show: false },
    gap: 6,
    ...extra,
  };
}

/**
 * Draw into `element`; returns an object whose `setData` takes new columns. It follows the element's width and
 * the theme. `tip(index)` gives the text for the point under the pointer.
 */
export function lineChart(element, { data, series, x, y, scales = {}, tip }) {
  const tipElement = document.createElement("div");
  tipElement.className = "chart-tip";
  tipElement.hidden = true;
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height: element.clientHeight,
      legend: { show: false },
      scales: { x: { time: false }, ...scales },
      cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
      axes: [axis(x.label, { size: 28, ...x.axis }), axis(y.label, { size: 52, ...y.axis })],
      series: [{}, ...series],
      hooks: { setCursor: [(plot) => showTip(plot, tipElement, tip)] },
    },
    data,
    element,
  );
  chart.over.append(tipElement);
  new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: element.clientHeight })).observe(element);
  window.addEventListener("themechange", () => chart.redraw(false, true));
  return chart;
}

function showTip(plot, element, tip) {
  const { idx, left } = plot.cursor;
  const text = idx == null || left < 0 ? null : tip?.(idx);
  element.hidden = !text;
  if (!text) return;
  element.textContent = text;
  const right = left > plot.over.clientWidth / 2;
  element.style.top = "4px";
  element.style.left = right ? "" : `${left + 10}px`;
  element.style.right = right ? `${plot.over.clientWidth - left + 10}px` : "";
}

/** A share of 0..1 as an axis writes it. */
export const percentTicks = { values: (_, ticks) => ticks.map((tick) => `${written.format(Math.round(tick * 1000) / 10)} %`) };

/** Only whole numbers, such as epochs and images. */
export const wholeTicks = {
  incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000],
  values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? written.format(tick) : "")),
};

/** Numbers with the separators of the page's language. */
export const numberTicks = { values: (_, ticks) => ticks.map((tick) => written.format(tick)) };
