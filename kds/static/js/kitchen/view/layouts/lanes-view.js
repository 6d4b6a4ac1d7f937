/** Lanes: tickets of natural height strictly in order, the pass and what was completed in a rail beside them. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { DIGITS } from "../../input/keys.js";
import { lanesIn } from "../../state/layouts/board-shape.js";
import { expoOrder } from "../../state/board/columns.js";
import { idOf } from "../../state/layouts/grid.js";
import { pagesOfLanes } from "../../state/layouts/lanes.js";
import { railShape } from "../../state/layouts/rail-shape.js";
import { ExpoTicket } from "../ticket/expo-ticket.js";
import { Ticket } from "../ticket/ticket.js";
import { Rail, passRows } from "./rail.js";
import { ticketModel } from "./ticket-models.js";
import { TicketPool } from "./ticket-pool.js";
import { TicketShelf, holeWords } from "./ticket-shelf.js";

const NO_RAIL = { lanes: [], passPage: 0, places: new Map() };

class LanesView {
  /**
   * @param {import("./board-view.js").BoardActions} act
   * @param {{make: (act: any) => any, name: string, hasRail: boolean, folds: boolean, viewsOf: (columns: any) => any[]}} kind
   */
  constructor(act, kind) {
    this.kind = kind;
    this.shelf = new TicketShelf(kind.make, kind);
    this.pool = new TicketPool(() => kind.make(act));
    this.lanes = h("div", { class: "lanes" });
    this.moreWords = h("span", {});
    this.more = h("button", { type: "button", class: "more", onclick: () => act.onPage(1) }, icon("down"), this.moreWords);
    this.rail = kind.hasRail ? new Rail(act) : null;
    this.empty = h("p", { class: "board-empty" });
    this.node = h("div", { class: `layout layout-${kind.name}` }, this.lanes, this.rail?.node, this.empty, this.shelf.node);
  }

  forget() {
    this.shelf.forget();
  }

  /** @param {import("./board-view.js").BoardModel} model @returns {import("./board-view.js").OnScreen} */
  update(model) {
    const { sizes, room } = model;
    const { lanes: count, lanePx } = lanesIn(room.widthPx, sizes, this.kind);
    const views = this.kind.viewsOf(model.columns);
    const blocks = this.shelf.place(views, model, { widthPx: lanePx, scene: this.kind.name });
    const pages = pagesOfLanes(blocks, {
      lanes: count, heightPx: room.heightPx, gapPx: sizes.gap, footPx: sizes.foot, stripPx: sizes.strip + sizes.teeth,
    });
    const rail = this.rail === null ? null : this.shapeRail(model);
    const page = Math.min(model.page, pages.length - 1);
    const { lanes, more } = pages[page];
    const holes = new Map(blocks.filter((block) => block.isHole).map((block) => [block.key, block]));
    const digits = slotsOf(lanes, holes);
    this.paint(lanes, lanePx, (piece) => this.valueOf(piece, holes, digits, { model, lanePx }));
    this.paintMore(more);
    const beside = this.rail === null ? NO_RAIL : this.rail.update(model, rail);
    setText(this.empty, views.length + (this.rail ? model.columns.ready.length : 0) === 0 ? model.emptyWords : "");
    setAttribute(this.empty, "hidden", this.empty.textContent === "");
    const isTicket = (key) => !holes.has(key);
    return {
      lanes: [...lanes.map((lane) => [...new Set(lane.map((piece) => piece.key))].filter(isTicket)), ...beside.lanes],
      digits: digits.map((key) => (isTicket(key) ? key : null)),
      pageCount: pages.length,
      page,
      passPage: beside.passPage,
      passPageCount: rail?.pages.length ?? 1,
      more,
      whereIs: new Map([...pagesOf(pages.map((each) => each.lanes.flat())), ...passPagesOf(rail, model.columns.ready)]),
      visible: new Set([...lanes.flat().map((piece) => piece.key), ...beside.lanes.flat()]),
      places: new Map([...beside.places, ...placesOf(lanes, sizes.gap)]),
      rowTops: this.shelf.rowTops,
      isSettling: holes.size > 0,
    };
  }

  shapeRail({ columns, sizes, room, waiting }) {
    const rows = passRows(columns.ready, waiting);
    return { rows, ...railShape({ heightPx: room.heightPx, ready: rows, completed: columns.completed.length }, sizes) };
  }

  valueOf(piece, holes, digits, { model, lanePx }) {
    const hole = holes.get(piece.key);
    if (hole) return { id: idOf(piece), hole: holeWords(hole), heightPx: piece.heightPx };
    const view = this.shelf.views.get(piece.key);
    const digit = DIGITS[digits.indexOf(piece.key)] ?? "";
    const place = { widthPx: lanePx, marks: this.shelf.marks.get(piece.key) };
    return { id: idOf(piece), model: { ...ticketModel(piece, view, digit, model, place), stationOrder: model.branch?.stations } };
  }

  paint(lanes, lanePx, valueOf) {
    while (this.lanes.children.length < lanes.length) this.lanes.append(h("div", { class: "lane" }, h("div", { class: "stack" })));
    while (this.lanes.children.length > lanes.length) this.lanes.lastChild.remove();
    this.node.style.setProperty("--lane", `${lanePx}px`);
    const stackOf = (index) => this.lanes.children[index].firstChild;
    this.pool.paint(lanes.map((pieces, index) => ({ parent: stackOf(index), values: pieces.map(valueOf) })));
  }

  paintMore(more) {
    if (more === 0) {
      this.more.remove();
      return;
    }
    setText(this.moreWords, say("board.more", { count: more }));
    setAttribute(this.more, "aria-label", say("board.moreLabel", { count: more }));
    const lane = this.lanes.lastChild;
    if (this.more.parentNode !== lane) lane.append(this.more);
  }
}

/** The orders of a page in their order, for its keys: a place that another screen emptied keeps its key for a moment. */
function slotsOf(lanes, holes) {
  const keys = [...new Set(lanes.flat().map((piece) => piece.key))];
  return keys.filter((key) => !holes.get(key)?.isOwn).slice(0, DIGITS.length);
}

/** @param {import("../../state/layouts/tear.js").Piece[][]} pages @returns {Map<string, {page: number}>} where each order begins */
export function pagesOf(pages) {
  const found = new Map();
  pages.forEach((pieces, page) => pieces.forEach(({ key }) => found.has(key) || found.set(key, { page })));
  return found;
}

function passPagesOf(rail, ready) {
  return rail?.pages.flatMap(({ from, to }, passPage) => ready.slice(from, to).map(({ key }) => [key, { passPage }])) ?? [];
}

/** Where each part stands, so that it is told when one has moved. */
function placesOf(lanes, gapPx) {
  const places = new Map();
  lanes.forEach((pieces, lane) => {
    let topPx = 0;
    for (const piece of pieces) {
      places.set(idOf(piece), `${lane}/${Math.round(topPx)}`);
      topPx += piece.heightPx + gapPx;
    }
  });
  return places;
}

/** @param {import("./board-view.js").BoardActions} act */
export const sentLanes = (act) =>
  new LanesView(act, { make: (of) => new Ticket(of), name: "lanes", hasRail: true, folds: true, viewsOf: ({ sent }) => sent });

/** Whole orders with a box for each station; green when all are done, and then served. @param {import("./board-view.js").BoardActions} act */
export const expoLanes = (act) =>
  new LanesView(act, { make: (of) => new ExpoTicket(of), name: "expo", hasRail: false, folds: false, viewsOf: expoOrder });
