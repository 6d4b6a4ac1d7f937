/** What is known of the branch: name, stations, thresholds, whether guests may order. Asked again and again: all screens show the same. */

import { NoAnswer, Refused } from "../common/api.js";

const RETRY_MS = 5_000;
const FRESH_MS = 60_000;

export class Branch {
  /** @param {{api: ReturnType<typeof import("./api.js").kitchenApi>, onChange: () => void}} wiring */
  constructor({ api, onChange }) {
    this.api = api;
    this.onChange = onChange;
    /** As the server tells it; null until it has. */
    this.facts = null;
    this.askedAt = 0;
    this.turn = 0;
  }

  get timezone() {
    return this.facts?.timezone;
  }

  get thresholds() {
    return this.facts?.thresholds;
  }

  know(facts) {
    this.facts = facts;
    this.onChange();
  }

  /** Until they are known the default thresholds hold. */
  async load() {
    this.askedAt = performance.now();
    const turn = (this.turn += 1);
    try {
      const facts = await this.api.branch();
      if (turn === this.turn) this.know(facts); // else another question, or a pause, has been answered meanwhile
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
    }
  }

  /** Called every second while the line is open. */
  loadWhenDue() {
    const pauseMs = this.facts === null ? RETRY_MS : FRESH_MS;
    if (performance.now() - this.askedAt > pauseMs) this.load();
  }

  /** Lets guests order, or not. @returns {Promise<boolean>} done */
  async pauseOrdering(paused, minutes) {
    try {
      const ordering = await this.api.pause(paused, minutes);
      this.turn += 1;
      this.know({ ...this.facts, ordering });
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
      return false;
    }
    return true;
  }
}
