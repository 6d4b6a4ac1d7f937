/** The grid for line cooks: fixed cells, oldest first, pages. The number of a key belongs to the cell. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { DIGITS } from "../../input/keys.js";
import { cellsOf, gridShape, idOf } from "../../state/layouts/grid.js";
import { Ticket } from "../ticket/ticket.js";
import { pagesOf } from "./lanes-view.js";
import { ticketModel } from "./ticket-models.js";
import { TicketPool } from "./ticket-pool.js";
import { TicketShelf, holeWords } from "./ticket-shelf.js";

export class GridView {
  /** @param {import("./board-view.js").BoardActions} act */
  constructor(act) {
    this.shelf = new TicketShelf((silent) => new Ticket(silent), { folds: true });
    this.pool = new TicketPool(() => new Ticket(act));
    this.cells = h("div", { class: "cells" });
    this.empty = h("p", { class: "board-empty" });
    this.node = h("div", { class: "layout layout-grid" }, this.cells, this.empty, this.shelf.node);
  }

  forget() {
    this.shelf.forget();
  }

  /** @param {import("./board-view.js").BoardModel} model @returns {import("./board-view.js").OnScreen} */
  update(model) {
    const { sizes, room } = model;
    const shape = gridShape(room, sizes);
    const perPage = shape.columns * shape.rows;
    const blocks = this.shelf.place(model.columns.sent, model, { widthPx: shape.cellPx.width, scene: `grid ${perPage}` });
    const holes = new Map(blocks.filter((block) => block.isHole).map((block) => [block.key, block]));
    const cells = cellsOf(blocks, { cellPx: shape.cellPx.height, stripPx: sizes.strip + sizes.teeth, perPage });
    const pages = Array.from({ length: Math.max(1, Math.ceil(cells.length / perPage)) }, (_, page) =>
      cells.slice(page * perPage, (page + 1) * perPage),
    );
    const page = Math.min(model.page, pages.length - 1);
    const shown = pages[page];
    this.shape(shape);
    this.pool.paint([{ parent: this.cells, values: shown.map((piece, index) => this.valueOf(piece, index, holes, { model, shape })) }]);
    setText(this.empty, model.columns.sent.length === 0 ? model.emptyWords : "");
    setAttribute(this.empty, "hidden", this.empty.textContent === "");
    const { rowTops } = this.shelf;
    return { ...onScreenOf(shown, shape, holes), ...followingOf(pages, page, holes), rowTops, isSettling: holes.size > 0 };
  }

  valueOf(piece, index, holes, { model, shape }) {
    const hole = holes.get(piece.key);
    if (hole) return { id: idOf(piece), hole: holeWords(hole), heightPx: null };
    const view = this.shelf.views.get(piece.key);
    const place = { widthPx: shape.cellPx.width, marks: this.shelf.marks.get(piece.key) };
    return { id: idOf(piece), model: ticketModel({ ...piece, ...goingOn(piece) }, view, DIGITS[index] ?? "", model, place) };
  }

  shape({ columns, rows, cellPx }) {
    this.cells.style.setProperty("--columns", String(columns));
    this.cells.style.setProperty("--rows", String(rows));
    this.cells.style.setProperty("--cell-width", `${cellPx.width}px`);
    this.cells.style.setProperty("--cell-height", `${cellPx.height}px`);
  }
}

function goingOn({ nextCell }) {
  if (nextCell === undefined) return {};
  if (nextCell === 0) return { goesOn: "page" };
  return DIGITS[nextCell] ? { goesOn: "key", nextKey: DIGITS[nextCell] } : { goesOn: "cell" };
}

function onScreenOf(shown, { columns }, holes) {
  const keys = shown.map(({ key }) => (holes.has(key) ? null : key));
  const laneOf = (column) => keys.filter((key, index) => key !== null && index % columns === column);
  return {
    lanes: Array.from({ length: columns }, (_, column) => [...new Set(laneOf(column))]),
    digits: keys.slice(0, DIGITS.length),
    visible: new Set(keys.filter(Boolean)),
    places: new Map(shown.map((piece, index) => [idOf(piece), String(index)])),
  };
}

function followingOf(pages, page, holes) {
  const later = pages.slice(page + 1).flat().filter((piece) => piece.part === 1 && !holes.has(piece.key));
  return { pageCount: pages.length, page, more: later.length, whereIs: pagesOf(pages), passPage: 0, passPageCount: 1 };
}
