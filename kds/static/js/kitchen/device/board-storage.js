/**
 * The last board this device has seen, kept on the device: a board opened without a network shows it, marked as old,
 * and with one it resumes from there. Gone when somebody signs out.
 */

import { deviceStorage, readJson, writeJson } from "../../common/device/settings.js";

const PREFIX = "kds.board.";
const KEPT_EVERY_MS = 5_000;
const KEPT_FOR_MS = 24 * 3_600_000;

/**
 * @typedef {{
 *   epoch: string, revision: number, at: string | null, orders: any[], branch: any, serverTime: number, deviceTime: number
 * }} Remembered  `serverTime`, `deviceTime`: ms since 1970, both at the moment it was kept
 */
export class BoardStorage {
  /** @param {string} branchId  @param {Storage} storage */
  constructor(branchId, storage = deviceStorage("localStorage")) {
    this.key = PREFIX + branchId;
    this.storage = storage;
    this.keptRevision = null;
    this.keptAt = -Infinity;
  }

  /** @returns {Remembered | null} null also for one of yesterday */
  recall() {
    const kept = readJson(this.storage, this.key);
    const isYoung = kept && Math.abs(Date.now() - kept.deviceTime) < KEPT_FOR_MS;
    return isYoung && Array.isArray(kept.orders) && Number.isInteger(kept.revision) ? kept : null;
  }

  /** Called often; writes now and then, and only what is new. @param {import("../state/orders/reducer.js").State} state */
  keep(state, branch, serverTime, { isLast = false } = {}) {
    const isDue = isLast || performance.now() - this.keptAt > KEPT_EVERY_MS;
    if (!isDue || state.revision === null || serverTime === 0) return;
    if (state.revision === this.keptRevision) return;
    this.keptAt = performance.now();
    this.keptRevision = state.revision;
    const { epoch, revision, at } = state;
    const orders = [...state.entries.values()].map(({ order }) => order);
    writeJson(this.storage, this.key, { epoch, revision, at, orders, branch, serverTime, deviceTime: Date.now() });
  }

  forget() {
    writeJson(this.storage, this.key, null);
  }
}
