/** The three columns: measures, lays out, and paints the tickets of one page. */

import { KeyedList, h, setAttribute, setText } from "../../../common/dom.js";
import { timeOfDay } from "../../../common/format.js";
import { icon } from "../../../common/icons.js";
import { keycap } from "../../device/keycap.js";
import { DIGITS } from "../../input/keys.js";
import { COLUMNS } from "../../state/columns.js";
import { geometry, paginate } from "../../state/layout.js";
import { TicketMeasure } from "../ticket/measure.js";
import { Ticket } from "../ticket/ticket.js";
import { GuardedTicket } from "../ticket/unshown-ticket.js";
import { ticketModel } from "./ticket-models.js";

const MORE_PX = 64;
const TEAR_PX = 46;
const STRIP_TILE_PX = 124;
const COMPLETED_ROW_PX = 64;
const GAP_PX = 10;


export class ColumnsView {
  /** @param {import("../ticket/ticket.js").TicketActions & {onRecall: (orderId: string) => void, onPage: (step: number) => void, onEarlier: () => void}} act */
  constructor(act) {
    this.act = act;
    this.measure = new TicketMeasure((silent) => new Ticket(silent));
    this.areas = new Map(COLUMNS.map((name) => [name, new Column(name)]));
    this.empty = h("p", { class: "board-empty" });
    this.node = h(
      "div",
      { class: "layout layout-columns" },
      ...[...this.areas.values()].map((area) => area.node),
      this.empty,
      this.measure.node,
    );
    this.completed = new KeyedList(
      this.area("COMPLETED").lanes,
      (model) => model.view.key,
      () => new CompletedRow(act),
    );
    this.area("COMPLETED").lanes.classList.add("completed-list");
    this.earlier = h(
      "button",
      { type: "button", class: "earlier", "aria-label": "Earlier orders, to recall", onclick: () => act.onEarlier() },
      keycap("earlier"),
      h("span", {}, "Earlier orders"),
    );
    this.area("COMPLETED").node.append(this.earlier);
  }

  touch() {}

  forget() {
    this.measure.forget();
  }

  area(name) {
    return this.areas.get(name);
  }

  /** @param {import("./board-view.js").BoardModel} model @returns {import("./board-view.js").OnScreen} */
  update(model) {
    const shape = geometry(this.node.clientWidth, model.zoom);
    this.shape(shape, model.tab);
    const pages = this.layOut(model, shape);
    const pageCount = Math.max(pages.sent.length, pages.ready.length);
    const page = Math.min(model.page, pageCount - 1);
    const sent = pages.sent[Math.min(page, pages.sent.length - 1)];
    const ready = pages.ready[Math.min(page, pages.ready.length - 1)];
    const here = new Set(sent.lanes.flat().map((piece) => piece.key));
    const digits = model.columns.sent.map((view) => view.key).filter((key) => here.has(key));
    const views = new Map([...model.columns.sent, ...model.columns.ready].map((view) => [view.key, view]));
    const digitOf = (view) => (view.column === "SENT" ? (DIGITS[digits.indexOf(view.key)] ?? "") : "");
    const modelOf = (piece, view) => ticketModel(piece, view, digitOf(view), model);
    const paint = (pieces) => pieces.map((piece) => modelOf(piece, views.get(piece.key)));
    const isTouch = shape.mode === "tabs";
    this.area("SENT").paint(sent, paint, isTouch ? "more" : "more, Page Down", this.act);
    this.area("READY").paint(ready, paint, "more", this.act);
    const completed = this.paintCompleted(model, shape);
    this.paintHeadings(model);
    return {
      lanes: this.visibleLanes(shape, model.tab, sent, ready, completed),
      digits: digits.slice(0, DIGITS.length),
      pageCount,
      page,
      more: sent.more + ready.more,
    };
  }

  shape({ mode, sentLanes, lanePx, readyPx, completedPx }, tab) {
    const style = this.node.style;
    style.setProperty("--lane", `${lanePx}px`);
    style.setProperty("--lanes", String(sentLanes));
    style.setProperty("--ready-lane", `${readyPx}px`);
    style.setProperty("--completed-lane", `${completedPx}px`);
    for (const [name, area] of this.areas) setAttribute(area.node, "hidden", mode === "tabs" && name !== tab);
  }

  layOut({ columns, tab, waiting }, { mode, sentLanes, lanePx, readyPx }) {
    const all = [
      ...columns.sent.map((view) => ({ view, widthPx: lanePx, waiting: waiting.get(view.key) ?? 0 })),
      ...columns.ready.map((view) => ({ view, widthPx: readyPx, waiting: waiting.get(view.key) ?? 0 })),
    ];
    const blocks = this.measure.blocks(all);
    this.measure.keepOnly(new Set(all.map(({ view }) => view.key)));
    const room = (name, lanes) => ({ lanes, heightPx: this.area(name).heightPx, morePx: MORE_PX, tearPx: TEAR_PX });
    const isShown = (name) => mode !== "tabs" || tab === name;
    const nothing = [{ lanes: [[]], more: 0, moreLane: 0 }];
    return {
      sent: isShown("SENT") ? paginate(blocks.slice(0, columns.sent.length), room("SENT", sentLanes)) : nothing,
      ready: isShown("READY") ? paginate(blocks.slice(columns.sent.length), room("READY", 1)) : nothing,
    };
  }

