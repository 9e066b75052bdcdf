/** Curves of a training run; they move whenever htmx brings a new state of the run. */
import { digits, language, t } from "../editor/i18n.js";
import { lineChart, numberTicks, percentTicks, token, wholeTicks } from "./charts.js";

const read = () => JSON.parse(document.getElementById("run-curves").textContent);
let curves = read();

/** Columns over steps: loss of each step, mean of each epoch and validation loss at the epoch's last step. */
function lossColumns({ steps, epochs }) {
  const rows = new Map(steps.map(([step, loss]) => [step, [loss, null, null]]));
  for (const epoch of epochs) {
    const row = rows.get(epoch.step) ?? [null, null, null];
    rows.set(epoch.step, [row[0], epoch.train_loss, epoch.val_loss]);
  }
  const sorted = [...rows].sort((a, b) => a[0] - b[0]);
  return [sorted.map(([step]) => step), ...[0, 1, 2].map((column) => sorted.map(([, row]) => row[column]))];
}

function scoreColumns({ epochs }) {
  const scored = epochs.filter((epoch) => epoch.score !== null);
  return [
    scored.map((epoch) => epoch.epoch),
    scored.map((epoch) => epoch.score),
    scored.map((epoch) => (epoch.is_best ? epoch.score : null)),
  ];
}

let losses = lossColumns(curves);
let scores = scoreColumns(curves);
const threeDigits = new Intl.NumberFormat(language, { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const number = (value) => (value == null ? "" : threeDigits.format(value));

const lossChart = lineChart(document.getElementById("loss-chart"), {
  data: losses,
  series: [
    { stroke: () => token("--line-strong"), width: 1, spanGaps: true, points: { show: false } },
    { stroke: () => token("--accent"), width: 2, spanGaps: true, points: { show: false } },
    { stroke: () => token("--state-submitted"), width: 2, spanGaps: true, points: { show: false } },
  ],
  x: { label: t("step"), axis: wholeTicks },
  y: { label: t("loss"), axis: numberTicks },
  scales: {
    x: { time: false, range: (_, low, high) => [0, high > 0 ? high : 10] },
    y: { range: (_, low, high) => [0, high > 0 ? high * 1.05 : 1] },
  },
  tip: (index) => {
    const [step, each, mean, validation] = losses.map((column) => column[index]);
    const parts = [
      t("step {step}", { step: digits(step) }),
      each != null && t("loss {value}", { value: number(each) }),
      mean != null && t("epoch mean {value}", { value: number(mean) }),
    ];
    if (validation != null) parts.push(t("validation {value}", { value: number(validation) }));
    return parts.filter(Boolean).join(" · ");
  },
});

const scoreChart = lineChart(document.getElementById("miou-chart"), {
  data: scores,
  series: [
    { stroke: () => token("--accent"), width: 2, points: { show: true, size: 5, fill: () => token("--accent") } },
    {
      stroke: () => token("--state-accepted"),
      width: 0,
      points: { show: true, size: 12, width: 2, stroke: () => token("--state-accepted"), fill: () => token("--surface") },
    },
  ],
  x: { label: t("epoch"), axis: wholeTicks },
  y: { label: curves.score, axis: percentTicks },
  scales: { x: { time: false, range: (_, low, high) => [Math.min(low ?? 1, 1), Math.max(high ?? 2, 2)] }, y: { range: [0, 1] } },
  tip: (index) => {
    const score = `${digits(scores[1][index] * 100, 1)} %`;
    const best = scores[2][index] == null ? null : t("best");
    return [t("epoch {epoch}", { epoch: scores[0][index] }), score, best].filter(Boolean).join(" · ");
  },
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (!document.getElementById("run-curves")) return;
  curves = read();
  losses = lossColumns(curves);
  scores = scoreColumns(curves);
  lossChart.setData(losses);
  scoreChart.setData(scores);
});
