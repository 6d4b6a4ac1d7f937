/** A button that moves something by a place; at the end it stays, with its focus, and does nothing. */

import { h } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";

/** @param {"up" | "down"} direction @param {string} label @param {string} className @param {() => void} act */
export function moveButton(direction, label, className, act) {
  const button = h("button", { type: "button", class: `office-button ${className}`, "aria-label": label, onclick: () => button.hasAttribute("aria-disabled") || act() }, icon(direction));
  return button;
}
