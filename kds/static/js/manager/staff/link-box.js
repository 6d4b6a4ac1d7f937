/** A one-time link, shown once: to be copied and handed to its owner by whoever asked for it. */

import { h, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { shortTime } from "../office/dates.js";

const GOOD_FOR_MS = 3_600_000;

export class LinkBox {
  /** @param {string} name whose password it sets @param {string} link */
  constructor(name, link) {
    this.title = h("h3", { tabindex: "-1" }, say("staff.linkTitle", { name }));
    this.field = h("textarea", { readonly: true, rows: 3, "aria-label": say("staff.link"), dir: "ltr", onfocus: () => this.field.select() });
    this.field.value = link;
    this.said = h("p", { role: "status" });
    this.node = h(
      "div",
      { class: "link-box" },
      this.title,
      h("p", {}, say("staff.linkWords", { name, time: shortTime(Date.now() + GOOD_FOR_MS) })),
      this.field,
      h("button", { type: "button", class: "office-button", onclick: () => this.copy() }, say("staff.copy")),
      this.said,
    );
  }

  /** A browser lets a page copy only where it came over HTTPS or from this machine; else the link is marked for a hand to copy. */
  async copy() {
    try {
      await navigator.clipboard.writeText(this.field.value);
      setText(this.said, say("staff.copied"));
    } catch {
      this.field.focus();
      this.field.select();
      setText(this.said, say("staff.copyByHand"));
    }
  }
}
