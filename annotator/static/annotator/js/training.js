/** The training form: what the chosen architecture cannot take is not offered, and a mistake is never folded away. */
import { language } from "../editor/i18n.js";

const form = document.getElementById("training-form");
const written = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 });

/** The encoders that the architecture takes can be chosen; one that it does not take gives way to the usual one. */
function offerEncoders(radio) {
  const taken = new Set(["auto", ...radio.dataset.encoders.split(" ")]);
  const select = form.elements["train-encoder"];
  for (const option of select.options) option.disabled = option.hidden = !taken.has(option.value);
  if (!taken.has(select.value)) select.value = "auto";
}

/** An empty field says which value the architecture will be trained with. */
function showRecipe(radio) {
  const recipe = JSON.parse(radio.dataset.recipe);
  for (const input of form.querySelectorAll("input[data-recipe-field]")) {
    input.dataset.general ??= input.placeholder;
    const usual = recipe[input.dataset.recipeField];
    input.placeholder = usual === undefined ? input.dataset.general : written.format(usual);
  }
}

/** Options of the other architectures are neither checked by the browser nor sent. */
function enableOptions(radio) {
  for (const architecture of form.querySelectorAll(".architecture")) {
    const isChosen = architecture.contains(radio);
    for (const field of architecture.querySelectorAll(".architecture-options :is(input, select)")) {
      field.disabled = !isChosen;
    }
  }
}

function follow() {
  const radio = form.querySelector("input[name=train-architecture]:checked");
  if (!radio) return;
  offerEncoders(radio);
  showRecipe(radio);
  enableOptions(radio);
}

if (form) {
  form.addEventListener("change", (event) => event.target.name === "train-architecture" && follow());
  form.addEventListener("invalid", openFolds, true);
  // A page that comes back out of the browser's cache brings its own choice.
  window.addEventListener("pageshow", follow);
  follow();
}

/** The browser can point at a wrong field only where it is in sight. */
function openFolds(event) {
  for (let fold = event.target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}
