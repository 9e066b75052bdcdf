import assert from "node:assert/strict";
import { test } from "node:test";
import { Pacer } from "../../annotator/static/annotator/editor/renderer/pacer.js";

/** Paints as the pacer allows on a GPU with this cost and way there and back; how much it allows at last. */
function learned(costMs, latencyMs, budgetMs, frames = 60) {
  const pacer = new Pacer();
  for (let frame = 0; frame < frames; frame++) {
    const parts = Math.floor(pacer.allowance(budgetMs));
    pacer.learn(0.1, latencyMs);
    pacer.learn(parts, latencyMs + parts * costMs);
  }
  return pacer.allowance(budgetMs);
}

test("a fast GPU may paint the whole window in one frame", () => {
  assert.ok(learned(0.02, 3, 7) > 100);
});

test("a slow one gets what fits into the budget", () => {
  const parts = learned(2.5, 5, 25);
  assert.ok(parts > 8 && parts < 12, `${parts}`);
});

test("something is painted however slow it is", () => {
  assert.equal(learned(500, 40, 7), 1);
});

test("the time to the GPU and back is not taken for work", () => {
  assert.ok(learned(1, 15, 20) > 15);
});

test("a machine that was busy for a while is trusted again", () => {
  const pacer = new Pacer();
  for (let i = 0; i < 10; i++) pacer.learn(2, 300);
  const busy = pacer.allowance(24);
  pacer.learn(0.1, 3);
  for (let i = 0; i < 20; i++) pacer.learn(2, 5);
  assert.ok(busy < 2 && pacer.allowance(24) > 10);
});
