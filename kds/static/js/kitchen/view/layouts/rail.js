/** Beside the lanes: the pass, a row an order with a tick to serve; under it what was completed, and the way to all earlier ones. */

import { KeyedList, h, setAttribute, setText } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { icon } from "../../../common/dom/icons.js";
import { say, sayParts } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { actionWords } from "../../state/ticket/action-words.js";
import { passRow, railPlaces } from "../../state/layouts/rail-shape.js";
import { selectable } from "../ticket/selectable.js";
import { tagWords, waitingWords } from "../ticket/ticket-head.js";

/** On the pass for so long is too long. */
const SLOW_MIN = 5;
/** A tag makes its row higher, and the pass holds fewer: what a ticket says to a cook alone is not said again. */
const COOKS_ONLY = new Set(["RUSH", "VIP", "PAID"]);

/** What each row of the pass shows. @returns {import("../../state/layouts/rail-shape.js").PassRow[]} */
export function passRows(ready, waiting) {
  return ready.map((view) => passRow(view, rowTags(view, waiting.get(view.key) ?? 0)));
}

function rowTags(view, count) {
  const ownTags = view.tags.filter((tag) => !COOKS_ONLY.has(tag)).map(tagWords);
  return sayParts([...ownTags, count > 0 && waitingWords(count)]);
}

export class Rail {
  /** @param {import("./board-view.js").BoardActions} act */
  constructor(act) {
    this.count = h("span", { class: "count" });
    this.passList = h("div", { class: "pass-list" });
    this.pass = new KeyedList(this.passList, ({ view }) => view.key, () => new PassRow(act));
    this.moreWords = h("span", {});
    this.more = h("button", { type: "button", class: "pass-more", onclick: () => act.onPassPage() }, keycap("tab"), this.moreWords);
    this.completedList = h("div", { class: "completed-list" });
    this.completed = new KeyedList(this.completedList, ({ view }) => view.key, () => new CompletedRow(act));
    this.earlier = h(
      "button",
      { type: "button", class: "earlier", "aria-label": say("rail.earlierLabel"), onclick: () => act.onEarlier() },
      keycap("earlier"),
      h("span", {}, say("rail.earlier")),
    );
    const heading = (name, ...more) => h("h2", { class: "rail-head" }, name, ...more);
    this.node = h(
      "aside",
      { class: "rail", "aria-label": say("rail.label") },
      h("section", { class: "pass", "data-name": "READY" }, heading(say("column.READY"), this.count), this.passList, this.more),
      h("section", { class: "past", "data-name": "COMPLETED" }, heading(say("column.COMPLETED")), this.completedList),
      this.earlier,
    );
  }

  /**
   * @param {import("./board-view.js").BoardModel} model
   * @param {{rows: import("../../state/layouts/rail-shape.js").PassRow[], pages: {from: number, to: number}[], completed: number[]}} shape
   *   `rows`: of all orders on the pass; `completed`: how many are shown, page by page of the pass
   * @returns {{lanes: string[][], passPage: number, places: Map<string, string>}} what is on the screen, for the arrows, and where
   */
  update(model, shape) {
    const { columns, branch, now, selected, passPage, sizes } = model;
    const at = Math.min(passPage, shape.pages.length - 1);
    const { from, to } = shape.pages[at];
    const ready = columns.ready.slice(from, to).map((view, index) => ({ key: view.key, view, row: shape.rows[from + index] }));
    const completed = columns.completed.slice(0, shape.completed[at]);
    setText(this.count, String(columns.ready.length));
    this.pass.update(ready.map(({ view, row }) => ({ view, row, now, isSelected: view.key === selected })));
    const left = columns.ready.length - to;
    setText(this.moreWords, left > 0 ? say("ticket.left", { count: left }) : say("rail.first"));
    setAttribute(this.more, "aria-label", left > 0 ? say("rail.more", { count: left }) : say("rail.firstLabel"));
    setAttribute(this.more, "hidden", shape.pages.length === 1);
    const timezone = branch?.timezone;
    this.completed.update(completed.map((view) => ({ view, time: timeOfDay(view.completedAt, timezone), isSelected: view.key === selected })));
    const past = completed.map(({ key }) => key);
    return { lanes: [[...ready.map(({ key }) => key), ...past]], passPage: at, places: railPlaces(ready, past, sizes) };
  }
}

