/** The pickup board: who can fetch now, who nearly can, and whether all of this may be believed. It only paints. */

import { KeyedList, h, setAttribute, setText } from "../common/dom.js";
import { timeOfDay } from "../common/format.js";
import { icon } from "../common/icons.js";
import { say, sayLasting } from "../common/words.js";

export class PickupView {
  constructor() {
    this.name = h("h1", { dir: "auto" });
    this.clock = h("time", { class: "pickup-clock" });
    this.almost = new Side("pickup-almost", "ol", () => new AlmostRow());
    this.ready = new Side("pickup-ready", "ol", () => new ReadyTile());
    this.almost.title.append(say("pickup.almost"));
    this.ready.title.append(icon("check"), say("pickup.ready"));
    this.broken = h(
      "div",
      { class: "pickup-broken", hidden: true },
      icon("warning"),
      h("strong", {}, say("pickup.broken")),
      h("span", {}, say("pickup.brokenWhy")),
    );
    this.ready.node.append(this.broken);
    this.advice = h("p", {}, say("pickup.advice"));
    this.sound = h("button", { type: "button", class: "pickup-sound", hidden: true }, icon("warning"), say("pickup.silent"));
    this.dot = h("span", { class: "pickup-dot" });
    this.live = h("span", {});
    this.announcer = h("p", { class: "for-readers", role: "status" });
    this.node = h(
      "div",
      { class: "pickup" },
      h("header", { class: "pickup-bar" }, this.name, this.clock),
      h("main", { class: "pickup-sides" }, this.almost.node, this.ready.node),
      h(
        "footer",
        { class: "pickup-bar pickup-foot" },
        this.advice,
        this.sound,
        h("p", { class: "pickup-live" }, this.dot, this.live),
      ),
      this.announcer,
    );
  }

  /** @param {{branch: any, now: number, shown: any, health: any, isSilent: boolean}} model */
  update({ branch, now, shown, health, isSilent }) {
    setText(this.name, branch?.name ?? say("pickup.title"));
    setText(this.clock, branch ? timeOfDay(now, branch.timezone) : "");
    this.almost.update(shown.almost, shown.cookingCount > 0 ? say("pickup.cooking", { count: shown.cookingCount }) : say("pickup.none"));
    this.ready.update(shown.ready, say("pickup.noneReady"));
    setAttribute(this.broken, "hidden", health.phase !== "offline");
    setAttribute(this.sound, "hidden", !isSilent);
    const ago = sayLasting(health.silentMs);
    setText(this.live, health.phase === "catching" ? say("pickup.catching") : say(`pickup.${health.phase}`, { ago }));
    // last: "live" is said of a board that was painted
    setAttribute(this.node, "data-phase", health.phase);
  }

  goBlind() {
    setAttribute(this.node, "data-phase", "offline");
    setAttribute(this.broken, "hidden", false);
    setText(this.live, "");
  }

  announce(numbers) {
    if (numbers.length > 0) setText(this.announcer, numbers.map((number) => say("pickup.called", { number })).join(" "));
  }
}

class Side {
  constructor(name, tag, make) {
    this.title = h("h2", {});
    this.pages = h("span", { class: "pickup-pages" });
    this.empty = h("p", { class: "pickup-empty" });
    this.box = h(tag, { class: "pickup-list" });
    this.list = new KeyedList(this.box, ({ orderId }) => orderId, make);
    this.node = h("section", { class: `pickup-side ${name}` }, h("div", { class: "pickup-head" }, this.title, this.pages), this.empty, this.box);
  }

  update({ lines, page, pages, count }, emptyWords) {
    this.list.update(lines);
    setText(this.empty, count === 0 ? emptyWords : "");
    setText(this.pages, pages > 1 ? `${page + 1} / ${pages}` : "");
  }
}

class AlmostRow {
  constructor() {
    this.number = h("strong", {});
    this.name = h("span", { dir: "auto" });
    this.node = h("li", { class: "pickup-row" }, this.number, this.name);
  }

  update({ orderNumber, name }) {
    setText(this.number, String(orderNumber));
    setText(this.name, typeof name === "string" ? name : "");
  }
}

class ReadyTile extends AlmostRow {
  constructor() {
    super();
    setAttribute(this.node, "class", "pickup-tile");
  }

  update(line) {
    super.update(line);
    setAttribute(this.node, "data-new", line.isNew);
    setAttribute(this.node, "data-digits", String(line.orderNumber).length);
  }
}
