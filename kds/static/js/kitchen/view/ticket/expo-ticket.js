/** A whole order on expo: its head, a box for each station, its dishes, and Serve when all is done. */

import { KeyedList, h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say, sayParts } from "../../../common/text/words.js";
import { DIGITS } from "../../input/keys.js";
import { expoWords } from "../../state/ticket/action-words.js";
import { inBranchOrder } from "../../state/orders/stations.js";
import { selectable } from "./selectable.js";
import { TicketHead } from "./ticket-head.js";
import { TicketRow } from "./ticket-row.js";
import { rowsOfPart, stripWords } from "./ticket.js";

export class ExpoTicket {
  /** @param {import("./ticket.js").TicketActions} act */
  constructor(act) {
    this.act = act;
    this.view = null;
    this.head = new TicketHead((at) => act.onBump(this.view.orderId, at));
    this.stationBox = h("div", { class: "station-boxes" });
    this.stations = new KeyedList(
      this.stationBox,
      ({ name }) => name,
      ({ name }) => new StationBox(() => act.onStation(this.view.orderId, name)),
    );
    this.list = h("ul", { class: "rows" });
    this.rows = new KeyedList(
      this.list,
      ({ row }) => row.key,
      ({ row }) =>
        new TicketRow({ onTap() {}, onUnfold() {}, onSeen: () => act.onSeen(this.view.orderId, row.itemId ?? null) }),
    );
    this.serveWord = h("span", { class: "serve-word" });
    this.serve = h(
      "button",
      { type: "button", class: "serve", onclick: () => act.onBump(this.view.orderId, { x: 0, y: 0 }) },
      icon("right"),
      this.serveWord,
    );
    this.strip = h("div", { class: "strip" });
    const [header, ...below] = this.head.nodes;
    const body = h("div", { class: "body" }, ...below, this.stationBox, this.list, this.serve);
    this.node = h("article", { class: "ticket expo-ticket" }, header, body, this.strip);
    selectable(this.node, () => act.onSelect(this.view.orderId));
  }

  /** @param {import("./ticket-head.js").TicketModel & {stationOrder?: string[]}} model */
  update(model) {
    const { view, piece } = model;
    const isRepaint =
      view !== this.view || piece.from !== this.piece.from || piece.to !== this.piece.to || piece.goesOn !== this.piece.goesOn;
    this.view = view;
    this.piece = piece;
    if (isRepaint) this.paintBody(view, piece);
    this.paintStations(model);
    const isDone = model.band === "ready";
    setAttribute(this.node, "data-band", model.band);
    setAttribute(this.node, "data-selected", model.isSelected);
    setAttribute(this.node, "data-new", model.isNew);
    this.head.update(isDone ? { ...model, band: "done" } : model, expoWords(view));
  }

  paintStations({ view, piece, isPicking, stationOrder = [] }) {
    const isShown = piece.part === 1 && !view.isVoid && view.stations.length > 0;
    setAttribute(this.stationBox, "hidden", !isShown);
    const shares = isShown ? inBranchOrder(view.stations, stationOrder) : [];
    this.stations.update(shares.map((share, index) => ({ ...share, digit: isPicking ? (DIGITS[index] ?? "") : "" })));
  }

  paintBody(view, piece) {
    const isLast = piece.part === piece.parts;
    setAttribute(this.node, "data-order-id", view.orderId);
    setAttribute(this.node, "data-number", view.number);
    setAttribute(this.node, "data-column", view.column);
    setAttribute(this.node, "data-continued", piece.part > 1);
    setAttribute(this.node, "data-torn", !isLast);
    setAttribute(this.node, "aria-label", say("ticket.order", { number: view.number }));
    const isReady = view.column === "READY";
    this.rows.update(
      rowsOfPart(view.rows, piece).map((row) => ({
        row: isReady && (row.kind === "item" || row.kind === "more") ? { ...row, isDone: true } : row,
        isTappable: false,
        isMarked: false,
        digit: "",
        orderNumber: view.number,
      })),
    );
    setAttribute(this.serve, "hidden", !isReady || !isLast);
    setText(this.serveWord, expoWords(view));
    setAttribute(this.strip, "hidden", isLast);
    this.strip.replaceChildren(h("span", {}, stripWords(view.rows, piece)), icon("right"));
  }
}

/** A station's part: dishes done of dishes, green with a tick when it is ready, VOID without a live one; a tap bumps it. */
class StationBox {
  constructor(onBump) {
    this.name = h("strong", { class: "station-name", dir: "auto" });
    this.state = h("span", { class: "station-state" });
    this.node = h("button", { type: "button", class: "station-box", onclick: onBump }, this.name, this.state);
    this.painted = "";
  }

  update({ name, done, total, isReady, isToCook, digit }) {
    const isVoid = !isReady && total === 0;
    const words = isReady ? say("ticket.stationDone") : isVoid ? say("ticket.void") : say("ticket.stationPart", { done, total });
    if (this.painted === words + digit) return;
    this.painted = words + digit;
    setText(this.name, name);
    setAttribute(this.node, "data-ready", isReady);
    setAttribute(this.node, "aria-label", sayParts([name, words]));
    this.node.disabled = !isToCook;
    const key = digit && isToCook ? h("kbd", { class: "keycap" }, digit) : null;
    const state = isReady ? icon("check") : isVoid ? say("ticket.void") : h("bdi", { dir: "ltr" }, `${done}/${total}`);
    this.state.replaceChildren(key ?? state);
  }
}
