/** Whether guests may order: what it says in the options, and the presses that change it. It is the branch's, not this device's. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { say } from "../../../common/text/words.js";

/** In minutes; null: until somebody opens. */
const PAUSES = [15, 30, null];

/** "Guests cannot order until 19:30", or nothing while they can. */
export function pauseWords(branch) {
  const { open, until } = branch?.ordering ?? { open: true };
  if (open) return "";
  return until ? say("guests.cannotUntil", { time: timeOfDay(Date.parse(until), branch.timezone) }) : say("guests.cannot");
}

export class GuestOrdering {
  /** @param {(paused: boolean, minutes: number | null) => Promise<boolean>} onChange whether it did */
  constructor(onChange) {
    this.onChange = onChange;
    this.hasFailed = false;
    this.state = h("p", { role: "status" });
    this.pauses = PAUSES.map((minutes) => this.button(minutes === null ? say("guests.pauseOpen") : say("guests.pause", { minutes }), true, minutes));
    this.open = this.button(say("guests.open"), false, null);
    this.node = h(
      "section",
      { "aria-label": say("guests.title") },
      h("h3", {}, say("guests.title")),
      h("div", { class: "choices" }, ...this.pauses, this.open),
      this.state,
    );
  }

  button(word, paused, minutes) {
    return h("button", { type: "button", class: "choice", onclick: () => this.change(paused, minutes) }, word);
  }

  async change(paused, minutes) {
    this.hasFailed = !(await this.onChange(paused, minutes));
    if (this.hasFailed) setText(this.state, say("guests.failed"));
  }

  update(branch) {
    const words = pauseWords(branch);
    setAttribute(this.node, "hidden", !branch?.ordering);
    setAttribute(this.open, "hidden", words === "");
    setText(this.state, this.hasFailed ? say("guests.failed") : words ? say("guests.sentence", { what: words }) : say("guests.can"));
  }
}
