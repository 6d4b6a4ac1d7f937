/** The key that does the same as the control it stands on; it changes when another one was learned. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { labelsOf } from "../input/keys.js";

let labels = labelsOf();

/** @param {string} id of a command of input/keys.js */
export function keycap(id) {
  const node = h("kbd", { class: "keycap", "aria-hidden": "true", "data-command": id });
  label(node);
  return node;
}

/** Writes the keys of this device on every cap there is, and on those to come. @param {import("../input/keys.js").Learned} learned */
export function showKeys(learned) {
  labels = labelsOf(learned);
  document.querySelectorAll(".keycap[data-command]").forEach(label);
}

/** What stands on the cap of this command; empty when another command has taken its key. @param {string} id */
export const keyLabel = (id) => labels.get(id) ?? "";

function label(node) {
  const text = keyLabel(node.dataset.command);
  setText(node, text);
  setAttribute(node, "hidden", text === "");
}
