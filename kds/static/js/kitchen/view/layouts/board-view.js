/** The part of the screen where tickets stand, in one of its layouts. It knows no server. */

import { h, setAttribute } from "../../../common/dom/dom.js";
import { modeOf } from "../../state/layouts/board-shape.js";
import { GridView } from "./grid-view.js";
import { expoLanes, sentLanes } from "./lanes-view.js";
import { ListView } from "./list-view.js";

/** @typedef {"lanes" | "grid" | "expo"} Layout */

const MAKE = {
  lanes: (act) => sentLanes(act),
  grid: (act) => new GridView(act),
  expo: (act) => expoLanes(act),
  list: (act) => new ListView(act, { isExpo: false }),
  "expo-list": (act) => new ListView(act, { isExpo: true }),
};
/** A tap so soon after the tickets moved was meant for what stood there before. */
const SHIFT_MS = 300;
const EDGE_TOP = 8;

/**
 * @typedef {import("../ticket/ticket.js").TicketActions & {
 *   onRecall: (orderId: string) => void, onPage: (step: number) => void, onPassPage: () => void, onEarlier: () => void, onResize: () => void
 * }} BoardActions
 * @typedef {{
 *   columns: ReturnType<typeof import("../../state/board/columns.js").arrange>,
 *   counts: ReturnType<typeof import("../../state/board/columns.js").countsOf>,
 *   branch: any, now: number, page: number, passPage: number, tab: string, selected: string | null, unfolded: string | null, isPicking: boolean,
 *   waiting: Map<string, number>, pressed: Set<string>, fresh: Set<string>, emptyWords: string, scope: string, isAll: boolean,
 *   sizes: import("../../state/layouts/density.js").Sizes, room: {widthPx: number, heightPx: number}
 * }} BoardModel  `waiting`: presses without an answer, by order; `pressed`: orders with a press of this screen that is under way;
 *   `scope`: whose tickets, for all that depends on it; `isAll`: those of all stations; `unfolded`: shows its done dishes
 * @typedef {{
 *   lanes: string[][], digits: (string | null)[], pageCount: number, page: number, passPage: number, passPageCount: number, more: number,
 *   whereIs: Map<string, {page?: number, passPage?: number, tab?: string}>, visible: Set<string>, places: Map<string, string>, rowTops: import("./ticket-shelf.js").RowTops, isSettling: boolean
 * }} OnScreen  `digits`: the order behind each key; `more`: tickets that begin on a later page; `whereIs`: what shows each order;
 *   `visible`: the orders that are seen;
 *   `places`: where each part stands; `rowTops`: where each row stands in its ticket; `isSettling`: an empty place closes by itself soon
 */
export class BoardView {
  /** @param {BoardActions} act */
  constructor(act) {
    this.act = guarded(act, (of) => this.isShifting(of));
    this.layout = null;
    this.views = {};
    this.size = { widthPx: 0, heightPx: 0 };
    this.places = { scene: "", byId: new Map() };
    this.shiftedAt = -Infinity;
    this.rowTops = new Map();
    this.rowsShifted = new Map();
    this.node = h("main", { class: "board", id: "board" });
    this.observer = new ResizeObserver(() => this.resized());
  }

  start() {
    this.observer.observe(this.node);
    this.resized();
  }

  stop() {
    this.observer.disconnect();
  }

  resized() {
    const { width, height } = this.node.getBoundingClientRect();
    if (width === this.size.widthPx && height === this.size.heightPx) return;
    this.size = { widthPx: width, heightPx: height };
    this.forget();
  }

  /** Everything has another size, and the board with it. */
  resize() {
    this.size = { widthPx: 0, heightPx: 0 };
    this.resized();
  }

  /** Everything is measured anew. */
  forget() {
    for (const view of Object.values(this.views)) view.forget();
    this.act.onResize();
  }

  /** The tickets have just moved by themselves, or this dish has within its own. */
  isShifting([orderId, itemId]) {
    const rowShiftedAt = this.rowsShifted.get(dishOf(orderId, itemId)) ?? -Infinity;
    return performance.now() - Math.max(this.shiftedAt, rowShiftedAt) < SHIFT_MS;
  }

  /** @param {Layout} layout @param {Omit<BoardModel, "room">} model @returns {OnScreen} */
  update(layout, model) {
    const { edge, unit } = model.sizes;
    const mode = modeOf({ widthPx: innerWidth, heightPx: innerHeight }, unit);
    const name = mode === "lanes" ? layout : layout === "expo" ? "expo-list" : "list";
    if (name !== this.layout) {
      this.layout = name;
      this.views[name] ??= MAKE[name](this.act);
      this.node.replaceChildren(this.views[name].node);
      setAttribute(this.node, "data-layout", name);
    }
    const { widthPx, heightPx } = this.size;
    const room = { widthPx: widthPx - 2 * edge, heightPx: heightPx - 2 * EDGE_TOP * unit };
    const onScreen = this.views[name].update({ ...model, room });
    this.watchShift(onScreen, `${name}/${model.scope}/${onScreen.page}/${onScreen.passPage}/${model.tab}`);
    // the last page has gone, and nobody turned to this one
    if (onScreen.page !== model.page || onScreen.passPage !== model.passPage) this.shiftedAt = performance.now();
    this.watchRows(onScreen.rowTops);
    return onScreen;
  }

  watchShift({ places }, scene) {
    const { scene: sceneBefore, byId } = this.places;
    const hasMoved = [...places].some(([id, place]) => byId.has(id) && byId.get(id) !== place);
    // who turned the page or chose a station knows that something else stands there
    if (hasMoved && scene === sceneBefore) this.shiftedAt = performance.now();
    this.places = { scene, byId: places };
  }

  /** What stands above a dish in its ticket came, went or grew: only that dish and those under it have moved. */
  watchRows(tops) {
    const now = performance.now();
    for (const [dish, shiftedAt] of this.rowsShifted) if (now - shiftedAt >= SHIFT_MS) this.rowsShifted.delete(dish);
    for (const [id, { orderId, itemId, topPx }] of tops) {
      const before = this.rowTops.get(id);
      if (before && Math.abs(before.topPx - topPx) > 1) this.rowsShifted.set(dishOf(orderId, itemId), now);
    }
    this.rowTops = tops;
  }
}

const dishOf = (orderId, itemId) => `${orderId} ${itemId}`;

/** What a finger does to a ticket, unless that has just moved away under it. */
function guarded(act, isShifting) {
  const still = (run) => (...of) => {
    if (!isShifting(of)) run(...of);
  };
  const { onBump, onSelect, onItem, onSeen, onUnfold, onStation, onRecall } = act;
  const touched = { onBump, onSelect, onItem, onSeen, onUnfold, onStation, onRecall };
  return { ...act, ...Object.fromEntries(Object.entries(touched).map(([name, run]) => [name, still(run)])) };
}
