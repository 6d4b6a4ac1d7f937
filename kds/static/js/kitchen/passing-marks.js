/** Marks that come and go by time: a ticket is new for a moment, a press waits for its answer. */

const NEW_GLOWS_MS = 4_000;
/** Most answers come at once; only a press that waits longer says so. */
const WAITING_SHOWN_AFTER_MS = 700;

export class PassingMarks {
  constructor(now = () => performance.now()) {
    this.now = now;
    this.newSince = new Map();
    this.waitingSince = new Map();
  }

  hear(message) {
    if (message.type === "NEW_ORDER") this.newSince.set(message.orderId, this.now());
  }

  /** @returns {Set<string>} orders that just came */
  fresh() {
    const now = this.now();
    for (const [orderId, since] of this.newSince) if (now - since > NEW_GLOWS_MS) this.newSince.delete(orderId);
    return new Set(this.newSince.keys());
  }

  /** @param {import("../board/reducer.js").State} state @returns {Set<string>} orders whose press waits for long */
  waiting(state) {
    const now = this.now();
    const pending = new Set(state.pending.map(({ change }) => change.orderId));
    for (const orderId of this.waitingSince.keys()) if (!pending.has(orderId)) this.waitingSince.delete(orderId);
    for (const orderId of pending) if (!this.waitingSince.has(orderId)) this.waitingSince.set(orderId, now);
    return new Set([...pending].filter((orderId) => now - this.waitingSince.get(orderId) > WAITING_SHOWN_AFTER_MS));
  }
}
