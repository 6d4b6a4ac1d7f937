/** Highlights that come and go by time: a ticket is new for a moment, a press waits for its answer. */

const NEW_GLOWS_MS = 4_000;
/** Most answers come at once; only a press that waits longer says so. */
const WAITING_SHOWN_AFTER_MS = 700;

export class Highlights {
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

  /** @param {import("../../state/orders/reducer.js").State} state @returns {Map<string, number>} by order, how many presses wait for long */
  waiting(state) {
    const now = this.now();
    const pending = new Set(state.pending.map(({ change }) => change.id));
    for (const id of this.waitingSince.keys()) if (!pending.has(id)) this.waitingSince.delete(id);
    for (const id of pending) if (!this.waitingSince.has(id)) this.waitingSince.set(id, now);
    const counts = new Map();
    for (const { change } of state.pending) {
      if (now - this.waitingSince.get(change.id) <= WAITING_SHOWN_AFTER_MS) continue;
      counts.set(change.orderId, (counts.get(change.orderId) ?? 0) + 1);
    }
    return counts;
  }
}
