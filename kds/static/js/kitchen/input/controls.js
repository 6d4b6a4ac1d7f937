/** Keys to shortcuts, for a keyboard or a bump bar; and touch that leaves no focus behind. */

import { commandOf } from "./keys.js";

export class Controls {
  /**
   * @param {Record<string, (command: any) => void>} shortcuts by the name of a command
   * @param {{keys: () => ReturnType<typeof import("./keys.js").keyMap>, isAside: () => boolean}} around
   *   `keys`: those of this device; `isAside`: a dialog has the keys
   */
  constructor(shortcuts, { keys, isAside }) {
    this.shortcuts = shortcuts;
    this.keys = keys;
    this.isAside = isAside;
    this.onKey = (event) => this.pressed(event);
  }

  start() {
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("click", releaseFocus);
  }

  stop() {
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("click", releaseFocus);
  }

  pressed(event) {
    const command = commandOf(event, this.keys());
    if (!command || event.defaultPrevented || this.isAside()) return; // prevented: a dialog took it, and may be closed by now
    if (command.name === "bump" && isFocusedControl(event.target)) return;
    event.preventDefault();
    this.shortcuts[command.name](command);
  }
}

/** Somebody walked to this button with Tab: Enter and Space are the button's. */
function isFocusedControl(target) {
  return target.closest("button") !== null && target.matches(":focus-visible");
}

/** A touched button must not keep the focus, or the next Enter of a bump bar would press it again. */
function releaseFocus(event) {
  if (event.detail > 0 && document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
}
