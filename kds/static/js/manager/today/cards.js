/** The cards of Today: what is open since an earlier day, what is sold out, whether guests may order, which screens are connected. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";
import { apart, say, sayLasting, sayParts } from "../../common/text/words.js";
import { dateAndTime, nearTime } from "../office/dates.js";

/** Where it is changed, by the name of the page with which the boards are opened. */
const atBoard = (name, values = {}) => say(name, { board: say("kitchen.title"), ...values });

export const earlierCard = () =>
  new Card({
    title: say("today.earlier"),
    where: atBoard("today.earlierWhere"),
    show({ earlier: { count, orders } }) {
      const lines = orders.map(({ orderId, orderNumber, displayNumber, status, placedAt, ageS }) => ({
        key: orderId,
        name: apart(displayNumber ?? String(orderNumber)),
        what: sayParts([say(status === "READY" ? "today.ready" : "today.open"), say("today.placed", { time: dateAndTime(placedAt) })]),
        state: sayLasting(ageS * 1000),
      }));
      return { count, lines, none: say("today.noEarlier") };
    },
  });

export const dishesCard = () =>
  new Card({
    title: say("today.dishes"),
    where: atBoard("today.dishesWhere", { command: "kds menu sold-out" }),
    show({ dishes }) {
      const lines = dishes.map(({ menuItemId, name, soldOut, remaining, backAt }) => ({
        key: menuItemId,
        name: apart(name),
        what: backAt === null ? "" : say("today.until", { time: nearTime(backAt) }),
        state: soldOut ? say("today.soldOut") : say("today.left", { count: remaining }),
        isStrong: soldOut,
      }));
      return { count: dishes.length, lines, none: say("today.noDishes") };
    },
  });

export const orderingCard = () =>
  new Card({
    title: say("today.ordering"),
    sign: "pause",
    where: atBoard("today.orderingWhere", { command: "kds branch pause" }),
    show({ ordering: { open, until } }) {
      if (open) return { count: 0, lines: [], none: say("today.mayOrder") };
      const none = until === null ? say("today.paused") : say("today.pausedUntil", { time: nearTime(until) });
      return { count: 0, lines: [], none, isStrong: true };
    },
  });

export const screensCard = () =>
  new Card({
    title: say("today.screens"),
    sign: "warning",
    where: say("today.screensWhere", { staff: say("office.staff") }),
    show({ screens: { count, screens } }) {
      const lines = screens.map(({ connectionId, username, connectedAt }) => ({
        key: connectionId,
        name: username === null ? say("history.somebody") : apart(username),
        what: "",
        state: say("today.since", { time: nearTime(connectedAt) }),
      }));
      return { count, lines, none: say("today.noScreens"), isBad: true };
    },
  });

/** A list with its title, how many there are, and where they are changed; without any it says so. */
class Card {
  /**
   * @param {{title: string, where: string, sign?: string, show: (today: any) => {count: number, lines: any[], none: string, isStrong?: boolean, isBad?: boolean}}} kind
   *   `none`: what it says without lines; where that is strong, or bad, it stands beside the icon `sign`
   */
  constructor({ title, where, sign, show }) {
    this.show = show;
    this.count = h("span", { class: "today-count" });
    this.words = h("span");
    this.sign = sign ? h("span", { class: "today-sign", hidden: true }, icon(sign)) : null;
    this.none = h("p", { class: "today-none" }, this.sign, this.words);
    this.box = h("ul", { class: "today-lines" });
    this.lines = new KeyedList(
      this.box,
      ({ key }) => key,
      () => new Line(),
    );
    this.more = h("p", { class: "today-none" });
    this.node = h("section", { class: "office-card today-card" }, h("div", { class: "today-title" }, h("h2", {}, title), this.count), this.none, this.box, this.more, h("p", { class: "panel-hint" }, where));
  }

  update(today) {
    const { count, lines, none, isStrong = false, isBad = false } = this.show(today);
    setText(this.count, count > 0 ? String(count) : "");
    this.lines.update(lines);
    setAttribute(this.box, "hidden", count === 0);
    setText(this.words, none);
    if (this.sign) setAttribute(this.sign, "hidden", !isStrong && !isBad);
    setAttribute(this.none, "data-strong", isStrong);
    setAttribute(this.none, "data-bad", isBad);
    setAttribute(this.none, "hidden", count > 0);
    setText(this.more, say("today.more", { count: count - lines.length }));
    setAttribute(this.more, "hidden", count === lines.length);
  }
}

class Line {
  constructor() {
    this.name = h("p", { class: "today-name" });
    this.what = h("p", { class: "today-what" });
    this.state = h("span", { class: "today-state" });
    this.node = h("li", {}, h("div", {}, this.name, this.what), this.state);
  }

  update({ name, what, state, isStrong = false }) {
    setText(this.name, name);
    setText(this.what, what);
    setAttribute(this.what, "hidden", what === "");
    setText(this.state, state);
    setAttribute(this.state, "data-strong", isStrong);
  }
}
