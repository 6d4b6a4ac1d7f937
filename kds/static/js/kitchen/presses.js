/**
 * What a press means here and now: which ticket is selected, which page is seen, and so what Enter, a digit or
 * `R` does. It knows what is on the screen, and leaves the doing to Bumps.
 */

import { DIGITS } from "../board/keys.js";
import { neighbour } from "../board/selection.js";
import { expoWords, pressWords } from "./press-words.js";
import { digitsOf } from "./ticket.js";

const NOTHING = { lanes: [], digits: [], pageCount: 1, page: 0, more: 0 };

export class Presses {
  /** @param {{bumps: import("./bumps.js").Bumps, onChange: () => void}} wiring */
  constructor({ bumps, onChange }) {
    this.bumps = bumps;
    this.onChange = onChange;
    this.page = 0;
    this.tab = "SENT";
    this.selected = null;
    this.isPicking = false;
    this.isExpo = false;
    this.columns = { sent: [], ready: [], completed: [] };
    this.onScreen = NOTHING;
  }

  /** What was just painted. What is selected may have gone, or moved to another page: nothing unseen is ever bumped. */
  painted(columns, onScreen, isExpo) {
    this.columns = columns;
    this.onScreen = onScreen;
    this.page = onScreen.page;
    this.isExpo = isExpo;
    if (this.selected === null || onScreen.lanes.flat().includes(this.selected)) return;
    this.selected = null;
    this.isPicking = false;
  }

  viewOf(orderId) {
    if (!orderId) return null;
    const { sent, ready, completed } = this.columns;
    return [...sent, ...ready, ...completed].find((view) => view.key === orderId) ?? null;
  }

  /** What the bottom bar says. */
  words() {
    const view = this.viewOf(this.selected);
    const first = this.viewOf(this.firstOnScreen());
    const undo = this.bumps.undoable();
    const recallable = this.recallable();
    const isLive = view !== null && !view.isVoid;
    const main = view && (this.isExpo ? expoWords(view) : pressWords(view));
    return {
      mainWord: main ?? (first ? `Select ${first.number}` : ""),
      canPick: isLive && view.column === "SENT" && !this.isExpo,
      isPicking: this.isPicking,
      canHold: isLive && view.column === "SENT",
      isHeld: isLive && view.isHeld,
      canRush: isLive && view.column !== "COMPLETED",
      isRush: isLive && view.isRush,
      page: this.page,
      pageCount: this.onScreen.pageCount,
      more: this.onScreen.more,
      undoWord: undo ? `Undo ${undo.number}, ${undo.leftS} s` : recallable ? `Recall ${recallable.number}` : "",
      isUndo: undo !== null,
    };
  }

  firstOnScreen() {
    return this.onScreen.digits.find(Boolean) ?? null;
  }

  /** What `R` brings back when nothing can be undone: the selected one, or else the last completed. */
  recallable() {
    const view = this.viewOf(this.selected);
    if (view && !view.isVoid && view.column !== "SENT") return view;
    return this.columns.completed[0] ?? null;
  }

  /** The void that `V` takes off: of the selected ticket, or else the first on the screen. */
  voidOnScreen() {
    const shown = new Set(this.onScreen.lanes.flat());
    const views = [...this.columns.sent, ...this.columns.ready].filter((view) => shown.has(view.key));
    const isToSee = (view) => view.isVoid || view.voids.length > 0;
    return views.find((view) => view.key === this.selected && isToSee(view)) ?? views.find(isToSee) ?? null;
  }

  select(orderId) {
    if (this.selected !== orderId) this.isPicking = false;
    this.selected = orderId;
    this.onChange();
  }

  tapped(orderId, at) {
    if (this.bumps.isSecondOfDoubleTap(at)) return;
    this.bump(orderId);
  }

  bump(orderId) {
    const view = this.viewOf(orderId);
    if (!view) return;
    if (this.selected === orderId) this.select(null);
    this.bumps.bump(view);
  }

  bumpStation(orderId, name) {
    const view = this.viewOf(orderId);
    const share = view?.stations.find((station) => station.name === name);
    if (share) this.bumps.bumpStation(view, share);
  }

  recall(orderId) {
    const view = this.viewOf(orderId);
    if (view) this.bumps.recall(view);
  }

  undo() {
    if (this.bumps.undoable()) this.bumps.undo();
    else if (this.recallable()) this.bumps.recall(this.recallable());
  }

  mainAction() {
    if (this.selected === null) this.select(this.firstOnScreen());
    else if (this.viewOf(this.selected)?.column === "COMPLETED") this.recall(this.selected);
    else this.bump(this.selected);
  }

  hold() {
    const view = this.viewOf(this.selected);
    if (this.words().canHold) this.bumps.hold(view, !view.isHeld);
  }

  rush() {
    if (this.words().canRush) this.bumps.rush(this.viewOf(this.selected));
  }

  seen(orderId, itemId) {
    const view = this.viewOf(orderId);
    if (view) this.bumps.seen(view, itemId);
  }

  /** One void at a time, as a finger would: the first dish of the ticket, or the whole ticket. */
  seeNext() {
    const view = this.voidOnScreen();
    if (view) this.bumps.seen(view, view.isVoid ? null : view.voids[0]);
  }

  toggleItem(orderId, itemId) {
    const row = this.viewOf(orderId)?.rows.find((each) => each.kind === "item" && each.itemId === itemId);
    if (row) this.bumps.markItem(orderId, row);
  }

  pickItems() {
    this.isPicking = !this.isPicking && this.words().canPick;
    this.onChange();
  }

  chooseDigit(index) {
    const view = this.viewOf(this.selected);
    if (this.isPicking && view) {
      const [key] = [...digitsOf(view.rows).keys()].slice(index, index + 1);
      if (key) this.toggleItem(view.orderId, key);
      return;
    }
    const orderId = index < DIGITS.length ? this.onScreen.digits[index] : null;
    if (orderId) this.select(orderId);
  }

  move(direction) {
    this.select(neighbour(this.onScreen.lanes, this.selected, direction));
  }

  turnPage(step) {
    this.lookAt(Math.max(0, Math.min(this.onScreen.pageCount - 1, this.page + step)));
  }

  chooseTab(tab) {
    this.tab = tab;
    this.lookAt(0);
  }

  /** Another view has nothing selected, or Enter would bump a ticket that nobody sees. */
  lookAt(page) {
    this.page = page;
    this.select(null);
  }

  leave() {
    if (this.isPicking) this.pickItems();
    else this.select(null);
  }
}
