/** Asks how much is promised for later, after each change of an order that has a time: messages do not count for it. */

import { NoAnswer, Refused } from "../common/server/api.js";

/** Several orders that come near together are asked for once. */
const WAIT_MS = 300;

export class Later {
  /** @param {{api: ReturnType<typeof import("./api.js").kitchenApi>, dispatch: (message: any) => void}} wiring */
  constructor({ api, dispatch }) {
    this.api = api;
    this.dispatch = dispatch;
    this.timer = null;
  }

  /** @param {any} message of the server, applied by now */
  hear(message) {
    if (!message.dueAt || message.type === "SNAPSHOT" || this.timer !== null) return;
    this.timer = setTimeout(() => this.ask(), WAIT_MS);
  }

  async ask() {
    this.timer = null;
    try {
      const { count, nextAt } = await this.api.later();
      this.dispatch({ type: "LATER", count, nextAt });
    } catch (error) {
      // the next snapshot says it
      if (!(error instanceof Refused) && !(error instanceof NoAnswer)) throw error;
    }
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }
}
