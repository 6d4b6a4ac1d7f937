/** Sends the basket as one order: checked before, tried again quietly without an answer, refused in a guest's words. */

import { NoAnswer, Refused } from "../../../common/server/api.js";
import { knows, say } from "../../../common/text/words.js";
import { isUndecided } from "../../../common/allergies/allergens.js";
import { Attempt, HeardElsewhere, TooLate } from "./attempt.js";
import { LONGEST_NOTE, noteWithAllergies, orderBody, totalCents } from "./basket.js";

/** Quiet tries after a lost answer, before the guest is asked to press again. */
const QUIET_TRIES_MS = [1_000, 2_000, 4_000];

/**
 * @typedef {object} Order what would be ordered now
 * @property {{lines: any[], allergies: string[], kept: any[], orderType: string, customerName: string, note: string}} state
 * @property {string} table @property {string} tableToken @property {string} tableProblem
 * @property {string[]} types @property {Map<string, any>} dishes
 * @property {string[]} news what changed of the menu and was not read yet
 */

export class Placing {
  /**
   * @param {{branchId: string, order: () => Order, onChange: () => void, onSend: () => void,
   *   onRefused: (problem: string, field: string) => void, onPlaced: (placed: any, isOwn: boolean) => void, refreshMenu: () => Promise<void>}} wiring
   *   `field` is what is missing, or empty; `isOwn`: it is the basket of this tab that was placed
   */
  constructor({ branchId, order, onChange, onSend, onRefused, onPlaced, refreshMenu }) {
    this.branchId = branchId;
    this.order = order;
    this.onChange = onChange;
    this.onSend = onSend;
    this.onRefused = onRefused;
    this.onPlaced = onPlaced;
    this.refreshMenu = refreshMenu;
    this.attempt = new Attempt(branchId);
    this.isBusy = false;
  }

  /** True while an order may or may not have been taken: nothing of it may change. */
  get isLocked() {
    return this.attempt.isOpen;
  }

  /** @returns {any | null} what is out and is not the basket of this tab: what another one left */
  get foreignBasket() {
    if (!this.isLocked || this.attempt.isOwn) return null;
    const { items, orderType, customerName = "", note = "" } = this.attempt.kept.body;
    return { lines: items.map((line) => ({ note: "", ...line })), allergies: [], orderType, customerName, note };
  }

  /** The page is open: what is still out is sent. */
  resume() {
    if (this.isLocked) this.send();
    else if (this.attempt.takeLost()) this.onRefused(say("order.tooLate"), "");
  }

  async place() {
    if (this.isBusy) return;
    if (!this.isLocked) {
      if (!(await this.isStillPossible())) return;
      const { state, table, tableToken, dishes } = this.order();
      const { lines, orderType, customerName, allergies } = state;
      const note = noteWithAllergies(allergies, state.note);
      const { problem, field = "" } = this.missing(note);
      if (problem) {
        this.onRefused(problem, field);
        return;
      }
      this.attempt.begin({
        ...orderBody({ branchId: this.branchId, table, tableToken, lines, orderType, customerName, note }),
        expectedTotalCents: totalCents(lines, dishes),
      });
    }
    await this.send();
  }

  /** The network is back. */
  sendAgain() {
    if (this.isLocked && !this.isBusy) this.send();
  }

  /** Whoever avoids something, or wants what is counted, is asked by the menu as it is now, not as this page last heard of it. */
  async isStillPossible() {
    const { state: basket, dishes: shown } = this.order();
    const isCounted = basket.lines.some(({ menuItemId }) => shown.get(menuItemId)?.remaining !== undefined);
    if (basket.lines.length === 0 || (basket.allergies.length === 0 && !isCounted)) return true;
    this.isBusy = true;
    this.onChange();
    const known = this.order().news.length;
    try {
      await this.refreshMenu();
    } finally {
      this.isBusy = false;
    }
    const { state, dishes, news } = this.order();
    const isUnread = news.length > known;
    const mustDecide = isUndecided(state.lines, dishes, state);
    if (mustDecide || isUnread) {
      this.onRefused([...(isUnread ? news : []), mustDecide ? say("order.decide") : ""].join(" ").trim(), "");
    }
    return !mustDecide && !isUnread;
  }

  /** @param {string} note @returns {{problem: string, field?: string}} why this cannot be ordered; an empty problem when it can */
  missing(note) {
    const { state, types, tableProblem } = this.order();
    if (types.length === 0) return { problem: tableProblem };
    if (state.orderType !== "dine_in" && !state.customerName.trim()) {
      return { problem: say("order.typeName"), field: "customerName" };
    }
    const length = [...note].length; // as the server counts: an emoji is no two letters
    return { problem: length > LONGEST_NOTE ? say("order.noteTooLong", { length, most: LONGEST_NOTE }) : "" };
  }

  async send() {
    this.isBusy = true;
    this.onSend();
    try {
      const placed = await this.sendQuietly();
      this.onPlaced(placed, this.attempt.isOwn);
    } catch (error) {
      this.isBusy = false;
      await this.explain(error);
    }
  }

  async sendQuietly() {
    for (const pauseMs of QUIET_TRIES_MS) {
      try {
        return await this.attempt.send();
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        await new Promise((resume) => setTimeout(resume, pauseMs));
      }
    }
    return this.attempt.send();
  }

  async explain(error) {
    if (error instanceof NoAnswer) {
      this.onRefused(say(navigator.onLine ? "order.noAnswer" : "order.offline"), "");
      return;
    }
    if (error instanceof TooLate || error instanceof HeardElsewhere) {
      this.onRefused(say(error instanceof TooLate ? "order.tooLate" : "order.elsewhere"), "");
      return;
    }
    if (!(error instanceof Refused)) throw error;
    if (error.code === "kitchen_busy") this.onRefused(say("order.busy"), "");
    else if (error.status === 429) this.onRefused(say("order.tooMany", { seconds: error.retryAfterS ?? 30 }), "");
    else if (error.isPassing) this.onRefused(say("order.away"), "");
    else {
      this.onRefused(knows(`refused.${error.code}`) ? say(`refused.${error.code}`) : error.message, "");
      await this.refreshMenu();
    }
  }
}
