import { language, t } from "./i18n.js";

/**
 * @typedef {object} RevisionRow A kept version of an image's labels.
 * @property {number} number
 * @property {"draft" | "submit" | "review" | "import" | "prediction" | "restore"} [kind]
 * @property {string | null} [author]
 * @property {string} [created] ISO time
 * @property {string} [saved] ISO time of its last save
 */

/** @typedef {(values: {author: string, time: string}) => string} Wording */

/** With an author and without. @type {Record<string, [Wording, Wording]>} */
const WORDINGS = {
  draft: [(of) => t("draft of {author}, {time}", of), (of) => t("draft, {time}", of)],
  submit: [(of) => t("as submitted by {author}, {time}", of), (of) => t("as submitted, {time}", of)],
  review: [(of) => t("as reviewed by {author}, {time}", of), (of) => t("as reviewed, {time}", of)],
  import: [(of) => t("as imported by {author}, {time}", of), (of) => t("as imported, {time}", of)],
  prediction: [(of) => t("prediction accepted by {author}, {time}", of), (of) => t("prediction accepted, {time}", of)],
  restore: [(of) => t("as restored by {author}, {time}", of), (of) => t("as restored, {time}", of)],
};

/** What it is, by whom and when. @param {RevisionRow} row */
export function revisionText({ kind = "draft", author, saved, created }) {
  const [byAuthor, alone] = WORDINGS[kind];
  const time = timeText(saved ?? created ?? "");
  return author ? byAuthor({ author, time }) : alone({ author: "", time });
}

/**
 * A time of today as hours and minutes, any other with its date.
 * @param {string} iso @param {Date} [now]
 */
export function timeText(iso, now = new Date()) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return "";
  const isToday = time.toDateString() === now.toDateString();
  const clock = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  if (isToday) return time.toLocaleTimeString(language, clock);
  return time.toLocaleString(language, { day: "numeric", month: "short", year: "numeric", ...clock });
}

/**
 * The state of the image that a reviewer wants to compare with: as it was handed in.
 * @param {RevisionRow[]} rows @returns {RevisionRow | null}
 */
export function handedIn(rows) {
  const last = (/** @type {string[]} */ kinds) =>
    rows.reduce(
      (/** @type {RevisionRow | null} */ best, row) =>
        kinds.includes(row.kind ?? "") && (!best || row.number > best.number) ? row : best,
      null,
    );
  return last(["submit"]) ?? last(["import"]);
}
