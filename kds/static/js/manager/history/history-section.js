/** The section History: who changed what of the staff of this branch, the newest first, and a search over it. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { say, searchFor } from "../../common/text/words.js";
import { dateAndTime } from "../office/dates.js";
import { Follow } from "../office/follow.js";
import { Freshness } from "../office/freshness.js";
import { refusalOf } from "../office/refusals.js";
import { changeWords } from "./change-words.js";

export class HistorySection {
  /** @param {{api: import("../office/office-api.js").OfficeApi}} wiring */
  constructor({ api }) {
    this.api = api;
    this.changes = [];
    this.fresh = new Freshness();
    this.follow = new Follow((isNewest) => this.read(isNewest));
    this.search = h("input", { type: "search", class: "office-field", "aria-label": say("history.search"), placeholder: say("history.search"), oninput: () => this.paint(), dir: "auto" });
    this.box = h("ul", { class: "changes" });
    this.rows = new KeyedList(
      this.box,
      ({ key }) => key,
      () => new Row(),
    );
    this.none = h("p", { class: "panel-hint", role: "status" });
    this.node = h(
      "div",
      { class: "office-card history" },
      h("div", { class: "staff-head" }, h("h1", {}, say("office.history")), this.search),
      this.fresh.warning,
      this.none,
      this.box,
      h("p", { class: "panel-hint" }, say("history.note")),
      this.fresh.line,
    );
  }

  start() {
    this.follow.start();
  }

  stop() {
    this.follow.stop();
  }

  go() {}

  async read(isNewest) {
    try {
      const { changes } = await this.api.ask("GET", "/manager/staff-changes");
      if (!isNewest()) return;
      // two of one moment and one member are told apart by their place among those
      const seen = new Map();
      this.changes = changes.map((change) => {
        const moment = `${change.at} ${change.staffId} ${change.action}`;
        seen.set(moment, (seen.get(moment) ?? 0) + 1);
        return { key: `${moment} ${seen.get(moment)}`, at: dateAndTime(change.at), words: changeWords(change) };
      });
      this.fresh.read();
      this.paint();
    } catch (error) {
      if (isNewest()) this.fresh.failed(refusalOf(error));
    }
  }

  paint() {
    const isWanted = searchFor(this.search.value);
    const found = this.changes.filter(({ at, words }) => isWanted([at, words]));
    this.rows.update(found);
    setText(this.none, say(this.changes.length === 0 ? "history.none" : "history.noMatch"));
    setAttribute(this.none, "hidden", found.length > 0);
  }
}

class Row {
  constructor() {
    this.at = h("span", { class: "change-at" });
    this.words = h("span");
    this.node = h("li", {}, this.at, this.words);
  }

  update({ at, words }) {
    setText(this.at, at);
    setText(this.words, words);
  }
}
