/** @import {Action} from "../input/actions.js" */
/** @import {LabelClass} from "../types.js" */
/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { digits, t } from "../i18n.js";
import { toggle } from "../input/label_actions.js";
import { actionButton, withKeys } from "./buttons.js";
import { classSearch } from "./class_search.js";
import { h, icon } from "./dom.js";
import { panelSection } from "./section.js";
import { swatch } from "./swatch.js";

/**
 * The classes with their colours, keys, visibility and locks.
 * @param {Store} store @param {Map<string, Action>} actions @param {Session} session
 */
export function classesPanel(store, actions, session) {
  const list = h("ul", { className: "rows", role: "list", id: "class-list" });
  for (const entry of store.classes) list.append(classRow(store, actions, entry));
  const share = h("span", { className: "figure", title: t("Share of the image that has a label") });
  effect(() => {
    void store.labelsVersion.value;
    const map = session.document?.map;
    share.textContent = map ? percent(map.labelledPixels / (map.width * map.height)) : "";
  });
  const search = classSearch(store, list);
  const section = panelSection(
    "classes",
    t("Classes"),
    { extras: [share], className: "shrink" },
    search,
    list,
    store.classes.length ? null : noClasses(store),
  );
  section.style.setProperty("--rows", String(store.classes.length));
  effect(() => {
    if (store.isSearchingClass.value) section.unfold();
  });
  return section;
}

/** What to do in a project without classes. @param {Store} store */
function noClasses({ config }) {
  const canSet = ["manager", "owner"].includes(config.user.role);
  return h(
    "div",
    {},
    h("p", { className: "note" }, t("This project has no classes yet.")),
    canSet ? h("a", { className: "button", href: config.urls.settings }, t("Add classes")) : null,
  );
}

/** Never 100 % while a pixel is missing. @param {number} share 0..1 */
function percent(share) {
  return `${share === 1 ? 100 : digits(Math.min(99.9, share * 100), share > 0.1 ? 0 : 1)} %`;
}

/** @param {Store} store @param {Map<string, Action>} actions @param {LabelClass} entry */
function classRow(store, actions, entry) {
  const action = /** @type {Action} */ (actions.get(`class:${entry.id}`));
  const kind = entry.kind === "thing" ? t("objects") : t("area");
  const key = h("kbd", {});
  const choose = h(
    "button",
    { type: "button", className: "row", onclick: action.run },
    key,
    swatch(store, entry.id),
    h("span", { className: "name" }, entry.name),
    entry.ignore ? h("span", { className: "mark", title: t("ignored in training") }, t("ignored")) : null,
  );
  effect(() => {
    key.textContent = action.keys[0] ?? "";
    key.classList.toggle("none", !action.keys.length);
    choose.title = withKeys(
      [entry.name, kind, ...(entry.ignore ? [t("ignored in training")] : [])].join(" · "),
      action.keys,
    );
    choose.setAttribute("aria-pressed", String(store.classId.value === entry.id));
  });
  const fresh = entry.kind === "thing" ? actionButton(actions, "new-object", "plus") : null;
  if (fresh) {
    fresh.classList.add("small");
    effect(() => {
      fresh.hidden = store.classId.value !== entry.id;
    });
  }
  return h(
    "li",
    { className: "class", data: { class: String(entry.id), name: entry.name.toLowerCase() } },
    choose,
    fresh,
    isolateSwitch(store, entry),
    lockSwitch(store, entry),
    eyeSwitch(store, entry),
  );
}

/** @param {Store} store @param {LabelClass} entry */
function eyeSwitch(store, entry) {
  const isOn = () => store.hiddenClasses.value.has(entry.id);
  return rowSwitch(isOn, () => toggle(store.hiddenClasses, [entry.id]), {
    icons: ["eye", "eye-off"],
    labels: [t("Hide {name}", { name: entry.name }), t("Show {name}", { name: entry.name })],
    isAlwaysThere: true,
  });
}

/** @param {Store} store @param {LabelClass} entry */
function lockSwitch(store, entry) {
  const isOn = () => store.lockedClasses.value.has(entry.id);
  return rowSwitch(isOn, () => toggle(store.lockedClasses, [entry.id]), {
    icons: ["lock-open", "lock"],
    labels: [t("Lock {name}: nothing paints over it", { name: entry.name }), t("Unlock {name}", { name: entry.name })],
  });
}

/** @param {Store} store @param {LabelClass} entry */
function isolateSwitch(store, entry) {
  const { isolated } = store;
  const isOn = () => isolated.value?.kind === "class" && isolated.value.id === entry.id;
  return rowSwitch(isOn, () => (isolated.value = isOn() ? null : { kind: "class", id: entry.id }), {
    icons: ["spotlight", "spotlight"],
    labels: [t("Show only {name}", { name: entry.name }), t("Show all classes again")],
  });
}

/**
 * A small on/off button of a row; while off it shows under the pointer and the focus only.
 * @param {() => boolean} isOn
 * @param {() => void} flip
 * @param {{icons: [string, string], labels: [string, string], isAlwaysThere?: boolean}} look off, on
 */
function rowSwitch(isOn, flip, { icons, labels, isAlwaysThere = false }) {
  const button = h("button", {
    type: "button",
    className: `button icon-only small${isAlwaysThere ? "" : " on-demand"}`,
    onclick: flip,
  });
  effect(() => {
    const now = isOn() ? 1 : 0;
    button.title = labels[now];
    button.setAttribute("aria-label", labels[now]);
    button.setAttribute("aria-pressed", String(Boolean(now)));
    button.replaceChildren(icon(icons[now]));
  });
  return button;
}
