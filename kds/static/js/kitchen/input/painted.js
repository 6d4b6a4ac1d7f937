/** What stands on the screen since it was painted last, so that nothing unseen is ever pressed: tickets, places, digits, voids. */

import { canBeShown } from "../state/ticket/ticket-view.js";

/** @typedef {import("../state/ticket/ticket-view.js").TicketView} View */

const NO_COLUMNS = { sent: [], ready: [], completed: [] };
const NOTHING = { lanes: [], digits: [], pageCount: 1, page: 0, passPage: 0, passPageCount: 1, more: 0, whereIs: new Map(), visible: new Set() };

export class Painted {
  constructor() {
    this.isExpo = false;
    this.stationOrder = [];
    this.forget(0);
  }

  /** @param {number} page that was to be seen: nobody knows what is */
  forget(page) {
    this.columns = NO_COLUMNS;
    this.onScreen = { ...NOTHING, page };
  }

  know(columns, onScreen, { isExpo, stations }) {
    this.columns = Object.fromEntries(Object.entries(columns).map(([name, views]) => [name, views.filter(canBeShown)]));
    this.onScreen = this.whatIsSeenOf(onScreen);
    this.isExpo = isExpo;
    this.stationOrder = stations ?? [];
  }

  /** A ticket that cannot be shown keeps its place, and its digit means nothing. */
  whatIsSeenOf(onScreen) {
    const isSeen = (key) => this.viewOf(key) !== null;
    const lanes = onScreen.lanes.map((lane) => lane.filter(isSeen));
    return { ...onScreen, lanes, digits: onScreen.digits.map((key) => (isSeen(key) ? key : null)) };
  }

  /** @param {string | null} key @returns {View | null} */
  viewOf(key) {
    if (!key) return null;
    const { sent, ready, completed } = this.columns;
    return [...sent, ...ready, ...completed].find((view) => view.key === key) ?? null;
  }

  holds(key) {
    return this.onScreen.lanes.flat().includes(key);
  }

  get first() {
    return this.onScreen.digits.find(Boolean) ?? null;
  }

  /** What is brought back: the selected one, or else the last completed. @param {string | null} selected */
  recallable(selected) {
    const view = this.viewOf(selected);
    if (view && !view.isVoid && view.column !== "SENT") return view;
    return this.columns.completed[0] ?? null;
  }

  /** Orders with a void or a change that nobody has seen yet, on this screen's layout; those with voids first. */
  voided() {
    const isToSee = (view) => this.onScreen.whereIs.has(view.key) && (view.isVoid || view.voids.length + view.changes.length > 0);
    const found = [...this.columns.sent, ...this.columns.ready].filter(isToSee);
    const hasVoid = (view) => view.isVoid || view.voids.length > 0;
    return [...found.filter(hasVoid), ...found.filter((view) => !hasVoid(view))];
  }

  hiddenVoids() {
    return this.voided().filter((view) => !this.onScreen.visible.has(view.key));
  }

  /** How many voids and changes there are that the screen does not show just now. */
  toSeeElsewhere() {
    const hidden = this.hiddenVoids();
    return {
      voids: hidden.reduce((sum, view) => sum + (view.isVoid ? 1 : view.voids.length), 0),
      changes: hidden.reduce((sum, view) => sum + view.changes.length, 0),
    };
  }
}
