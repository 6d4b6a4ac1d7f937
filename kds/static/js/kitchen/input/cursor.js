/** Where somebody stands on the board: the page of the tickets and that of the pass, the column of a phone, the selected ticket, and whether they choose inside it. */

import { neighbour } from "./selection.js";

export class Cursor {
  /** @param {import("./painted.js").Painted} painted */
  constructor(painted) {
    this.painted = painted;
    this.page = 0;
    this.passPage = 0;
    this.tab = "SENT";
    this.selected = null;
    this.isPicking = false;
    /** The ticket that shows its done dishes. */
    this.unfolded = null;
  }

  get view() {
    return this.painted.viewOf(this.selected);
  }

  /** @param {string | null} key */
  select(key) {
    if (this.selected !== key) this.isPicking = false;
    this.selected = key;
  }

  /** What is selected may have gone, or moved to another page: nothing unseen is ever bumped. */
  followPainted() {
    this.page = this.painted.onScreen.page;
    this.passPage = this.painted.onScreen.passPage;
    if (this.selected !== null && !this.painted.holds(this.selected)) this.select(null);
  }

  /** Another view has nothing selected, or Enter would bump a ticket that nobody sees. */
  lookAt(page) {
    this.page = page;
    this.select(null);
  }

  /** Shows and selects an order wherever it stands. */
  goTo(key) {
    Object.assign(this, this.painted.onScreen.whereIs.get(key));
    this.select(key);
  }

  turnPage(step) {
    this.lookAt(Math.max(0, Math.min(this.painted.onScreen.pageCount - 1, this.page + step)));
  }

  /** The pass has pages of its own: after the last one comes the first. */
  turnPass() {
    this.passPage = (this.passPage + 1) % this.painted.onScreen.passPageCount;
    this.select(null);
  }

  goHome() {
    this.passPage = 0;
    this.lookAt(0);
  }

  get isHome() {
    return this.page === 0 && this.passPage === 0;
  }

  chooseTab(tab) {
    this.tab = tab;
    this.lookAt(0);
  }

  /** @param {"up" | "down" | "left" | "right"} direction */
  move(direction) {
    this.select(neighbour(this.painted.onScreen.lanes, this.selected, direction));
  }

  unfold(key) {
    this.unfolded = this.unfolded === key ? null : key;
  }
}
