/** Texts, counts and numbers in the language of the page. */
import assert from "node:assert/strict";
import test from "node:test";

const CATALOGUE = {
  language: "de",
  texts: { "{count} pixel": ["{count} Bildpunkt", "{count} Bildpunkte"], "confidence {score}": "Konfidenz {score}" },
  forms: Array.from({ length: 200 }, (_, count) => (count === 1 ? 0 : 1)),
};
globalThis.document = { getElementById: () => ({ textContent: JSON.stringify(CATALOGUE) }) };
const { digits, t, tn } = await import("../../annotator/static/annotator/editor/i18n.js?german");

test("numbers have the separators of the page's language", () => {
  assert.equal(digits(1234.5, 2), "1.234,50");
  assert.equal(digits(0.905, 1), "0,9");
  assert.equal(digits(12345), "12.345");
});

test("a count chooses the form and is grouped", () => {
  assert.equal(tn("{count} pixel", "{count} pixels", 1), "1 Bildpunkt");
  assert.equal(tn("{count} pixel", "{count} pixels", 24000), "24.000 Bildpunkte");
  assert.equal(tn("{count} file", "{count} files", 2), "2 files");
});

test("values are put in as they are", () => {
  assert.equal(t("confidence {score}", { score: digits(0.5, 2) }), "Konfidenz 0,50");
  assert.equal(t("step {step}", { step: 1500 }), "step 1500");
});
