/** A ticket, or one part of a torn one: its head, its rows, and the strip that says what is missing. Paints only what changed. */

import { KeyedList, h, setAttribute } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { digitsOf } from "../../input/keys.js";
import { actionWords } from "../../state/ticket/action-words.js";
import { refOf } from "../../state/ticket/ticket-rows.js";
import { selectable } from "./selectable.js";
import { TicketHead } from "./ticket-head.js";
import { TicketRow } from "./ticket-row.js";

/**
 * @typedef {{
 *   onBump: (orderId: string, at: {x: number, y: number}) => void,
 *   onSelect: (orderId: string) => void,
 *   onItem: (orderId: string, itemId: string) => void,
 *   onSeen: (orderId: string, itemId: string | null) => void,
 *   onUnfold: (orderId: string) => void,
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
    this.strip = h("div", { class: "strip" });
    const [header, ...below] = this.head.nodes;
    this.node = h("article", { class: "ticket" }, header, h("div", { class: "body" }, ...below, this.list), this.strip);
    selectable(this.node, () => act.onSelect(this.view.orderId));
    this.rows = new KeyedList(
      this.list,
      ({ row }) => row.key,
      ({ row }) =>
        new TicketRow({
          onTap: () => act.onItem(this.view.orderId, row.itemId),
          onSeen: () => act.onSeen(this.view.orderId, row.itemId ?? null),
          onUnfold: () => act.onUnfold(this.view.orderId),
        }),
    );
  }

  /** @param {import("./ticket-head.js").TicketModel} model */
  update(model) {
    const { view, piece } = model;
    const isRepaint =
      view !== this.view ||
      model.marks !== this.marks ||
      piece.from !== this.piece.from ||
      piece.to !== this.piece.to ||
      piece.goesOn !== this.piece.goesOn ||
      piece.nextKey !== this.piece.nextKey ||
      model.isPicking !== this.isPicking;
    this.view = view;
    this.piece = piece;
    this.marks = model.marks;
    this.isPicking = model.isPicking;
    if (isRepaint) this.paintBody(model);
    setAttribute(this.node, "data-band", model.band);
    setAttribute(this.node, "data-selected", model.isSelected);
    setAttribute(this.node, "data-new", model.isNew);
    this.head.update(model, actionWords(view));
  }

  paintBody({ view, piece, isPicking, marks }) {
    setAttribute(this.node, "data-order-id", view.orderId);
    setAttribute(this.node, "data-number", view.number);
    setAttribute(this.node, "data-column", view.column);
    setAttribute(this.node, "aria-label", say("ticket.order", { number: view.number }));
    const isTappable = view.column === "SENT" && !view.isVoid;
    const digits = isPicking ? digitsOf(view.rows) : new Map();
    this.rows.update(
      rowsOfPart(view.rows, piece).map((row) => ({
        row,
        isTappable,
        isMarked: marks.has(row.key),
        digit: digits.get(row.key) ?? "",
        orderNumber: view.number,
      })),
    );
    this.paintStrip(view, piece);
  }

  paintStrip(view, piece) {
    setAttribute(this.strip, "hidden", piece.part === piece.parts);
    this.strip.replaceChildren(h("span", {}, stripWords(view.rows, piece)), icon("right"));
    setAttribute(this.node, "data-torn", piece.part < piece.parts);
    setAttribute(this.node, "data-continued", piece.part > 1);
  }
}

/** A part that begins inside a dish begins with its name; one without a dish ends with that of the nearest. @param {import("../../state/ticket/ticket-rows.js").Row[]} rows */
export function rowsOfPart(rows, { from, to }) {
  const own = rows.slice(from, to);
  const [first] = own;
  if (first?.kind === "more") return [nameRow(first), ...own];
  if (own.length === rows.length || own.some(isOfDish)) return own;
  const nearest = rows.slice(to).find(isOfDish) ?? rows.slice(0, from).reverse().find(isOfDish);
  return nearest ? [...own, nameRow(nearest)] : own;
}

const isOfDish = (row) => row.kind === "item" || row.kind === "more";

function nameRow(row) {
  return { kind: "ref", key: `ref-${row.itemId}`, ref: row.ref ?? refOf(row), itemId: row.itemId };
}

/** "2 more, next lane". @param {import("../../state/ticket/ticket-rows.js").Row[]} rows */
export function stripWords(rows, { to, goesOn, nextKey }) {
  const rest = rows.slice(to);
  const dishes = new Set(rest.filter(isOfDish).map((row) => row.itemId)).size;
  const what = dishes > 0 ? say("strip.more", { count: dishes }) : say("strip.rest");
  return goesOn ? say(`strip.${goesOn}`, { what, key: nextKey }) : what;
}
