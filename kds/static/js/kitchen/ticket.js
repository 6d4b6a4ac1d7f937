/** A ticket, or one part of a torn one: the header that bumps, tags, allergy, rows. Paints only what changed. */

import { BANDS } from "../board/bands.js";
import { DIGITS } from "../board/keys.js";
import { KeyedList, h, reconcile, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { TicketRow } from "./ticket-row.js";

const TAGS = {
  RUSH: () => h("span", { class: "tag tag-rush" }, icon("rush"), "RUSH"),
  RECALLED: () => h("span", { class: "tag tag-recalled" }, icon("recall"), "RECALLED"),
  "ADD-ON": () => h("span", { class: "tag tag-addon" }, icon("plus"), "ADD-ON"),
};

/**
 * @typedef {{
 *   onBump: (orderId: string, at: {x: number, y: number}) => void,
 *   onSelect: (orderId: string) => void,
 *   onItem: (orderId: string, itemId: string) => void,
 *   onSeen: (orderId: string) => void,
 * }} TicketActions
 * @typedef {{
 *   view: import("../board/ticket-view.js").TicketView, piece: import("../board/layout.js").Piece,
 *   band: keyof typeof BANDS, ageText: string, digit: string, isSelected: boolean, isPicking: boolean,
 *   isWaiting: boolean, isNew: boolean
 * }} TicketModel  `isPicking`: the digits choose dishes; `isWaiting`: a press here has no answer yet
 */
export class Ticket {
  /** @param {TicketActions} act */
  constructor(act) {
    this.act = act;
    this.view = null;
    this.key = h("span", { class: "key", "aria-hidden": "true" });
    this.number = h("span", { class: "number" });
    this.place = h("bdi", { class: "place" });
    this.placeShort = h("span", { class: "place-short", dir: "auto" });
    this.type = h("span", { class: "type" });
    this.timer = h("span", { class: "timer" });
    this.word = h("span", { class: "word" });
    this.head = h(
      "button",
      {
        type: "button",
        class: "head",
        onclick: (event) => act.onBump(this.view.orderId, { x: event.clientX, y: event.clientY }),
      },
      this.key,
      h("span", { class: "who" }, h("span", { class: "line" }, this.number, this.place), this.placeShort, this.type),
      h("span", { class: "when" }, this.timer, this.word),
    );
    this.tags = h("div", { class: "tags" });
    this.allergy = h("div", { class: "allergy" });
    this.list = h("ul", { class: "rows" });
    this.tear = h("div", { class: "tear" });
    this.node = h("article", { class: "ticket" }, this.head, this.tags, this.allergy, this.list, this.tear);
    this.node.onclick = (event) => {
      if (!event.target.closest("button")) act.onSelect(this.view.orderId);
    };
    this.rows = new KeyedList(
      this.list,
      ({ row }) => row.key,
      ({ row }) => new TicketRow({ onTap: () => this.tapped(row) }),
    );
  }

  tapped(row) {
    if (row.kind === "seen") this.act.onSeen(this.view.orderId);
    else this.act.onItem(this.view.orderId, row.itemId);
  }

  /** @param {TicketModel} model */
  update(model) {
    const { view, piece } = model;
    const isRepaint =
      view !== this.view ||
      piece.from !== this.piece.from ||
      piece.to !== this.piece.to ||
      model.isPicking !== this.isPicking;
    this.view = view;
    this.piece = piece;
    this.isPicking = model.isPicking;
    if (isRepaint) this.paintBody(model);
    this.paintHead(model);
  }

  paintHead({ view, piece, band, ageText, digit, isSelected, isWaiting, isNew }) {
    setAttribute(this.node, "data-band", band);
    setAttribute(this.node, "data-selected", isSelected);
    setAttribute(this.node, "data-new", isNew);
    setText(this.key, digit);
    setAttribute(this.key, "hidden", !digit);
    setText(this.number, String(view.number));
    const partWords = piece.parts > 1 ? ` ${piece.part}/${piece.parts}` : "";
    setText(this.place, view.place + partWords);
    setText(this.placeShort, view.placeShort + partWords);
    setText(this.type, view.type);
    setText(this.timer, ageText);
    this.paintWord(isWaiting ? { word: "SENDING", icon: "sync" } : BANDS[band]);
    setAttribute(
      this.head,
      "aria-label",
      `${actionWords(view)}, ${view.place || view.type}, ${BANDS[band].word} ${ageText}`,
    );
  }

  paintWord({ word, icon: name }) {
    if (this.word.textContent === word) return;
    this.word.replaceChildren(...(name ? [icon(name)] : []), word);
  }

  paintBody({ view, piece, isPicking }) {
    setAttribute(this.node, "data-order-id", view.orderId);
    setAttribute(this.node, "data-number", view.number);
    setAttribute(this.node, "data-column", view.column);
    setAttribute(this.node, "aria-label", `Order ${view.number}`);
    reconcile(this.tags, piece.part === 1 ? view.tags.map((tag) => TAGS[tag]()) : []);
    setAttribute(this.tags, "hidden", piece.part > 1 || view.tags.length === 0);
    setAttribute(this.allergy, "hidden", !view.allergy);
    if (view.allergy)
      this.allergy.replaceChildren(icon("warning"), h("span", {}, "ALLERGY: ", h("bdi", {}, view.allergy)));
    const isTappable = view.column === "SENT" && !view.isVoid;
    const digits = isPicking ? digitsOf(view.rows) : new Map();
    const shown = view.rows.slice(piece.from, piece.to);
    this.rows.update(
      shown.map((row) => ({ row, isTappable, digit: digits.get(row.key) ?? "", orderNumber: view.number })),
    );
    const left = view.rows.slice(piece.to).filter((row) => row.kind === "item").length;
    setAttribute(this.tear, "hidden", piece.part === piece.parts);
    this.tear.replaceChildren(h("span", {}, left > 0 ? `${left} more, next part` : "more, next part"), icon("right"));
    setAttribute(this.node, "data-torn", piece.part < piece.parts);
    setAttribute(this.node, "data-continued", piece.part > 1);
  }
}

/** What a bump of this ticket is called: `Ready 187`, `Complete 184`, `Seen 191`. */
export function actionWords(view) {
  if (view.isVoid) return `Seen ${view.number}`;
  return { SENT: `Ready ${view.number}`, READY: `Complete ${view.number}`, COMPLETED: `Recall ${view.number}` }[
    view.column
  ];
}

/** The dishes that the digits choose, by row key. */
export function digitsOf(rows) {
  const dishes = rows.filter((row) => row.kind === "item" && !row.isVoid).slice(0, DIGITS.length);
  return new Map(dishes.map((row, index) => [row.key, DIGITS[index]]));
}
