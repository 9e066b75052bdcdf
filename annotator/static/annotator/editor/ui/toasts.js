/** @import {Session} from "../session.js" */
/** @import {Store} from "../store.js" */
import { effect } from "@preact/signals-core";
import { byId, h, icon } from "./dom.js";

/** @param {Store} store @param {Session} session */
export function mountToasts(store, session) {
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
                    session.dismiss(toast.id);
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
              aria: { label: "Dismiss" },
              onclick: () => session.dismiss(toast.id),
            },
            icon("x"),
          ),
        ),
      ),
    );
  });
}
