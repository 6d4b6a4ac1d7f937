/** The section Today: how the branch stands now, at a glance. Nothing is changed here; each part says where it is. */

import { h, setAttribute } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { Follow } from "../office/follow.js";
import { Freshness } from "../office/freshness.js";
import { refusalOf } from "../office/refusals.js";
import { dishesCard, earlierCard, orderingCard, screensCard } from "./cards.js";
import { Numbers } from "./numbers.js";

export class TodaySection {
  /** @param {{api: import("../office/office-api.js").OfficeApi}} wiring */
  constructor({ api }) {
    this.api = api;
    this.fresh = new Freshness();
    this.follow = new Follow((isNewest) => this.read(isNewest));
    this.numbers = new Numbers();
    const columns = [
      [earlierCard(), orderingCard()],
      [dishesCard(), screensCard()],
    ];
    this.cards = columns.flat();
    const beside = columns.map((cards) => h("div", { class: "today-column" }, ...cards.map(({ node }) => node)));
    this.parts = h("div", { class: "today-parts", hidden: true }, this.numbers.node, ...beside);
    // a board is that of the branch that one signs in to
    const board = api.isHome ? h("a", { class: "office-button", href: "/kitchen" }, say("kitchen.title")) : null;
    this.node = h(
      "div",
      { class: "today" },
      h("div", { class: "today-head" }, h("h1", {}, say("office.today")), board),
      this.fresh.warning,
      this.fresh.line,
      this.parts,
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
      const today = await this.api.ask("GET", "/manager/today");
      if (!isNewest()) return;
      this.numbers.update(today);
      for (const card of this.cards) card.update(today);
      this.fresh.read();
      setAttribute(this.parts, "hidden", false);
    } catch (error) {
      if (isNewest()) this.fresh.failed(refusalOf(error));
    }
  }
}
