/** Asks why something is taken back or cooked again: one press, over the sheet of the order. */

import { h } from "../../../common/dom/dom.js";
import { say } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { commandOf } from "../../input/keys.js";

/** In the order of their digits; null: nobody says why. */
const REASONS = ["sold_out", "mistake", "guest_left", "quality", null];

export class ReasonDialog {
  /** @param {{keys: () => ReturnType<typeof import("../../input/keys.js").keyMap>}} device  `keys`: those of this device */
  constructor({ keys }) {
    this.keys = keys;
    this.act = () => {};
    this.title = h("h2", { dir: "auto" });
    const buttons = REASONS.map((reason, index) => this.button(reason, `digit ${index + 1}`));
    // the focus stands here first: an Enter too many takes nothing back
    const close = h("button", { type: "button", class: "choice choice-main", autofocus: true, onclick: () => this.node.close() }, keycap("leave"), say("close"));
    this.node = h(
      "dialog",
      { class: "options reason-dialog", "aria-label": say("sheet.why") },
      this.title,
      h("p", {}, say("sheet.why")),
      h("div", { class: "choices" }, ...buttons),
      h("div", { class: "options-end" }, close),
    );
    this.node.addEventListener("keydown", (event) => this.pressed(event));
  }

  button(reason, command) {
    const words = say(`reason.${reason ?? "none"}`);
    return h("button", { type: "button", class: "choice", onclick: () => this.answer(reason) }, keycap(command), words);
  }

  /** @param {string} what is about to be done, as the button says it  @param {(reason: string | null) => void} act does it */
  ask(what, act) {
    this.title.textContent = what;
    this.act = act;
    this.node.showModal();
  }

  answer(reason) {
    this.node.close();
    this.act(reason);
  }

  pressed(event) {
    const command = commandOf(event, this.keys());
    if (command?.name !== "digit" || command.index >= REASONS.length) return;
    event.preventDefault();
    this.answer(REASONS[command.index]);
  }
}
