/** @import {Notices} from "../notices.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { t } from "../i18n.js";
import { byId, h, icon } from "./dom.js";

/** @param {Store} store @param {Notices} notices */
export function mountToasts(store, notices) {
  const place = byId("toasts");
  effect(() => {
    place.replaceChildren(
      ...store.toasts.value.map((toast) =>
        h(
          "div",
          { className: `toast ${toast.tone}`, role: toast.tone === "error" ? "alert" : "status" },
          h("span", {}, toast.text),
          toast.action
            ? h(
                "button",
                {
                  type: "button",
                  className: "button",
                  onclick: () => {
                    toast.action?.run();
                    notices.dismiss(toast.id);
                  },
                },
                toast.action.label,
              )
            : null,
          h(
            "button",
            {
              type: "button",
              className: "button icon-only small",
              aria: { label: t("Dismiss") },
              onclick: () => notices.dismiss(toast.id),
            },
            icon("x"),
          ),
        ),
      ),
    );
  });
}
