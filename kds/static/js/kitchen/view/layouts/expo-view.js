/** Expo: whole orders, oldest first, a box for each station; green when all are done, and then served. */

import { KeyedList, h, setText } from "../../../common/dom.js";
import { byTime } from "../../../common/moments.js";
import { DIGITS } from "../../input/keys.js";
import { byNumber } from "../../state/columns.js";
import { paginate } from "../../state/layout.js";
import { ExpoTicket } from "../ticket/expo-ticket.js";
import { TicketMeasure } from "../ticket/measure.js";
import { GuardedTicket } from "../ticket/unshown-ticket.js";
import { ticketModel } from "./ticket-models.js";

const LANE_PX = 296;
const GAP_PX = 10;
const EDGE_PX = 12;
const TEAR_PX = 46;

export class ExpoView {
  /** @param {import("../ticket/ticket.js").TicketActions} act */
  constructor(act) {
    this.act = act;
    this.measure = new TicketMeasure((silent) => new ExpoTicket(silent));
    this.lanes = h("div", { class: "lanes expo-lanes" });
    this.laneLists = [];
    this.empty = h("p", { class: "board-empty" });
    this.node = h("div", { class: "layout layout-expo" }, this.lanes, this.empty, this.measure.node);
  }

  touch() {}

  forget() {
    this.measure.forget();
  }

  /** @param {import("./board-view.js").BoardModel} model */
  update(model) {
    const { count, lanePx } = lanesIn(this.node.clientWidth, model.zoom);
    const views = inOrder(model.columns);
    const wanted = views.map((view) => ({ view, widthPx: lanePx, waiting: model.waiting.get(view.key) ?? 0 }));
    const blocks = this.measure.blocks(wanted);
    this.measure.keepOnly(new Set(views.map((view) => view.key)));
    const pages = paginate(blocks, { lanes: count, heightPx: this.lanes.clientHeight, morePx: 0, tearPx: TEAR_PX });
    const page = Math.min(model.page, pages.length - 1);
    const { lanes, more } = pages[page];
    const digits = [...new Set(lanes.flat().map((piece) => piece.key))];
    const byKey = new Map(views.map((view) => [view.key, view]));
    this.paint(lanes, lanePx, (piece) =>
      this.modelOf(piece, byKey.get(piece.key), DIGITS[digits.indexOf(piece.key)] ?? "", model),
    );
    setText(this.empty, views.length === 0 ? model.emptyWords : "");
    return {
      lanes: lanes.map((lane) => [...new Set(lane.map((piece) => piece.key))]),
      digits,
      pageCount: pages.length,
      page,
      more,
    };
  }

  modelOf(piece, view, digit, model) {
    return { ...ticketModel(piece, view, digit, model), stationOrder: model.branch?.stations };
  }

  paint(lanes, lanePx, modelOf) {
    while (this.laneLists.length < lanes.length) this.addLane();
    while (this.laneLists.length > lanes.length) this.laneLists.pop().parent.remove();
    this.lanes.style.setProperty("--lane", `${lanePx}px`);
    lanes.forEach((pieces, index) => this.laneLists[index].update(pieces.map(modelOf)));
  }

  addLane() {
    const stack = h("div", { class: "stack lane" });
    this.lanes.append(stack);
    this.laneLists.push(
      new KeyedList(
        stack,
        ({ piece }) => `${piece.key}/${piece.part}`,
        () => new GuardedTicket(() => new ExpoTicket(this.act)),
      ),
    );
  }
}

function lanesIn(widthPx, zoom) {
  const insidePx = widthPx - 2 * EDGE_PX;
  const count = Math.max(1, Math.floor((insidePx + GAP_PX) / (LANE_PX * zoom + GAP_PX)));
  return { count, lanePx: Math.floor((insidePx - (count - 1) * GAP_PX) / count) };
}

/** Rush first, then as they were placed: nothing jumps to the front when it is done. */
function inOrder({ sent, ready }) {
  return [...sent, ...ready].sort(
    (a, b) => Number(b.isRush) - Number(a.isRush) || byTime(a.placedAt, b.placedAt) || byNumber(a, b),
  );
}
