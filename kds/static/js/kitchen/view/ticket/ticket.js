/** A ticket, or one part of a torn one: its head, its rows, its tear. Paints only what changed. */

import { KeyedList, h, setAttribute } from "../../../common/dom.js";
import { icon } from "../../../common/icons.js";
import { digitsOf } from "../../input/keys.js";
import { actionWords } from "../../state/action-words.js";
import { selectable } from "./selectable.js";
import { TicketHead } from "./ticket-head.js";
import { TicketRow } from "./ticket-row.js";

/**
 * @typedef {{
 *   onBump: (orderId: string, at: {x: number, y: number}) => void,
 *   onSelect: (orderId: string) => void,
 *   onItem: (orderId: string, itemId: string) => void,
 *   onSeen: (orderId: string, itemId: string | null) => void,
 *   onStation: (orderId: string, station: string) => void,
 * }} TicketActions  `onSeen` without an item: the whole ticket is void
 */
export class Ticket {
  /** @param {TicketActions} act */
  constructor(act) {
    this.act = act;
    this.view = null;
    this.head = new TicketHead((at) => act.onBump(this.view.orderId, at));
    this.list = h("ul", { class: "rows" });
    this.tear = h("div", { class: "tear" });
    this.node = h("article", { class: "ticket" }, ...this.head.nodes, this.list, this.tear);
    selectable(this.node, () => act.onSelect(this.view.orderId));
    this.rows = new KeyedList(
      this.list,
      ({ row }) => row.key,
      ({ row }) =>
        new TicketRow({
          onTap: () => act.onItem(this.view.orderId, row.itemId),
          onSeen: () => act.onSeen(this.view.orderId, row.itemId ?? null),
        }),
    );
  }

  /** @param {import("./ticket-head.js").TicketModel} model */
  update(model) {
    const { view, piece } = model;
    const isRepaint =
      view !== this.view ||
      piece.from !== this.piece.from ||
      piece.to !== this.piece.to ||
      piece.goesOn !== this.piece.goesOn ||
      model.isPicking !== this.isPicking;
    this.view = view;
    this.piece = piece;
    this.isPicking = model.isPicking;
    if (isRepaint) this.paintBody(model);
    setAttribute(this.node, "data-band", model.band);
    setAttribute(this.node, "data-selected", model.isSelected);
    setAttribute(this.node, "data-new", model.isNew);
    this.head.update(model, actionWords(view));
  }

  paintBody({ view, piece, isPicking }) {
    setAttribute(this.node, "data-order-id", view.orderId);
    setAttribute(this.node, "data-number", view.number);
    setAttribute(this.node, "data-column", view.column);
    setAttribute(this.node, "aria-label", `Order ${view.number}`);
    const isTappable = view.column === "SENT" && !view.isVoid;
    const digits = isPicking ? digitsOf(view.rows) : new Map();
    const shown = view.rows.slice(piece.from, piece.to);
    this.rows.update(
      shown.map((row) => ({ row, isTappable, digit: digits.get(row.key) ?? "", orderNumber: view.number })),
    );
    this.paintTear(view, piece);
  }

  paintTear(view, piece) {
    const left = view.rows.slice(piece.to).filter((row) => row.kind === "item").length;
    const where = piece.goesOn ?? ", next part";
    setAttribute(this.tear, "hidden", piece.part === piece.parts);
    this.tear.replaceChildren(h("span", {}, `${left > 0 ? `${left} more` : "more"}${where}`), icon("right"));
    setAttribute(this.node, "data-torn", piece.part < piece.parts);
    setAttribute(this.node, "data-continued", piece.part > 1);
  }
}
