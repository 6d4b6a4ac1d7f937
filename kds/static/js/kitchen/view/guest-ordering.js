/** Whether guests may order: what it says in the options, and the presses that change it. It is the branch's, not this device's. */

import { h, setAttribute, setText } from "../../common/dom.js";
import { timeOfDay } from "../../common/format.js";

const FAILED = "That did not work: the server does not answer.";
const PAUSES = [
  ["Pause 15 min", 15],
  ["Pause 30 min", 30],
  ["Pause until I open", null],
];

/** "Guests cannot order until 19:30", or nothing while they can. */
export function pauseWords(branch) {
  const { open, until } = branch?.ordering ?? { open: true };
  if (open) return "";
  return until ? `Guests cannot order until ${timeOfDay(Date.parse(until), branch.timezone)}` : "Guests cannot order";
}

export class GuestOrdering {
  /** @param {(paused: boolean, minutes: number | null) => Promise<boolean>} onChange whether it did */
  constructor(onChange) {
    this.onChange = onChange;
    this.hasFailed = false;
    this.state = h("p", { role: "status" });
    this.pauses = PAUSES.map(([word, minutes]) => this.button(word, true, minutes));
    this.open = this.button("Open for guests", false, null);
    this.node = h(
      "section",
      { "aria-label": "Orders of guests" },
      h("h3", {}, "Orders of guests"),
      h("div", { class: "choices" }, ...this.pauses, this.open),
      this.state,
    );
  }

  button(word, paused, minutes) {
    return h("button", { type: "button", class: "choice", onclick: () => this.change(paused, minutes) }, word);
  }

  async change(paused, minutes) {
    this.hasFailed = !(await this.onChange(paused, minutes));
    if (this.hasFailed) setText(this.state, FAILED);
  }

  update(branch) {
    const words = pauseWords(branch);
    setAttribute(this.node, "hidden", !branch?.ordering);
    setAttribute(this.open, "hidden", words === "");
    setText(this.state, this.hasFailed ? FAILED : words ? `${words}.` : "Guests can order.");
  }
}
