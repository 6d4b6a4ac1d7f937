/**
 * What cooks pressed and the server has not answered yet, kept on the device: it outlives the network, a reload and
 * a renewed login. One entry for each change, so that two tabs of one device never overwrite each other's; that both
 * may send it is harmless, for its id is the Idempotency-Key.
 */

import { deviceStorage, readJson } from "../common/device/settings.js";

const PREFIX = "kds.waiting.";

export class WaitingChanges {
  /** @param {string} branchId  @param {Storage} storage */
  constructor(branchId, storage = deviceStorage("localStorage")) {
    this.branchId = branchId;
    this.storage = storage;
    this.last = 0;
  }

  /** @param {import("./state/orders/change.js").Change} change @param {string} words what was pressed, as the button said it */
  keep(change, words) {
    this.last = Math.max(Date.now(), this.last + 1);
    const entry = { change, words, branchId: this.branchId, sequence: this.last };
    try {
      this.storage.setItem(PREFIX + change.id, JSON.stringify(entry));
    } catch {
      // full or forbidden: the change lives as long as this page
    }
  }

  drop(changeId) {
    try {
      this.storage.removeItem(PREFIX + changeId);
    } catch {
      // forbidden: it was never kept
    }
  }

  /** What an earlier page left behind, in the order in which it was pressed. */
  all() {
    return this.keys()
      .map((key) => readJson(this.storage, key))
      .filter((entry) => entry?.branchId === this.branchId && entry.change?.id)
      .sort((a, b) => a.sequence - b.sequence);
  }

  keys() {
    try {
      return Object.keys(this.storage).filter((key) => key.startsWith(PREFIX));
    } catch {
      return []; // forbidden
    }
  }
}
