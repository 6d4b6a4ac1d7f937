/**
 * What a press means here and now: what Enter, a digit, `R` or a finger does. It asks Painted what is on the screen, Cursor
 * where somebody stands, and leaves the doing to Bumps.
 */

import { inBranchOrder } from "../state/orders/stations.js";
import { Aim } from "./aim.js";
import { barWords, canPickInside } from "./bar-words.js";
import { Cursor } from "./cursor.js";
import { DIGITS, digitsOf } from "./keys.js";
import { Painted } from "./painted.js";

export class BoardInput {
  /** @param {{bumps: import("./bumps.js").Bumps, onChange: () => void}} wiring */
  constructor({ bumps, onChange }) {
    this.bumps = bumps;
    this.onChange = onChange;
    this.painted = new Painted();
    this.cursor = new Cursor(this.painted);
    this.aim = new Aim(bumps);
  }

  /** What was just painted. */
  hasPainted(columns, onScreen, scope) {
    this.painted.know(columns, onScreen, scope);
    this.cursor.followPainted();
  }

  /** The screen could not be painted: nobody knows what they would press. */
  blind() {
    this.painted.forget(this.cursor.page);
    this.cursor.select(null);
    this.aim.drop();
  }

  words() {
    return barWords({ cursor: this.cursor, painted: this.painted, aim: this.aim, undo: this.bumps.undoable() });
  }

  /** A ticket was pointed at. */
  pick(orderId) {
    if (!this.hits(orderId)) this.select(orderId);
  }

  select(orderId) {
    this.cursor.select(orderId);
    this.onChange();
  }

  tapped(orderId, at) {
    if (this.bumps.isSecondOfDoubleTap(at) || this.hits(orderId)) return;
    this.bump(orderId);
  }

  bump(orderId) {
    const view = this.painted.viewOf(orderId);
    if (!view) return;
    if (this.cursor.selected === orderId) this.select(null);
    this.bumps.bump(view);
  }

  bumpStation(orderId, name) {
    const view = this.painted.viewOf(orderId);
    const share = view?.stations.find((station) => station.name === name);
    if (share?.isToCook) this.bumps.bumpStation(view, share);
  }

  recall(orderId) {
    const view = this.painted.viewOf(orderId);
    if (view) this.bumps.recall(view);
  }

  bringBack() {
    const view = this.painted.recallable(this.cursor.selected);
    if (view) this.bumps.recall(view);
  }

  undo() {
    this.bumps.undo();
  }

  mainAction() {
    const { selected, view } = this.cursor;
    if (this.aim.name) this.hits(selected);
    else if (selected === null) this.select(this.painted.first);
    else if (view?.column === "COMPLETED") this.recall(selected);
    else this.bump(selected);
  }

  hold() {
    this.takeAim("hold");
  }

  rush() {
    this.takeAim("rush");
  }

  /** @param {import("./aim.js").AimName} name */
  takeAim(name) {
    const { selected } = this.cursor;
    if (this.aim.take(name) && selected !== null) this.hits(selected);
    this.onChange();
  }

  /** Does what was aimed to this ticket; false when nothing was. */
  hits(orderId) {
    const hasHit = this.aim.hit(this.painted.viewOf(orderId));
    if (hasHit) this.onChange();
    return hasHit;
  }

  seen(orderId, itemId) {
    const view = this.painted.viewOf(orderId);
    if (view) this.bumps.seen(view, itemId);
  }

  /**
   * `V`: leads to the next void or change that is not on the screen. Else one at a time is seen, as by a finger: of the selected
   * ticket, or of the first that shows one.
   */
  seeNext() {
    const voided = this.painted.voided();
    const selected = voided.find((view) => view.key === this.cursor.selected);
    const [hidden] = this.painted.hiddenVoids();
    if (selected) this.seeFirst(selected);
    else if (hidden) this.goTo(hidden.key);
    else if (voided.length > 0) this.seeFirst(voided[0]);
  }

  seeFirst(view) {
    this.bumps.seen(view, view.isVoid ? null : [...view.voids, ...view.changes][0]);
  }

  /** The red count: always to the next one that is not seen. */
  goToVoid() {
    const [hidden] = this.painted.hiddenVoids();
    if (hidden) this.goTo(hidden.key);
  }

  toggleItem(orderId, itemId) {
    if (this.hits(orderId)) return;
    const row = this.painted.viewOf(orderId)?.rows.find((each) => each.kind === "item" && each.itemId === itemId);
    if (row?.change) this.seen(orderId, itemId);
    else if (row) this.bumps.markItem(orderId, row);
  }

  pickItems() {
    this.cursor.isPicking = !this.cursor.isPicking && canPickInside(this.cursor.view);
    this.onChange();
  }

  chooseDigit(index) {
    const { view, isPicking } = this.cursor;
    if (isPicking && view) {
      this.pickInside(view, index);
      return;
    }
    const orderId = index < DIGITS.length ? this.painted.onScreen.digits[index] : null;
    if (orderId) this.pick(orderId);
  }

  /** A digit inside the selected ticket: a dish, or on expo a station. */
  pickInside(view, index) {
    if (this.painted.isExpo) {
      const share = inBranchOrder(view.stations, this.painted.stationOrder)[index];
      if (share?.isToCook) this.bumps.bumpStation(view, share);
      return;
    }
    const itemId = [...digitsOf(view.rows).keys()][index];
    if (itemId) this.toggleItem(view.orderId, itemId);
  }

  /** Shows the done dishes of a ticket, or folds them again. */
  unfold(orderId) {
    this.cursor.unfold(orderId);
    this.onChange();
  }

  move(direction) {
    this.cursor.move(direction);
    this.onChange();
  }

  turnPage(step) {
    this.leaveFor(() => this.cursor.turnPage(step));
  }

  get hasPassPages() {
    return this.painted.onScreen.passPageCount > 1;
  }

  turnPass() {
    this.leaveFor(() => this.cursor.turnPass());
  }

  /** To the first page, where the oldest orders stand. */
  goHome() {
    if (!this.cursor.isHome) this.leaveFor(() => this.cursor.goHome());
  }

  chooseTab(tab) {
    this.leaveFor(() => this.cursor.chooseTab(tab));
  }

  goTo(key) {
    this.leaveFor(() => this.cursor.goTo(key));
  }

  lookAt(page) {
    this.leaveFor(() => this.cursor.lookAt(page));
  }

  /** What was aimed was meant for what is left behind. */
  leaveFor(go) {
    this.aim.drop();
    go();
    this.onChange();
  }

  leave() {
    this.aim.drop();
    if (this.cursor.isPicking) this.pickItems();
    else this.select(null);
  }
}
