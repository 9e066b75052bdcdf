/**
 * Import: files are dropped or chosen, images go up in small batches so that progress is true and one bad batch
 * does not lose the others; a dataset goes up as one zip and is then a job with a report of its own.
 */
import { digits, t, tn } from "../editor/i18n.js";
const MOST_FILES = 20;
const MOST_BYTES = 32 * 2 ** 20;

const form = document.querySelector("[data-upload]");
const part = (name) => document.querySelector(`[data-${name}]`);
const input = form.querySelector("input[type=file]");
let request = null;
let stopped = false;

const isPlain = () => form.elements.format.value === "images";

function showChoice() {
  const format = form.elements.format.value;
  const plain = isPlain();
  for (const element of form.querySelectorAll("[data-for]")) {
    const wanted = { images: plain, dataset: !plain, masks: format === "masks" };
    element.hidden = !wanted[element.dataset.for];
  }
  part("hint").textContent = plain
    ? t("JPEG, PNG, WebP, BMP, TIFF, or a zip of them")
    : t("One zip of the dataset's folder");
  input.multiple = plain;
  const files = [...input.files];
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  part("chosen").textContent = files.length
    ? `${files.length === 1 ? files[0].name : tn("{count} file", "{count} files", files.length)}, ${size(bytes)}`
    : t("Drop files here, or click to choose");
}

function size(bytes) {
  return bytes < 1e6 ? `${digits(Math.ceil(bytes / 1e3))} kB` : `${digits(bytes / 1e6, 1)} MB`;
}

form.addEventListener("change", showChoice);
const drop = part("drop");
for (const type of ["dragenter", "dragover"]) {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
}
for (const type of ["dragleave", "drop"]) drop.addEventListener(type, () => drop.classList.remove("is-over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  input.files = event.dataTransfer.files;
  const [first] = input.files;
  // A single zip may be either; anything else can only be images.
  if (input.files.length > 1 || !first?.name.toLowerCase().endsWith(".zip")) {
    form.querySelector("input[value=images]").checked = true;
  }
  showChoice();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  delete form.dataset.sent;
  if (request) return;
  stopped = false;
  setBusy(true);
  try {
    await (isPlain() ? sendImages([...input.files]) : sendDataset(input.files[0]));
  } finally {
    request = null;
    setBusy(false);
  }
});

part("stop").addEventListener("click", () => {
  stopped = true;
  request?.abort();
});

function setBusy(busy) {
  form.querySelector(".btn-primary").disabled = busy;
  part("stop").hidden = !busy;
  if (busy) part("progress").hidden = false;
}

function showProgress(share, text) {
  const meter = part("progress").querySelector(".meter");
  meter.setAttribute("aria-valuenow", Math.round(share * 100));
  meter.firstElementChild.style.width = `${share * 100}%`;
  part("progress-text").textContent = text;
}

function batches(files) {
  const all = [[]];
  let bytes = 0;
  for (const file of files) {
    const last = all.at(-1);
    if (last.length && (last.length >= MOST_FILES || bytes + file.size > MOST_BYTES)) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1).push(file);
    bytes += file.size;
  }
  return all;
}

async function sendImages(files) {
  const report = { created: 0, duplicates: [], rejected: [] };
  const total = files.reduce((sum, file) => sum + file.size, 0) || 1;
  const began = performance.now();
  let before = 0;
  for (const batch of batches(files)) {
    const bytes = batch.reduce((sum, file) => sum + file.size, 0);
    const answer = await send(batch, (loaded) => {
      const share = Math.min(1, (before + Math.min(loaded, bytes)) / total);
      const left = ((performance.now() - began) / 1000 / share) * (1 - share);
      const sent = t("{part} of {whole}", { part: size(share * total), whole: size(total) });
      const eta = share > 0.02 && left > 3 ? t("about {seconds} s left", { seconds: Math.ceil(left) }) : null;
      showProgress(share, [sent, eta].filter(Boolean).join(", "));
    });
    if (answer.detail) report.rejected.push(...batch.map((file) => ({ name: file.name, reason: answer.detail })));
    else {
      report.created += answer.created;
      report.duplicates.push(...answer.duplicates);
      report.rejected.push(...answer.rejected);
    }
    before += bytes;
    showReport(report);
    if (stopped) break;
  }
  const ending = stopped ? t("Stopped. What had arrived is kept.") : t("Done.");
  showProgress(stopped ? before / total : 1, ending);
  input.value = "";
  showChoice();
}

async function sendDataset(file) {
  const answer = await send([file], (loaded, total) => {
    const sent = t("{part} of {whole} sent", { part: size(loaded), whole: size(total) });
    showProgress(loaded / total, loaded < total ? sent : t("Stored, starting the import"));
  });
  if (answer.address) location.assign(answer.address);
  else showProgress(0, stopped ? t("Stopped. Nothing was imported.") : answer.detail);
}

/** POST files with the other fields; resolves to the JSON answer, or {detail} with what went wrong. */
function send(files, onProgress) {
  const body = new FormData(form);
  body.delete("files");
  for (const file of files) body.append("files", file, file.name);
  return new Promise((resolve) => {
    request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded, event.total));
    request.addEventListener("load", () => {
      const fallback = { detail: t("The server answered {status}. These files were not taken; try again.", { status: request.status }) };
      resolve(request.response ?? fallback);
    });
    request.addEventListener("error", () => resolve({ detail: t("The connection was lost. These files were not taken; try again.") }));
    request.addEventListener("abort", () => resolve({ detail: t("Stopped before it was sent.") }));
    request.send(body);
  });
}

function showReport({ created, duplicates, rejected }) {
  part("report").hidden = false;
  part("summary").textContent = tn(
    "{count} image taken, {known} known already, {refused} refused.",
    "{count} images taken, {known} known already, {refused} refused.",
    created,
    { known: duplicates.length, refused: rejected.length },
  );
  part("lines").replaceChildren(
    ...rejected.map(({ name, reason }) => line(name, t("refused: {reason}", { reason }))),
    ...duplicates.map((name) => line(name, t("is in the project already"))),
  );
}

function line(name, text) {
  const item = document.createElement("li");
  const strong = document.createElement("strong");
  strong.textContent = name;
  item.append(strong, ` ${text}`);
  return item;
}

showChoice();
