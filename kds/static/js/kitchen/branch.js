/** What is known of the branch: name, stations, thresholds, whether guests may order. Asked again and again: all screens show the same. */

import { NoAnswer, Refused } from "../common/server/api.js";

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
    /** Questions that have no answer yet. */
    this.asking = 0;
    /** On tickets, and no station of these facts: as when one was renamed since. @type {Set<string>} */
    this.unknown = new Set();
    /** Asked about, and no station still: its tickets were left behind. @type {Set<string>} */
    this.strays = new Set();
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
    this.asking += 1;
    const turn = (this.turn += 1);
    const asked = [...this.unknown];
    try {
      const facts = await this.api.branch();
      if (turn !== this.turn) return; // another question, or a pause, has been answered meanwhile
      for (const name of asked) this.strays.add(name);
      for (const name of facts.stations) this.strays.delete(name);
      for (const name of [...asked, ...facts.stations]) this.unknown.delete(name);
      this.know(facts);
    } catch (error) {
      if (!(error instanceof NoAnswer) && !(error instanceof Refused)) throw error;
    } finally {
      this.asking -= 1;
    }
  }

  /** @param {string[]} stations of tickets: one that is not known is asked about, lest a board of it shows nothing for a minute */
  meet(stations) {
    if (this.facts === null) return;
    const isKnown = (name) => this.facts.stations.includes(name) || this.strays.has(name);
    for (const name of stations) if (!isKnown(name)) this.unknown.add(name);
    if (this.unknown.size > 0) this.loadWhenDue();
  }

  /** Called every second while the line is open. An answer that is slow to come is awaited, for a later question would overtake it. */
  loadWhenDue() {
    if (this.asking > 0) return;
    const pauseMs = this.facts === null || this.unknown.size > 0 ? RETRY_MS : FRESH_MS;
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
