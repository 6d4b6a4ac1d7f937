/**
 * Places one order exactly once, however often its answer is lost.
 *
 * Before the request leaves, its body and Idempotency-Key are stored on the device. They go only when the
 * server has answered for good; until then every try, also after a reload, sends the same bytes under the
 * same key, and the server makes one order of them all.
 */

import { NoAnswer, Refused, request, randomId } from "../../common/api.js";
import { deviceStorage, readJson, writeJson } from "../../common/settings.js";

/** The server keeps a key for 24 h; an attempt older than this could make a second order. */
const KEPT_MS = 23 * 3_600_000;

/** @param {string} key the same key again is the same order, however often it is sent */
const placeOrder = (body, key) => request("POST", "/public/order/place", { body, headers: { "Idempotency-Key": key } });

export class Attempt {
  /** @param {string} branchId @param {(body: any, key: string) => Promise<any>} place @param {Storage} storage */
  constructor(branchId, place = placeOrder, storage = deviceStorage("localStorage")) {
    this.name = `kds.attempt.${branchId}`;
    this.place = place;
    this.storage = storage;
    this.kept = readJson(storage, this.name);
    if (this.kept && Date.now() - this.kept.startedAt > KEPT_MS) this.forget();
  }

  /** True while an order may or may not have been taken. */
  get isOpen() {
    return this.kept !== null;
  }

  begin(body) {
    this.kept = { key: randomId(), body, startedAt: Date.now() };
    writeJson(this.storage, this.name, this.kept);
  }

  forget() {
    this.kept = null;
    writeJson(this.storage, this.name, null);
  }

  /** @returns {Promise<any>} the placed order; `Refused` is final unless it says to come back later */
  async send() {
    try {
      const placed = await this.place(this.kept.body, this.kept.key);
      this.forget();
      return placed;
    } catch (error) {
      if (isFinal(error)) this.forget();
      throw error;
    }
  }
}

function isFinal(error) {
  if (error instanceof NoAnswer) return false;
  return error instanceof Refused && !error.isPassing && error.status !== 429 && error.status !== 409;
}

const LINK_KEPT_MS = 24 * 3_600_000;
const LINKS_MOST = 5;

/** The page of an order. @param {string} orderId @param {string} token for that page alone, and for no server's log */
export const trackPath = (orderId, token) => `/track/${encodeURIComponent(orderId)}#token=${encodeURIComponent(token)}`;

/**
 * The orders this device placed here, kept for a day: a guest who closes the tab and scans the code again finds them.
 * Nothing of them is kept but the links: two of one order are two rounds of it.
 */
export class PlacedOrders {
  /** @param {string} branchId @param {Storage} storage */
  constructor(branchId, storage = deviceStorage("localStorage")) {
    this.name = `kds.placed.${branchId}`;
    this.storage = storage;
  }

  /** @returns {{orderId: string, token: string, at: number}[]} newest first */
  all() {
    const kept = readJson(this.storage, this.name);
    const isYoung = (each) => typeof each?.orderId === "string" && Date.now() - each.at < LINK_KEPT_MS;
    return Array.isArray(kept) ? kept.filter(isYoung) : [];
  }

  /** @param {{orderId: string, trackingToken: string}} placed */
  add({ orderId, trackingToken }) {
    const others = this.all().filter((each) => each.token !== trackingToken);
    this.keep([{ orderId, token: trackingToken, at: Date.now() }, ...others].slice(0, LINKS_MOST));
  }

  drop(token) {
    this.keep(this.all().filter((each) => each.token !== token));
  }

  keep(orders) {
    writeJson(this.storage, this.name, orders.length > 0 ? orders : null);
  }
}
