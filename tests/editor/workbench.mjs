/** An open image as the page has it, without a page: store, editing, proposals; the worker's jobs run in this thread. */
import { Editing } from "../../annotator/static/annotator/editor/editing.js";
import { LabelMap } from "../../annotator/static/annotator/editor/labelmap.js";
import { tidyRuns } from "../../annotator/static/annotator/editor/runs.js";
import { SegmentEdits } from "../../annotator/static/annotator/editor/segment_edits.js";
import { followStep } from "../../annotator/static/annotator/editor/selection.js";
import { SegmentTable } from "../../annotator/static/annotator/editor/segments.js";
import { createStore } from "../../annotator/static/annotator/editor/store.js";
import { Suggestions } from "../../annotator/static/annotator/editor/suggestions.js";
import { TOOLS } from "../../annotator/static/annotator/editor/tools/registry.js";
import { REGION_JOBS } from "../../annotator/static/annotator/editor/worker/region_jobs.js";
import { WorkerTurns } from "../../annotator/static/annotator/editor/worker/worker_turns.js";
import { Unseen } from "../../annotator/static/annotator/editor/unseen.js";
import { openDocument, tilesOf } from "./paint.mjs";

export const PROJECT_CLASSES = [
  { id: 1, name: "Road", color: "#ff0000", kind: "stuff", ignore: false },
  { id: 2, name: "Car", color: "#00ff00", kind: "thing", ignore: false },
  { id: 3, name: "Sky", color: "#0000ff", kind: "stuff", ignore: false },
];

const PROPOSERS = ["wand", "superpixel", "livewire", "grabcut", "click"];

export function createBench({ width = 300, height = 260, map = null, segments = [], answers = {} } = {}) {
  const image = { id: 7, name: "a.png", width, height, editable: true, prediction: null };
  const store = createStore({
    mode: "annotate",
    project: { id: 1, name: "p", task: "panoptic" },
    user: { name: "alice" },
    classes: PROJECT_CLASSES,
    image,
    progress: { done: 0, total: 1 },
    urls: {},
    csrf_token: "",
  });
  const tiles = map ? tilesOf(map) : new Array(Math.ceil(width / 256) * Math.ceil(height / 256)).fill(null);
  const document = openDocument({ width, height, tiles, segments });
  const { copy } = document.mirror;
  const { layers } = copy;
  document.mirror.run = async (job, payload, _, { onShare = () => {}, signal } = {}) => {
    const turns = new WorkerTurns(onShare, () => signal?.aborted ?? false);
    const { result } = await REGION_JOBS[job](payload, copy, turns);
    return structuredClone(result);
  };
  store.phase.value = "ready";
  const refusals = [];
  const unseen = new Unseen(store, (text) => refusals.push(text));
  const editing = new Editing(store, (text) => refusals.push(text), unseen);
  editing.document = document;
  document.events.stepped = (entry, side) => followStep(store, document, entry, side);
  const asked = [];
  const proposers = Object.fromEntries(
    PROPOSERS.map((by) => [
      by,
      {
        ask: async (request, asking) => {
          asked.push(request);
          return answers[by] ? answers[by](request, asking) : { runs: [] };
        },
      },
    ]),
  );
  const sketches = [];
  const handles = [];
  const suggestions = new Suggestions({
    store,
    editing,
    proposers,
    showSketch: (points) => sketches.push(points),
    refuse: (text) => refusals.push(text),
  });
  suggestions.begin({ width, height });
  const segmentEdits = new SegmentEdits(store, editing, {
    runs: () => (store.proposal.value?.pixels ? tidyRuns(suggestions.shown.answer.runs) : null),
    dismiss: () => suggestions.dismiss(),
  });
  const act = (intents) => {
    for (const intent of intents) {
      if (intent.kind === "cut") void segmentEdits.cut(intent.points);
      else if (intent.kind === "sketch") sketches.push(intent.points);
      else if (intent.kind === "handles") handles.push(intent);
      else if (!suggestions.apply(intent)) editing.apply(intent);
    }
  };
  return { store, document, editing, suggestions, segmentEdits, refusals, asked, sketches, handles, layers, act };
}

/** Another labelling of the image under a name, as `keepLayer` leaves it. */
export function layerOf(map, segments) {
  return { map, segments: new SegmentTable(segments) };
}

/** A hand on one tool: pointer and keys. */
export function useTool(bench, name) {
  const gesture = TOOLS[name].create();
  const { store } = bench;
  store.toolName.value = name;
  const context = () => ({
    brushPx: store.brushPx.value,
    brushShape: store.brushShape.value,
    isPressureOn: store.isPressureOn.value,
    scale: 1,
    ratio: 1,
  });
  const at = ([x, y], more = {}) => {
    store.cursor.value = { x, y };
    return { x, y, screenX: x, screenY: y, shift: false, ctrl: false, isSecondary: false, pressure: 1, ...more };
  };
  const hand = {
    down: (point, more) => bench.act(gesture.begin(at(point, more), context())),
    move: (point, more) => bench.act(gesture.move(at(point, more), context())),
    up: (point, more) => bench.act(gesture.end(at(point, more), context())),
    hover: (point, more) => bench.act(gesture.hover?.(at(point, more), context()) ?? []),
    click(point, more) {
      hand.hover(point, more);
      hand.down(point, more);
      hand.up(point, more);
    },
    drag(from, to, more) {
      hand.down(from, more);
      hand.move([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2], more);
      hand.move(to, more);
      hand.up(to, more);
    },
    key(key) {
      const intents = gesture.key?.(key) ?? null;
      bench.act(intents ?? []);
      return intents !== null;
    },
    cancel: () => bench.act(gesture.cancel()),
  };
  return hand;
}

/** Until all that was asked for is done. */
export async function settled({ editing, suggestions }) {
  for (let i = 0; i < 200; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    if (i > 3 && !suggestions.inFlight && !editing.isPerforming) return;
  }
  throw new Error("still busy");
}

export function emptyMap(width, height) {
  return new LabelMap(width, height);
}
