/**
 * Sends what a cook pressed, and tells the board how it ended. Every change is compare-and-set.
 *
 * The change lies over the board at once (pending), so a press is felt. Without an answer it waits, is marked as
 * waiting, and goes out again when there is a network; the server does each id once. A refusal takes it off the
 * board again, with a word.
 */

import { NoAnswer, Refused } from "../common/server/api.js";
import { retryDelay } from "../common/server/connection.js";
import { knows, say } from "../common/text/words.js";

/** @typedef {import("./state/orders/change.js").Change} Change */

/** How each kind of change is asked of the server. */
const ASK = {
  order: (api, { orderId, to, from, isUndo }, key) => api.orderStatus(orderId, { status: to, from, undo: isUndo }, key),
  kot: (api, { kotId, to, from, isUndo }, key) => api.kotStatus(kotId, { status: to, from, undo: isUndo }, key),
  item: (api, { orderId, itemId, done }, key) => api.itemDone(orderId, itemId, done, key),
  rush: (api, { orderId, to, from }, key) => api.rush(orderId, { priority: to, from }, key),
  hold: (api, { orderId, held, isUndo }, key) => api.hold(orderId, { held, undo: isUndo }, key),
  "kot-hold": (api, { kotId, held, isUndo }, key) => api.kotHold(kotId, { held, undo: isUndo }, key),
  seen: (api, { orderId, itemId }, key) => api.seen(orderId, itemId, key),
  void: (api, { orderId, itemId, reason }, key) => api.voidItem(orderId, itemId, { reason }, key),
  refire: (api, { orderId, itemId, reason }, key) => api.refire(orderId, itemId, { reason }, key),
  cancel: (api, { orderId, reason }, key) => api.orderStatus(orderId, { status: "CANCELLED", reason }, key),
  "change-seen": (api, { orderId, itemId, at }, key) => api.changeSeen(orderId, itemId, at, key),
  "kot-change-seen": (api, { kotId, at }, key) => api.kotChangeSeen(kotId, at, key),
  dish: (api, { dishId, wanted }, key) => api.changeDish(dishId, wanted, key),
  acknowledge: (api, { orderId }, key) => api.acknowledge(orderId, key),
};

export class Actions {
  /**
   * @param {{
   *   api: ReturnType<typeof import("./api.js").kitchenApi>, waiting: import("./queue.js").WaitingChanges,
   *   dispatch: (message: any) => void, say: (text: string, tone: "calm" | "bad") => void,
   *   onUnauthorized: (message: string) => void
   * }} wiring
   */
  constructor({ api, waiting, dispatch, say, onUnauthorized }) {
    this.api = api;
    this.waiting = waiting;
    this.dispatch = dispatch;
    this.say = say;
    this.onUnauthorized = onUnauthorized;
    this.lastOf = new Map();
    this.sleepers = new Set();
    this.isStopped = false;
  }

  /** Takes up what an earlier page could not send. */
  restore() {
    for (const { change, words } of this.waiting.all()) this.take(change, words);
  }

  stop() {
    this.isStopped = true;
    this.hurry();
  }

  /** There may be a network again: whoever waits tries at once. */
  hurry() {
    for (const wake of [...this.sleepers]) wake();
  }

  /** @param {Change} change @param {string} words what was pressed, as the button said it @returns {Promise<boolean>} done */
  send(change, words) {
    this.waiting.keep(change, words);
    return this.take(change, words);
  }

  async take(change, words) {
    this.dispatch({ type: "CHANGE_SENT", change });
    try {
      const order = await this.inTurn(change);
      if (order === null) return false;
      this.waiting.drop(change.id);
      this.dispatch({ type: "CHANGE_ANSWERED", changeId: change.id, order, isRefused: false });
      return true;
    } catch (error) {
      this.ended(change, words, error);
      return false;
    }
  }

  /** One after the other for each order: an undo that overtook its bump would find nothing to undo. */
  async inTurn(change) {
    const before = this.lastOf.get(change.orderId);
    const turn = (before ?? Promise.resolve()).then(() => this.untilAnswered(change));
    const settled = turn.catch(() => {});
    this.lastOf.set(change.orderId, settled);
    try {
      return await turn;
    } finally {
      if (this.lastOf.get(change.orderId) === settled) this.lastOf.delete(change.orderId);
    }
  }

  /** The order of the answer; null when the page ended before there was one: the next page takes it up. */
  async untilAnswered(change) {
    for (let failures = 0; !this.isStopped; failures += 1) {
      try {
        return await ASK[change.kind](this.api, change, change.id);
      } catch (error) {
        if (!isPassing(error)) throw error;
        await this.sleep(retryDelay(failures));
      }
    }
    return null;
  }

  sleep(milliseconds) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.sleepers.add(wake);
    });
  }

  ended(change, words, error) {
    if (error instanceof Refused && error.status === 401) {
      this.onUnauthorized(say("end.kept"));
      return;
    }
    this.waiting.drop(change.id);
    if (error instanceof Refused && error.status === 409) {
      this.dispatch({ type: "CHANGE_ANSWERED", changeId: change.id, order: error.order, isRefused: true });
      this.say(say("notice.faster", { what: words }), "calm");
      return;
    }
    this.dispatch({ type: "CHANGE_FAILED", changeId: change.id });
    if (error instanceof Refused) this.say(say("notice.refused", { what: words, why: whyOf(error) }), "bad");
    else throw error;
  }
}

/** @param {Refused} error */
function whyOf({ code, status }) {
  const name = `why.${code}`;
  return knows(name) ? say(name) : say("why.other", { code: code || String(status) });
}

/** The same request may do well later: nobody answered, or the server is in trouble or busy. */
function isPassing(error) {
  return error instanceof NoAnswer || (error instanceof Refused && (error.isPassing || error.status === 429));
}
