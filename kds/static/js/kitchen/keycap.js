/** The key that does the same as the control it stands on. */

import { h } from "../dom.js";

/** @param {string} label */
export function keycap(label) {
  return h("kbd", { class: "keycap", "aria-hidden": "true" }, label);
}
