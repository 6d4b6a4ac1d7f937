/** One list that scrolls, for a phone and for a screen too low for lanes: its three columns stand behind tabs. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { DIGITS } from "../../input/keys.js";
import { expoOrder } from "../../state/board/columns.js";
import { ExpoTicket } from "../ticket/expo-ticket.js";
import { Ticket } from "../ticket/ticket.js";
import { Rail, passRows } from "./rail.js";
import { ticketModel } from "./ticket-models.js";
import { TicketPool } from "./ticket-pool.js";
import { TicketShelf, holeWords } from "./ticket-shelf.js";

export class ListView {
  /** @param {import("./board-view.js").BoardActions} act  @param {{isExpo: boolean}} how */
  constructor(act, { isExpo }) {
    this.isExpo = isExpo;
    const make = isExpo ? (of) => new ExpoTicket(of) : (of) => new Ticket(of);
    this.shelf = new TicketShelf(make, { folds: !isExpo });
    this.pool = new TicketPool(() => make(act));
    this.stack = h("div", { class: "stack" });
    this.scroller = h("div", { class: "lanes list-lane", onscroll: () => act.onResize() }, this.stack);
    this.belowWords = h("span", {});
    this.below = h("p", { class: "list-below" }, icon("down"), this.belowWords);
    this.rail = new Rail(act);
    this.empty = h("p", { class: "board-empty" });
    this.node = h("div", { class: "layout layout-list" }, this.scroller, this.below, this.rail.node, this.empty, this.shelf.node);
    this.shown = "";
  }

  forget() {
    this.shelf.forget();
  }

  /** @param {import("./board-view.js").BoardModel} model @returns {import("./board-view.js").OnScreen} */
  update(model) {
    const { columns, room, tab, sizes } = model;
    this.node.style.setProperty("--lane", `${room.widthPx}px`);
    setAttribute(this.node, "data-tab", tab);
    const views = this.isExpo ? expoOrder(columns) : columns.sent;
    const blocks = this.shelf.place(views, model, { widthPx: room.widthPx, scene: "list" });
    const pieces = blocks.map((block) => ({ key: block.key, from: 0, to: block.rows.length, part: 1, parts: 1, heightPx: null }));
    const holes = new Map(blocks.filter((block) => block.isHole).map((block) => [block.key, block]));
    const digits = pieces.map(({ key }) => key).filter((key) => !holes.get(key)?.isOwn).slice(0, DIGITS.length);
    this.pool.paint([{ parent: this.stack, values: pieces.map((piece) => this.valueOf(piece, { holes, digits, model })) }]);
    const isSent = tab === "SENT";
    const beside = this.rail.update({ ...model, passPage: 0 }, wholeRail(model));
    const seen = this.seenOf(blocks, sizes.gap);
    this.paintBelow(isSent ? seen.below : 0);
    const isEmpty = isSent ? views.length === 0 : columns[tab.toLowerCase()].length === 0;
    setText(this.empty, isEmpty ? model.emptyWords : "");
    setAttribute(this.empty, "hidden", !isEmpty);
    this.follow(`${tab} ${model.selected}`);
    const keys = pieces.map(({ key }) => key).filter((key) => !holes.has(key));
    return {
      lanes: isSent ? [keys] : beside.lanes,
      digits: isSent ? digits.map((key) => (holes.has(key) ? null : key)) : [],
      pageCount: 1,
      page: 0,
      more: 0,
      passPage: 0,
      passPageCount: 1,
      whereIs: new Map([...columns.ready.map(({ key }) => [key, { tab: "READY" }]), ...keys.map((key) => [key, { tab: "SENT" }])]),
      visible: isSent ? seen.keys : new Set(tab === "READY" ? columns.ready.map(({ key }) => key) : []),
      places: new Map([...beside.places, ...keys.map((key, index) => [key, String(index)])]),
      rowTops: this.shelf.rowTops,
      isSettling: holes.size > 0,
    };
  }

  valueOf(piece, { holes, digits, model }) {
    const hole = holes.get(piece.key);
    if (hole) return { id: piece.key, hole: holeWords(hole), heightPx: hole.firstPx + hole.rows.reduce((sum, row) => sum + row.px, 0) };
    const view = this.shelf.views.get(piece.key);
    const digit = DIGITS[digits.indexOf(piece.key)] ?? "";
    const place = { widthPx: model.room.widthPx, marks: this.shelf.marks.get(piece.key) };
    return { id: piece.key, model: { ...ticketModel(piece, view, digit, model, place), stationOrder: model.branch?.stations } };
  }

  /** Which tickets are seen, and how many begin under them, by their measured heights. */
  seenOf(blocks, gapPx) {
    const { scrollTop, clientHeight } = this.scroller;
    const keys = new Set();
    let topPx = 0;
    let below = 0;
    for (const block of blocks) {
      const endPx = topPx + block.firstPx + block.rows.reduce((sum, row) => sum + row.px, 0);
      if (topPx >= scrollTop + clientHeight) below += 1;
      else if (endPx > scrollTop) keys.add(block.key);
      topPx = endPx + gapPx;
    }
    return { keys, below };
  }

  paintBelow(count) {
    setText(this.belowWords, say("board.below", { count }));
    setAttribute(this.below, "hidden", count === 0);
  }

  /** What keys have selected is brought into view, once. */
  follow(shown) {
    if (shown === this.shown) return;
    this.shown = shown;
    this.node.querySelector("[data-selected]")?.scrollIntoView({ block: "nearest" });
  }
}

function wholeRail({ columns: { ready, completed }, waiting }) {
  return { rows: passRows(ready, waiting), pages: [{ from: 0, to: ready.length }], completed: [completed.length] };
}
