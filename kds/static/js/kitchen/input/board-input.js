/**
 * What a press means here and now: which ticket is selected, which page is seen, and so what Enter, a digit or
 * `R` does. It knows what is on the screen, and leaves the doing to Bumps.
 */

import { expoWords, actionWords } from "../state/action-words.js";
import { inBranchOrder } from "../state/stations.js";
import { canBeShown } from "../state/ticket-view.js";
import { DIGITS, digitsOf } from "./keys.js";
import { neighbour } from "./selection.js";

/** What needs a ticket: with none selected, the next one that is pressed is meant. */
const AIMS = {
  hold: {
    word: "Hold",
    fits: (view) => !view.isVoid && view.column === "SENT",
    hit: (bumps, view) => bumps.hold(view, !view.isHeld),
  },
  rush: {
    word: "Rush",
    fits: (view) => !view.isVoid && view.column !== "COMPLETED",
    hit: (bumps, view) => bumps.rush(view),
  },
};

const NO_COLUMNS = { sent: [], ready: [], completed: [] };
const NOTHING = { lanes: [], digits: [], pageCount: 1, page: 0, more: 0 };

export class BoardInput {
  /** @param {{bumps: import("./bumps.js").Bumps, onChange: () => void}} wiring */
  constructor({ bumps, onChange }) {
    this.bumps = bumps;
    this.onChange = onChange;
    this.page = 0;
    this.tab = "SENT";
    this.selected = null;
    this.isPicking = false;
    /** @type {keyof typeof AIMS | null} */
    this.aim = null;
    this.isExpo = false;
    this.stationOrder = [];
    this.columns = NO_COLUMNS;
    this.onScreen = NOTHING;
  }

  /** What was just painted. What is selected may have gone, or moved to another page: nothing unseen is ever bumped. */
  painted(columns, onScreen, { isExpo, stations }) {
    this.columns = Object.fromEntries(Object.entries(columns).map(([name, views]) => [name, views.filter(canBeShown)]));
    this.onScreen = this.whatIsSeenOf(onScreen);
    this.page = onScreen.page;
    this.isExpo = isExpo;
    this.stationOrder = stations ?? [];
    if (this.selected === null || this.onScreen.lanes.flat().includes(this.selected)) return;
    this.selected = null;
    this.isPicking = false;
  }

  /** The screen could not be painted: nobody knows what they would press. */
  blind() {
    this.columns = NO_COLUMNS;
    this.onScreen = { ...NOTHING, page: this.page };
    this.selected = null;
    this.isPicking = false;
    this.aim = null;
  }

  /** A ticket that cannot be shown keeps its place, and its digit means nothing. */
  whatIsSeenOf(onScreen) {
    const isSeen = (key) => this.viewOf(key) !== null;
    const lanes = onScreen.lanes.map((lane) => lane.filter(isSeen));
    return { ...onScreen, lanes, digits: onScreen.digits.map((key) => (isSeen(key) ? key : null)) };
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
    const canAim = (aim) => (view ? AIMS[aim].fits(view) : first !== null);
    const main = view && (this.isExpo ? expoWords(view) : actionWords(view));
    return {
      mainWord: this.aim ? this.aimWords(view) : (main ?? (first ? `Select ${first.number}` : "")),
      aim: this.aim,
      canPick: isLive && view.column === "SENT",
      isPicking: this.isPicking,
      picks: this.isExpo ? "Stations" : "Items",
      canHold: canAim("hold"),
      isHeld: isLive && view.isHeld,
      canRush: canAim("rush"),
      isRush: isLive && view.isRush,
      page: this.page,
      pageCount: this.onScreen.pageCount,
      more: this.onScreen.more,
      undoWord: undo ? `Undo ${undo.number}, ${undo.leftS} s` : recallable ? `Recall ${recallable.number}` : "",
      isUndo: undo !== null,
    };
  }

  aimWords(view) {
    return view ? `${AIMS[this.aim].word} ${view.number}` : "";
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

  /** A ticket was pointed at. */
  pick(orderId) {
    if (!this.hits(orderId)) this.select(orderId);
  }

  select(orderId) {
    if (this.selected !== orderId) this.isPicking = false;
    this.selected = orderId;
    this.onChange();
  }

  tapped(orderId, at) {
    if (this.bumps.isSecondOfDoubleTap(at) || this.hits(orderId)) return;
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
    if (this.aim) this.hits(this.selected);
    else if (this.selected === null) this.select(this.firstOnScreen());
    else if (this.viewOf(this.selected)?.column === "COMPLETED") this.recall(this.selected);
    else this.bump(this.selected);
  }

  hold() {
    this.takeAim("hold");
  }

  rush() {
    this.takeAim("rush");
  }

  /** @param {keyof typeof AIMS} aim  pressed again, it is put down */
  takeAim(aim) {
    const isPutDown = this.aim === aim;
    this.aim = isPutDown ? null : aim;
    if (!isPutDown && this.selected !== null) this.hits(this.selected);
    this.onChange();
  }

  /** Does what was aimed to this ticket; false when nothing was. */
  hits(orderId) {
    const view = this.viewOf(orderId);
    if (this.aim === null || view === null) return false;
    const { fits, hit } = AIMS[this.aim];
    this.aim = null;
    if (fits(view)) hit(this.bumps, view);
    this.onChange();
    return true;
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
    if (this.hits(orderId)) return;
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
      this.pickInside(view, index);
      return;
    }
    const orderId = index < DIGITS.length ? this.onScreen.digits[index] : null;
    if (orderId) this.pick(orderId);
  }

  /** A digit inside the selected ticket: a dish, or on expo a station. */
  pickInside(view, index) {
    if (this.isExpo) {
      const share = inBranchOrder(view.stations, this.stationOrder)[index];
      if (share && !share.isReady) this.bumps.bumpStation(view, share);
      return;
    }
    const itemId = [...digitsOf(view.rows).keys()][index];
    if (itemId) this.toggleItem(view.orderId, itemId);
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
    this.aim = null;
    this.select(null);
  }

  leave() {
    this.aim = null;
    if (this.isPicking) this.pickItems();
    else this.select(null);
  }
}
