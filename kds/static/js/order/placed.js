/**
 * The orders this device placed here, kept for a day where the device allows it: a guest who closes the tab and scans the
 * code again finds them. Nothing of them is kept but the link.
 */

import { deviceStorage, readJson, writeJson } from "../settings.js";

const KEPT_MS = 24 * 3_600_000;
const MOST = 5;

export class PlacedOrders {
  /** @param {string} branchId @param {Storage} storage */
  constructor(branchId, storage = deviceStorage("localStorage")) {
    this.name = `kds.placed.${branchId}`;
    this.storage = storage;
  }

  /** @returns {{orderId: string, token: string, at: number}[]} newest first */
  all() {
    const kept = readJson(this.storage, this.name);
    const isYoung = (each) => typeof each?.orderId === "string" && Date.now() - each.at < KEPT_MS;
    return Array.isArray(kept) ? kept.filter(isYoung) : [];
  }

  /** @param {{orderId: string, trackingToken: string}} placed */
  add({ orderId, trackingToken }) {
    const others = this.all().filter((each) => each.orderId !== orderId);
    this.keep([{ orderId, token: trackingToken, at: Date.now() }, ...others].slice(0, MOST));
  }

  drop(orderId) {
    this.keep(this.all().filter((each) => each.orderId !== orderId));
  }

  keep(orders) {
    writeJson(this.storage, this.name, orders.length > 0 ? orders : null);
  }
}
