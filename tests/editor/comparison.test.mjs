import assert from "node:assert/strict";
import { test } from "node:test";
import { Comparison } from "../../annotator/static/annotator/editor/comparison.js";
import { handedIn, revisionText, timeText } from "../../annotator/static/annotator/editor/revision_words.js";
import { createStore } from "../../annotator/static/annotator/editor/store.js";

const row = (number, kind, author = "anna") => ({ number, kind, author, saved: "2026-05-04T14:03:00" });

function compare(mode, rows, image = {}) {
  const store = createStore({ mode, classes: [], image: null, progress: {} });
  store.image.value = { id: 7, revision: Math.max(...rows.map(({ number }) => number)), prediction: null, ...image };
  let asked = 0;
  const api = {
    revisions: async () => {
      asked++;
      return rows.toSorted((a, b) => b.number - a.number);
    },
  };
  const comparison = new Comparison(store, api, { mirror: {} }, { attempt: (work) => work() });
  return { store, comparison, asked: () => asked };
}

test("a review compares with what was submitted, also where nothing was corrected yet", async () => {
  const { store, comparison } = compare("review", [row(1, "submit")]);
  await comparison.begin();
  assert.equal(comparison.isPossible, true);
  assert.equal(store.reference.value, "revision:1");
});

test("after an earlier review it is the last submission, whatever came after it", async () => {
  const rows = [row(1, "submit"), row(2, "review", "rita"), row(4, "submit"), row(6, "draft", "rita")];
  const { store, comparison } = compare("review", rows, { prediction: { model: 1 } });
  await comparison.begin();
  assert.equal(store.reference.value, "revision:4");
  assert.deepEqual(
    store.revisions.value.map(({ number }) => number),
    [4, 2, 1],
    "the draft at the head is what is being compared",
  );
});

test("an annotator compares with the prediction, else with the last state that stays", async () => {
  const rows = [row(1, "prediction"), row(3, "draft")];
  const first = compare("annotate", rows, { prediction: { model: 1 } });
  await first.comparison.begin();
  assert.equal(first.store.reference.value, "prediction");
  const second = compare("annotate", rows);
  await second.comparison.begin();
  assert.equal(second.store.reference.value, "revision:1");
  const third = compare("annotate", [row(1, "draft")]);
  await third.comparison.begin();
  assert.equal(third.comparison.isPossible, false);
});

test("while differences are shown the list follows each save", async () => {
  const { store, asked } = compare("review", [row(1, "submit")]);
  store.shownLayer.value = "difference";
  assert.equal(asked(), 1);
  store.image.value = { ...store.image.value, revision: 2 };
  assert.equal(asked(), 2);
});

test("revisions are named by what, who and when", () => {
  assert.match(revisionText(row(1, "submit")), /^as submitted by anna, (.* )?14:03$/);
  assert.match(revisionText(row(1, "import", null)), /^as imported, /);
  assert.equal(timeText("2026-05-04T14:03:00", new Date("2026-05-04T18:00:00")), "14:03");
  assert.match(timeText("2026-05-04T14:03:00", new Date("2026-05-05T18:00:00")), /May.*2026.*14:03/);
  assert.equal(handedIn([row(1, "import"), row(3, "draft")]).number, 1);
  assert.equal(handedIn([row(3, "draft")]), null);
});