/** An order on the pass: its row selects it, its tick serves it, and each of its voids has a button that takes it off. */
class PassRow {
  constructor(act) {
    this.act = act;
    this.number = h("strong", { class: "number", dir: "auto" });
    this.place = h("bdi", { class: "place" });
    this.tags = h("span", { class: "pass-tags" });
    this.minutes = h("span", { class: "minutes" });
    this.body = h("button", { type: "button", class: "pass-body" }, this.number, this.place, this.minutes, this.tags);
    this.tick = h("button", { type: "button", class: "pass-tick" }, icon("check"));
    this.voidList = h("div", { class: "pass-voids" });
    this.voids = new KeyedList(this.voidList, ({ itemId }) => itemId ?? "order", ({ itemId }) => new PassVoid(() => act.onSeen(this.view.orderId, itemId)));
    this.node = h("article", { class: "pass-row" }, h("div", { class: "pass-line" }, this.body, this.tick), this.voidList);
    this.view = null;
    this.body.onclick = () => act.onSelect(this.view.orderId);
    this.tick.onclick = (event) => act.onBump(this.view.orderId, { x: event.clientX, y: event.clientY });
    selectable(this.node, () => act.onSelect(this.view.orderId));
  }

  update({ view, row, now, isSelected }) {
    this.view = view;
    const { tags, voids } = row;
    const isShown = view.fault === null;
    const words = isShown ? view.place || view.type : say("rail.unshown");
    const minutes = now === 0 || view.startedAt === null ? null : Math.max(0, Math.floor((now - view.startedAt) / 60_000));
    setAttribute(this.node, "data-order-id", view.orderId);
    setAttribute(this.node, "data-number", view.number);
    setAttribute(this.node, "data-column", "READY");
    setAttribute(this.node, "data-selected", isSelected);
    setText(this.number, String(view.number));
    setText(this.place, words);
    setAttribute(this.node, "title", `${view.number} ${words}`);
    setText(this.minutes, minutes === null ? "" : minutesWords(minutes));
    setAttribute(this.minutes, "data-slow", minutes !== null && minutes >= SLOW_MIN);
    setText(this.tags, tags);
    setAttribute(this.node, "data-tagged", tags !== "");
    setAttribute(this.tags, "hidden", !tags);
    const name = minutes === null ? "rail.ready" : "rail.readyFor";
    setAttribute(this.body, "aria-label", sayParts([say(name, { number: view.number, place: words, minutes }), tags]));
    setAttribute(this.tick, "aria-label", sayParts([actionWords(view), words]));
    this.voids.update(voids.map((each) => ({ ...each, orderNumber: view.number })));
    setAttribute(this.voidList, "hidden", voids.length === 0);
    this.tick.disabled = !isShown;
    this.body.disabled = !isShown;
  }
}

/** A dish that was taken back after it was cooked, or what changed: it stays until somebody has seen it. */
class PassVoid {
  constructor(onSeen) {
    this.tag = h("strong");
    this.gone = h("s");
    this.dish = h("bdi");
    const words = h("span", { class: "pass-void-words" }, this.tag, " ", this.dish);
    this.node = h("button", { type: "button", class: "pass-void", onclick: onSeen }, words, h("span", { class: "pass-seen" }, say("ticket.seen")));
  }

  update({ text, isChange, orderNumber }) {
    setText(this.tag, say(isChange ? "ticket.changed" : "ticket.void"));
    setText(this.gone, text);
    this.dish.replaceChildren(isChange ? text : this.gone);
    setAttribute(this.node, "data-change", isChange);
    setAttribute(this.node, "title", text);
    setAttribute(this.node, "aria-label", say(isChange ? "ticket.seenChange" : "rail.seenVoid", { dish: text, number: orderNumber }));
  }
}

/** "7 m", from two hours on "2 h". */
const minutesWords = (minutes) => (minutes < 120 ? say("rail.minutes", { minutes }) : say("rail.hours", { hours: Math.min(99, Math.floor(minutes / 60)) }));

/** A completed order in the list; a tap brings it back to the pass. */
class CompletedRow {
  constructor(act) {
    this.act = act;
    this.number = h("strong", { class: "number", dir: "auto" });
    this.place = h("bdi", { class: "place" });
    this.time = h("span", { class: "time" });
    this.node = h("button", { type: "button", class: "completed-row" }, this.number, this.place, this.time);
  }

  update({ view, time, isSelected }) {
    const words = view.fault === null ? view.place || view.type : say("rail.unshown");
    this.node.onclick = () => this.act.onRecall(view.orderId);
    this.node.disabled = view.fault !== null;
    setAttribute(this.node, "data-order-id", view.orderId);
    setAttribute(this.node, "data-selected", isSelected);
    setAttribute(this.node, "aria-label", say("rail.completed", { number: view.number, place: words, time }));
    setText(this.number, String(view.number));
    setText(this.place, words);
    setAttribute(this.node, "title", `${view.number} ${words}`);
    setText(this.time, time);
  }
}
