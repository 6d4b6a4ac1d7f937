/**
 * Sends what a cook pressed, and tells the board how it ended. Every change is compare-and-set.
 *
 * The change lies over the board at once (pending), so a press is felt; the server's answer, a refusal or
 * silence takes it off again. `send` takes changes as plain data: a queue that outlives the network can stand
 * before it without any other file knowing.
 */

import { NoAnswer, Refused } from "../api.js";

/** @typedef {import("../board/change.js").Change} Change */

/** How each kind of change is asked of the server. */
const ASK = {
  order: (api, { orderId, to, from, isUndo }) => api.orderStatus(orderId, to, from, isUndo),
  kot: (api, { kotId, to, from, isUndo }) => api.kotStatus(kotId, to, from, isUndo),
  item: (api, { orderId, itemId, done }) => api.itemDone(orderId, itemId, done),
  rush: (api, { orderId, to, from }) => api.rush(orderId, to, from),
  hold: (api, { orderId, held }) => api.hold(orderId, held),
  "kot-hold": (api, { kotId, held }) => api.kotHold(kotId, held),
  seen: (api, { orderId, itemId }) => api.seen(orderId, itemId),
  acknowledge: (api, { orderId }) => api.acknowledge(orderId),
};

export class Actions {
  /**
   * @param {{
   *   api: ReturnType<typeof import("./api.js").kitchenApi>, dispatch: (message: any) => void,
   *   say: (text: string, tone: "calm" | "bad") => void, onUnauthorized: (message: string) => void
   * }} wiring
   */
  constructor({ api, dispatch, say, onUnauthorized }) {
    this.api = api;
    this.dispatch = dispatch;
    this.say = say;
    this.onUnauthorized = onUnauthorized;
    this.lastOf = new Map();
  }

  /** @param {Change} change @param {string} words what was pressed, as the button said it @returns {Promise<boolean>} done */
  async send(change, words) {
    this.dispatch({ type: "CHANGE_SENT", change });
    try {
      const order = await this.inTurn(change);
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
    const turn = (before ?? Promise.resolve()).then(() => this.ask(change));
    const settled = turn.catch(() => {});
    this.lastOf.set(change.orderId, settled);
    try {
      return await turn;
    } finally {
      if (this.lastOf.get(change.orderId) === settled) this.lastOf.delete(change.orderId);
    }
  }

  ask(change) {
    return ASK[change.kind](this.api, change);
  }

  ended(change, words, error) {
    if (error instanceof Refused && error.status === 409) {
      this.dispatch({ type: "CHANGE_ANSWERED", changeId: change.id, order: error.order, isRefused: true });
      this.say(`${words}: somebody was faster. This is how it stands now.`, "calm");
      return;
    }
    this.dispatch({ type: "CHANGE_FAILED", changeId: change.id });
    if (error instanceof Refused && error.status === 401) this.onUnauthorized("Your login has ended. Sign in again.");
    else if (error instanceof Refused) this.say(`${words} was not done. ${error.message}`, "bad");
    else if (error instanceof NoAnswer)
      this.say(`${words} was not sent. No answer from the server; press again.`, "bad");
    else throw error;
  }
}
