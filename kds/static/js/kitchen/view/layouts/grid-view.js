/** The grid for line cooks: fixed cells, oldest first, pages. The number of a key belongs to the cell. */

import { h, reconcile, setText } from "../../../common/dom.js";
import { DIGITS } from "../../input/keys.js";
import { fillCells, gridShape, idOf, pagesOf } from "../../state/grid.js";
import { TicketMeasure } from "../ticket/measure.js";
import { Ticket } from "../ticket/ticket.js";
import { GuardedTicket } from "../ticket/unshown-ticket.js";
import { ticketModel } from "./ticket-models.js";

const TEAR_PX = 52;
/** After the last press the holes stay open for so long. */
const SETTLES_AFTER_MS = 2_500;

export class GridView {
  /** @param {import("../ticket/ticket.js").TicketActions} act */
  constructor(act) {
    this.act = act;
    this.measure = new TicketMeasure((silent) => new Ticket(silent));
    this.tickets = new Map();
    this.cells = h("div", { class: "cells" });
    this.empty = h("p", { class: "board-empty" });
    this.node = h("div", { class: "layout layout-grid" }, this.cells, this.empty, this.measure.node);
    this.before = { shape: "", ids: [] };
    this.touchedAt = -Infinity;
  }

  /** Somebody pressed something: nothing moves for a while. */
  touch() {
    this.touchedAt = performance.now();
  }

  forget() {
    this.measure.forget();
  }

  /** @param {import("./board-view.js").BoardModel} model */
  update(model) {
    const room = { widthPx: this.node.clientWidth, heightPx: this.cells.clientHeight, zoom: model.zoom };
    const shape = gridShape(room);
    const { columns, rows, cellPx } = shape;
    const views = model.columns.sent;
    const cells = this.fill(views, shape, model);
    const pages = pagesOf(cells, columns * rows);
    const page = Math.min(model.page, pages.length - 1);
    const shown = pages[page].cells;
    this.shape(columns, rows, cellPx);
    this.paint(shown, new Map(views.map((view) => [view.key, view])), model);
    setText(this.empty, views.length === 0 ? model.emptyWords : "");
    const keys = shown.map((piece) => piece?.key ?? "");
    const laneOf = (column) => keys.filter((key, index) => key && index % columns === column);
    return {
      lanes: Array.from({ length: columns }, (_, column) => [...new Set(laneOf(column))]),
      digits: keys,
      pageCount: pages.length,
      page,
      more: pages[page].more,
    };
  }

  fill(views, { columns, rows, cellPx }, model) {
    const wanted = views.map((view) => ({ view, widthPx: cellPx.width, waiting: model.waiting.get(view.key) ?? 0 }));
    const blocks = this.measure.blocks(wanted);
    this.measure.keepOnly(new Set(views.map((view) => view.key)));
    const shape = `${columns}/${rows}/${cellPx.width}/${cellPx.height}/${model.scope}`;
    const isBusy = shape === this.before.shape && performance.now() - this.touchedAt < SETTLES_AFTER_MS;
    const cells = fillCells(blocks, { cellPx: cellPx.height, tearPx: TEAR_PX, before: this.before.ids, isBusy });
    const ids = cells.map((piece, index) => (piece ? idOf(piece) : this.before.ids[index]));
    this.before = { shape, ids };
    return cells;
  }

  shape(columns, rows, { width, height }) {
    this.cells.style.setProperty("--columns", String(columns));
    this.cells.style.setProperty("--rows", String(rows));
    this.cells.style.setProperty("--cell-width", `${width}px`);
    this.cells.style.setProperty("--cell-height", `${height}px`);
  }

  paint(shown, views, model) {
    const tickets = new Map();
    const nodes = shown.map((piece, index) => {
      if (piece === null) return h("div", { class: "cell-hole" });
      const id = idOf(piece);
      const ticket = this.tickets.get(id) ?? new GuardedTicket(() => new Ticket(this.act));
      const goesOn = shown[index + 1]?.key === piece.key ? ` on ${DIGITS[index + 1]}` : ", next page";
      ticket.update(ticketModel({ ...piece, goesOn }, views.get(piece.key), DIGITS[index] ?? "", model));
      tickets.set(id, ticket);
      return ticket.node;
    });
    this.tickets = tickets;
    reconcile(this.cells, nodes);
  }
}
