/**
 * The page's texts in the language of the user. The catalogue comes with the page as JSON, for the pages' policy
 * forbids to evaluate code; without one (tests, workers) every text stays English.
 *
 * @typedef {object} Catalogue
 * @property {string} language BCP 47
 * @property {Record<string, string | string[]>} texts by the English text; an array where a count chooses the form
 * @property {number[]} forms which form each count takes: of 0 to 199, larger ones as 100 + the last two digits
 */

/** @type {Catalogue} */
const ENGLISH = { language: "en", texts: {}, forms: [] };
const FORMS_REPEAT_EVERY = 100;

/** @returns {Catalogue} */
function readCatalogue() {
  const source = typeof document === "undefined" ? null : document.getElementById("translations");
  return source ? JSON.parse(source.textContent ?? "") : ENGLISH;
}

const catalogue = readCatalogue();

export const language = catalogue.language;

/**
 * @param {string} text English, with {names} of values
 * @param {Record<string, string | number>} [values]
 */
export function t(text, values = {}) {
  const found = catalogue.texts[text];
  return filled(typeof found === "string" ? found : text, values);
}

/**
 * @param {string} one text for a count of one
 * @param {string} many text for other counts; {count} stands for it
 * @param {number} count
 * @param {Record<string, string | number>} [values]
 */
export function tn(one, many, count, values = {}) {
  const found = catalogue.texts[one];
  const text = Array.isArray(found) ? found[formOf(count)] : count === 1 ? one : many;
  return filled(text, { count: digits(count), ...values });
}

/**
 * A number as people write it in the language of the page: 1,234.50 or 1.234,50.
 * @param {number} value
 * @param {number} [decimals] how many are written
 */
export function digits(value, decimals = 0) {
  return numberFormat(decimals).format(value);
}

/** @type {Map<number, Intl.NumberFormat>} */
const numberFormats = new Map();

/** @param {number} decimals */
function numberFormat(decimals) {
  let format = numberFormats.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    numberFormats.set(decimals, format);
  }
  return format;
}

/** @param {number} count */
function formOf(count) {
  const { forms } = catalogue;
  return forms[count < forms.length ? count : FORMS_REPEAT_EVERY + (count % FORMS_REPEAT_EVERY)] ?? 0;
}

/** @param {string} text @param {Record<string, string | number>} values */
function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
