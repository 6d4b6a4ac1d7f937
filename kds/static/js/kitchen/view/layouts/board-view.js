/** The part of the screen where tickets stand, in one of three layouts. It knows no server. */

import { h, setAttribute } from "../../../common/dom.js";
import { geometry } from "../../state/layout.js";
import { ColumnsView } from "./columns-view.js";
import { ExpoView } from "./expo-view.js";
import { GridView } from "./grid-view.js";

/** @typedef {"columns" | "grid" | "expo"} Layout */

const MAKE = {
  columns: (act) => new ColumnsView(act),
  grid: (act) => new GridView(act),
  expo: (act) => new ExpoView(act),
};

/**
 * @typedef {{
 *   columns: ReturnType<typeof import("../../state/columns.js").arrange>,
 *   counts: ReturnType<typeof import("../../state/columns.js").countsOf>,
 *   branch: any, now: number, page: number, tab: string, selected: string | null, isPicking: boolean,
 *   waiting: Map<string, number>, fresh: Set<string>, emptyWords: string, zoom: number, scope: string
 * }} BoardModel  `waiting`: presses without an answer, by order; `scope`: whose tickets, for all that depends on it
 * @typedef {{lanes: string[][], digits: string[], pageCount: number, page: number, more: number}} OnScreen
 *   `digits`: the order behind each key; `more`: tickets that begin on a later page
 */
export class BoardView {
  /** @param {import("../ticket/ticket.js").TicketActions & {onRecall: (orderId: string) => void, onPage: (step: number) => void, onEarlier: () => void, onResize: () => void}} act */
  constructor(act) {
    this.act = act;
    this.layout = null;
    this.views = {};
    this.node = h("main", { class: "board", id: "board" });
    this.observer = new ResizeObserver(() => this.resized());
    this.node.addEventListener("pointerdown", () => this.touch());
  }

  start() {
    this.observer.observe(this.node);
  }

  stop() {
    this.observer.disconnect();
  }

  /** A cook is at it. */
  touch() {
    this.views[this.layout]?.touch();
  }

  resized() {
    const { mode } = geometry(this.node.clientWidth);
    setAttribute(this.node, "data-mode", mode);
    setAttribute(document.documentElement, "data-board", mode);
    this.forget();
  }

  /** Sizes have changed: everything is measured anew. */
  forget() {
    for (const view of Object.values(this.views)) view.forget();
    this.act.onResize();
  }

  /** @param {Layout} layout @param {BoardModel} model @returns {OnScreen} */
  update(layout, model) {
    if (layout !== this.layout) {
      this.layout = layout;
      this.views[layout] ??= MAKE[layout](this.act);
      this.node.replaceChildren(this.views[layout].node);
      setAttribute(this.node, "data-layout", layout);
    }
    return this.views[layout].update(model);
  }
}
