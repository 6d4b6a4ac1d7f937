/** The four numbers of Today, each with what it counts. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";
import { say, sayParts } from "../../common/text/words.js";
import { nearTime } from "../office/dates.js";

const UNKNOWN = "–";

export class Numbers {
  constructor() {
    this.open = new Tile("today.open");
    this.late = new Tile("today.late", "warning");
    this.ready = new Tile("today.ready");
    this.median = new Tile("today.median");
    const tiles = [this.open, this.late, this.ready, this.median].map(({ node }) => node);
    const where = say("today.numbersWhere", { board: say("kitchen.title"), command: "kds ages set" });
    this.node = h("div", { class: "office-card" }, h("dl", { class: "today-numbers" }, ...tiles), h("p", { class: "panel-hint" }, where));
  }

  /** @param {{orders: any, finished: any}} today of GET /manager/today */
  update({ orders, finished }) {
    const { sent, held, late, ready, later } = orders;
    this.open.update(sent, sayParts([say("today.openNote"), held > 0 && say("today.held", { count: held }), later > 0 && say("today.later", { count: later })]));
    this.late.update(late, lateNote(Object.values(orders.lateAfterS)), late > 0);
    this.ready.update(ready, say("today.readyNote"));
    const { tickets, since, medianS } = finished;
    const note = { count: tickets, time: nearTime(since) };
    this.median.update(medianS === null ? UNKNOWN : minutesWords(medianS), tickets === 0 ? say("today.noMedian", note) : say("today.medianNote", note));
  }
}

class Tile {
  /** @param {string} name of its words @param {string} [sign] the icon beside a number that is bad */
  constructor(name, sign) {
    this.number = h("span");
    this.sign = sign ? h("span", { class: "today-sign", hidden: true }, icon(sign)) : null;
    this.note = h("dd", { class: "today-note" });
    this.value = h("dd", { class: "today-number" }, this.number, this.sign);
    this.node = h("div", { class: "today-tile" }, h("dt", {}, say(name)), this.value, this.note);
  }

  update(number, note, isBad = false) {
    setText(this.number, String(number));
    setText(this.note, note);
    setAttribute(this.value, "data-bad", isBad);
    if (this.sign) setAttribute(this.sign, "hidden", !isBad);
  }
}

/** @param {number[]} limits of the order types, in s */
function lateNote(limits) {
  const [low, high] = [Math.min(...limits), Math.max(...limits)];
  return low === high ? say("today.lateNote", { time: limitWords(low) }) : say("today.lateTypes", { low: limitWords(low), high: limitWords(high) });
}

const limitWords = (seconds) => (seconds % 60 === 0 ? say("time.minutes", { count: seconds / 60 }) : minutesWords(seconds));

/** `6:48`, as the ages on the boards. */
const minutesWords = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
