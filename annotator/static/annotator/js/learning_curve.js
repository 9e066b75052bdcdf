/** The score over the number of training images, one point per model version. */
import { digits, t, tn } from "../editor/i18n.js";
import { lineChart, percentTicks, token, wholeTicks } from "./charts.js";

const data = document.getElementById("learning-curve-data");
if (data) {
  const points = JSON.parse(data.textContent).sort((a, b) => a.images - b.images);
  const most = Math.max(...points.map((point) => point.images));
  lineChart(document.getElementById("learning-curve"), {
    data: [points.map((point) => point.images), points.map((point) => point.score)],
    series: [{ stroke: () => token("--accent"), width: 2, points: { show: true, size: 8, fill: () => token("--accent") } }],
    x: { label: t("training images"), axis: wholeTicks },
    y: { label: document.getElementById("learning-curve").dataset.score, axis: percentTicks },
    scales: { x: { time: false, range: [0, most * 1.08] }, y: { range: [0, 1] } },
    tip: (index) => {
      const point = points[index];
      return tn("{version}: {score} % with {count} image", "{version}: {score} % with {count} images", point.images, {
        version: point.version,
        score: digits(point.score * 100, 1),
      });
    },
  });
}
