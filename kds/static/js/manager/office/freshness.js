/** The line that says of when a section is, and the warning when the server has not answered since. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";
import { say } from "../../common/text/words.js";
import { clockTime } from "./dates.js";
import { READ_EVERY_MS } from "./follow.js";

export class Freshness {
  constructor() {
    this.line = h("p", { class: "office-fresh" }, say("office.reading"));
    this.words = h("span");
    this.warning = h("p", { class: "login-problem office-stale", role: "alert", hidden: true }, icon("offline"), this.words);
    this.readAt = null;
  }

  read() {
    this.readAt = Date.now();
    setText(this.line, say("office.asOf", { time: clockTime(this.readAt), seconds: READ_EVERY_MS / 1000 }));
    setAttribute(this.warning, "hidden", true);
  }

  /** @param {string} problem */
  failed(problem) {
    setText(this.words, this.readAt === null ? problem : say("office.stale", { time: clockTime(this.readAt), problem }));
    setAttribute(this.warning, "hidden", false);
  }
}
