/** The pickup board: who can fetch now, who nearly can, and whether all of this may be believed. It only paints. */

import { KeyedList, h, setAttribute, setText } from "../common/dom/dom.js";
import { timeOfDay } from "../common/text/format.js";
import { icon } from "../common/dom/icons.js";
import { say, sayLasting } from "../common/text/words.js";

export class PickupView {
  constructor() {
    this.name = h("h1", { dir: "auto" });
    this.clock = h("time", { class: "pickup-clock" });
    this.making = new Side("pickup-making", say("pickup.making"), () => new MakingNumber());
    this.ready = new Side("pickup-ready", say("pickup.ready"), () => new ReadyTile());
    this.ready.title.prepend(icon("check"));
    this.onTop = h("p", { class: "pickup-hint" }, say("pickup.onTop"));
    this.making.node.append(this.onTop);
    this.newestFirst = h("span", { class: "pickup-hint" }, say("pickup.newestFirst"));
    this.ready.head.append(this.newestFirst);
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
      h("main", { class: "pickup-sides" }, this.making.node, this.ready.node),
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
    this.making.update(shown.making, say("pickup.none"));
    this.ready.update(shown.ready, say("pickup.noneReady"));
    setAttribute(this.onTop, "hidden", !shown.making.lines.some(({ isAlmost }) => isAlmost));
    setAttribute(this.newestFirst, "hidden", shown.ready.count < 2 || shown.ready.pages > 1);
    setAttribute(this.ready.box, "data-few", shown.ready.lines.every(({ isHuge }) => isHuge));
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
  constructor(name, title, make) {
    this.count = h("span", { class: "pickup-count" });
    this.title = h("h2", {}, h("span", {}, title), this.count);
    this.pages = h("span", { class: "pickup-pages" });
    this.head = h("div", { class: "pickup-head" }, this.title, this.pages);
    this.empty = h("p", { class: "pickup-empty" });
    this.box = h("ol", { class: "pickup-list" });
    this.list = new KeyedList(this.box, ({ orderId }) => orderId, make);
    this.node = h("section", { class: `pickup-side ${name}` }, this.head, this.empty, this.box);
  }

  update({ lines, page, pages, count }, emptyWords) {
    this.list.update(lines);
    setText(this.count, count > 0 ? String(count) : "");
    setText(this.empty, count === 0 ? emptyWords : "");
    setText(this.pages, pages > 1 ? `${page + 1} / ${pages}` : "");
  }
}

class MakingNumber {
  constructor() {
    this.number = h("strong", {});
    this.node = h("li", { class: "pickup-number" }, this.number);
  }

  update({ orderNumber, isAlmost }) {
    setText(this.number, String(orderNumber));
    setAttribute(this.node, "data-almost", isAlmost);
    setAttribute(this.node, "data-digits", String(orderNumber).length);
  }
}

class ReadyTile {
  constructor() {
    this.number = h("strong", {});
    this.name = h("span", { dir: "auto" });
    this.node = h("li", { class: "pickup-tile" }, this.number, this.name);
  }

  update({ orderNumber, name, isHuge, isNew }) {
    setText(this.number, String(orderNumber));
    setText(this.name, typeof name === "string" ? name : "");
    setAttribute(this.node, "data-huge", isHuge);
    setAttribute(this.node, "data-new", isNew);
    setAttribute(this.node, "data-digits", String(orderNumber).length);
  }
}