  paintCompleted({ columns, branch, selected, zoom }, { mode }) {
    const { lanes, heightPx } = this.area("COMPLETED");
    const fitting =
      mode === "strip"
        ? Math.floor((lanes.clientWidth + GAP_PX) / (STRIP_TILE_PX + GAP_PX))
        : Math.max(0, Math.floor((heightPx - 4) / (COMPLETED_ROW_PX * Math.max(1, zoom))));
    const shown = columns.completed.slice(0, fitting);
    this.completed.update(
      shown.map((view) => ({
        view,
        time: timeOfDay(view.completedAt, branch?.timezone),
        isSelected: view.key === selected,
      })),
    );
    return shown.map((view) => view.key);
  }

  paintHeadings({ columns, counts, emptyWords }) {
    this.area("SENT").head(counts.sent, sentHint(counts));
    this.area("READY").head(counts.ready, "time on the pass");
    this.area("COMPLETED").head(null, "tap to recall");
    const isEmpty = columns.sent.length + columns.ready.length === 0;
    setText(this.empty, isEmpty ? emptyWords : "");
    setAttribute(this.empty, "hidden", !isEmpty);
  }

  visibleLanes({ mode }, tab, sent, ready, completed) {
    const keys = (lanes) => lanes.map((lane) => [...new Set(lane.map((piece) => piece.key))]);
    const byName = { SENT: keys(sent.lanes), READY: keys(ready.lanes), COMPLETED: [completed] };
    return mode === "tabs" ? byName[tab] : [...byName.SENT, ...byName.READY, ...byName.COMPLETED];
  }
}

function sentHint({ voided, unshown }) {
  const loud = [voided > 0 ? `${voided} void` : "", unshown > 0 ? `${unshown} cannot be shown` : ""].filter(Boolean);
  return loud.length > 0 ? loud.join(", ") : "rush, then oldest first";
}

/** One of the three columns: its heading, its lanes, and the box that counts what did not fit. */
class Column {
  constructor(name) {
    this.name = name;
    this.count = h("span", { class: "count" });
    this.hint = h("span", { class: "hint" });
    this.heading = h("h2", { class: "column-head" }, name, this.count, this.hint);
    this.lanes = h("div", { class: "lanes" });
    this.node = h("section", { class: "column", "data-name": name, "aria-label": name }, this.heading, this.lanes);
    this.laneLists = [];
    this.moreWords = h("span", {});
    this.more = h("button", { type: "button", class: "more" }, icon("down"), this.moreWords);
  }

  get heightPx() {
    return this.lanes.clientHeight;
  }

  head(count, hint) {
    setText(this.count, count === null ? "" : String(count));
    setAttribute(this.count, "hidden", count === null);
    setText(this.hint, hint);
  }

  paint({ lanes, more, moreLane }, modelsOf, moreWords, act) {
    while (this.laneLists.length < lanes.length) this.addLane(act);
    while (this.laneLists.length > lanes.length) this.laneLists.pop().parent.parentNode.remove();
    lanes.forEach((pieces, index) => this.laneLists[index].update(modelsOf(pieces)));
    this.paintMore(more, moreLane, moreWords, act);
  }

  addLane(act) {
    const stack = h("div", { class: "stack" });
    this.lanes.append(h("div", { class: "lane" }, stack));
    this.laneLists.push(
      new KeyedList(
        stack,
        ({ piece }) => `${piece.key}/${piece.part}`,
        () => new GuardedTicket(() => new Ticket(act)),
      ),
    );
  }

  paintMore(more, moreLane, moreWords, act) {
    if (more === 0) {
      this.more.remove();
      return;
    }
    setText(this.moreWords, `${more} ${moreWords}`);
    setAttribute(this.more, "aria-label", `${more} more, next page`);
    this.more.onclick = () => act.onPage(1);
    const lane = this.lanes.children[moreLane];
    if (this.more.parentNode !== lane) lane.append(this.more);
  }
}

/** A completed order in the list; a tap brings it back to the pass. */
class CompletedRow {
  constructor(act) {
    this.act = act;
    this.number = h("span", { class: "number" });
    this.place = h("bdi", { class: "place" });
    this.time = h("span", { class: "time" });
    this.node = h(
      "button",
      { type: "button", class: "completed-row" },
      this.number,
      this.place,
      this.time,
      icon("recall"),
    );
  }

  update({ view, time, isSelected }) {
    const words = view.fault === null ? view.place || view.type : "cannot be shown";
    this.node.onclick = () => this.act.onRecall(view.orderId);
    this.node.disabled = view.fault !== null;
    setAttribute(this.node, "data-order-id", view.orderId);
    setAttribute(this.node, "data-selected", isSelected);
    setAttribute(this.node, "aria-label", `Recall ${view.number}, ${words}, completed ${time}`);
    setText(this.number, String(view.number));
    setText(this.place, words);
    setText(this.time, time);
  }
}
