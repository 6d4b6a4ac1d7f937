/** The dishes of the branch and what is left of them: asked when the board has caught up, and whenever the server tells that it changed. */

import { NoAnswer, Refused } from "../common/server/api.js";
import { shownDishes } from "./state/board/dishes.js";
import { hasCaughtUp } from "./state/orders/reducer.js";

const RETRY_MS = 5_000;
const ORDERS = new Set(["NEW_ORDER", "ORDER_UPDATED", "ORDER_REMOVED"]);

export class Dishes {
  /** @param {{api: ReturnType<typeof import("./api.js").kitchenApi>, getState: () => import("./state/orders/reducer.js").State, onChange: () => void}} wiring */
  constructor({ api, getState, onChange }) {
    this.api = api;
    this.getState = getState;
    this.onChange = onChange;
    /** As the server told them; null until it has. @type {import("./state/board/dishes.js").Dish[] | null} */
    this.list = null;
    /** This login may not know nor change them. */
    this.isRefused = false;
    this.hasFailed = false;
    this.askedAt = 0;
    this.isAsking = false;
    this.isStale = false;
    this.isUnheard = false;
    this.isCountOld = false;
  }

  /** As this screen shows them. */
  get shown() {
    return shownDishes(this.list ?? [], this.getState().pending);
  }

  get soldOutCount() {
    return this.shown.filter(({ soldOut }) => soldOut).length;
  }

  /** For the list of all; not known: the server has not told them yet. */
  get told() {
    return { list: this.shown, isKnown: this.list !== null, hasFailed: this.hasFailed };
  }

  /** @param {any} message of the server, applied by now */
  hear({ type }) {
    // what changes while a state is on its way is not told: it is asked for once that is here
    if (type === "HELLO" || type === "SNAPSHOT") this.isUnheard = true;
    if (ORDERS.has(type)) this.isCountOld = true;
    const isHeard = this.isUnheard && hasCaughtUp(this.getState());
    if (isHeard || type === "DISHES_CHANGED") this.load();
  }

  async load() {
    this.isStale = true;
    if (this.isAsking || this.isRefused) return;
    this.isAsking = true;
    this.askedAt = performance.now();
    try {
      while (this.isStale) await this.ask();
    } finally {
      this.isAsking = false;
      this.onChange();
    }
  }

  async ask() {
    this.isStale = this.isUnheard = this.isCountOld = false;
    try {
      this.list = (await this.api.dishes()).dishes;
      this.hasFailed = false;
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
      this.isRefused = error.status === 403;
      this.hasFailed = true;
    }
  }

  /** Called every second while the line is open. @param {boolean} isLookedAt  each order takes of what is counted, and is not told as a change of the dish */
  loadWhenDue(isLookedAt) {
    const isOld = isLookedAt && this.isCountOld && this.list?.some(({ remaining }) => remaining !== undefined);
    const isDue = this.hasFailed && performance.now() - this.askedAt > RETRY_MS;
    if (isOld || isDue) this.load();
  }
}
