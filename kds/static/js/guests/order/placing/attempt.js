/**
 * Places one order exactly once, however often its answer is lost.
 *
 * Before the request leaves, its body and Idempotency-Key are stored on the device. They go only when the
 * server has answered for good; until then every try, also after a reload, sends the same bytes under the
 * same key, and the server makes one order of them all.
 *
 * Each attempt is stored under its own key, so that tabs of one branch know nothing of each other's, and once more in
 * its tab: another tab that takes it up and hears the answer leaves it to the tab it is of, which then hears the same.
 */

import { NoAnswer, Refused, request, randomId } from "../../../common/server/api.js";
import { deviceStorage, readJson, writeJson } from "../../../common/device/settings.js";

/**
 * So long an order is still what its guest waits for. Later somebody was asked, or went: it would be cooked for nobody. After a day,
 * when the server knows its key no more, it would be a second one.
 */
const KEPT_MS = 30 * 60_000;

/** How far a clock is put right by itself; one that went back further says nothing of an age. */
const CLOCK_SET_MS = 600_000;

/** It is too late to send it once more: nobody knows whether it arrived, and nothing was sent now. */
export class TooLate extends Error {}

/** The tab it is of has heard what became of it: nothing was sent from here. */
export class HeardElsewhere extends Error {}

/** @param {string} key the same key again is the same order, however often it is sent */
const placeOrder = (body, key) => request("POST", "/public/order/place", { body, headers: { "Idempotency-Key": key } });

/** @typedef {{key: string, body: any, ageMs: number, seenAt: number}} Kept `ageMs`: how old it was at `seenAt`, by the device's clock */

export class Attempt {
  /**
   * @param {string} branchId @param {(body: any, key: string) => Promise<any>} place
   * @param {Storage} storage of the device @param {Storage} tab  what a reload keeps, and no other tab has
   */
  constructor(branchId, place = placeOrder, storage = deviceStorage("localStorage"), tab = deviceStorage("sessionStorage")) {
    this.name = `kds.attempt.${branchId}`;
    this.place = place;
    this.storage = storage;
    this.tab = tab;
    const own = readKept(tab, this.name);
    /** Whether it is of this tab and its basket: not what another tab left. */
    this.isOwn = own !== null;
    this.take(own ?? this.left().find((kept) => !isTooOld(kept)) ?? null);
  }

  /** True while an order may or may not have been taken. */
  get isOpen() {
    return this.kept !== null;
  }

  /** Whether there was one on this device of which it is too late to learn whether it arrived; it is told once. */
  takeLost() {
    const lost = this.left().filter(isTooOld);
    for (const kept of lost) writeJson(this.storage, kept.name, null);
    return lost.length > 0;
  }

  begin(body) {
    this.isOwn = true;
    this.take({ key: randomId(), body, ageMs: 0, seenAt: Date.now() });
    this.write();
  }

  forget() {
    writeJson(this.storage, this.kept.name, null);
    if (this.isOwn) writeJson(this.tab, this.name, null);
    this.kept = null;
  }

  /** @returns {Promise<any>} the placed order; `Refused` is final unless it says to come back later; throws `TooLate`, `HeardElsewhere` */
  async send() {
    this.grow();
    if (isTooOld(this.kept)) {
      this.forget();
      throw new TooLate();
    }
    if (!this.isOwn && readKept(this.storage, this.kept.name) === null) {
      this.kept = null;
      throw new HeardElsewhere();
    }
    this.write();
    try {
      const placed = await this.place(this.kept.body, this.kept.key);
      this.forget();
      return placed;
    } catch (error) {
      if (isFinal(error)) this.forget();
      throw error;
    }
  }

  /** @returns {(Kept & {name: string})[]} what tabs of this device have open */
  left() {
    return namesIn(this.storage)
      .filter((name) => name === this.name || name.startsWith(`${this.name}.`))
      .map((name) => readKept(this.storage, name))
      .filter((kept) => kept !== null);
  }

  /** @param {Kept | null} kept */
  take(kept) {
    this.kept = kept && { ...kept, name: kept.name ?? `${this.name}.${kept.key}` };
    this.tickedAt = performance.now();
  }

  /** Older by what went by: nobody can set the page's own clock, but it may stand still while the device sleeps. */
  grow() {
    const [now, ticks] = [Date.now(), performance.now()];
    this.kept.ageMs += Math.max(now - this.kept.seenAt, ticks - this.tickedAt);
    this.kept.seenAt = now;
    this.tickedAt = ticks;
  }

  write() {
    const { name, ...kept } = this.kept;
    writeJson(this.storage, name, kept);
    if (this.isOwn) writeJson(this.tab, this.name, { ...kept, name });
  }
}

/** As old as the device's clock says that it has become; an age that cannot be known is endless. @returns {(Kept & {name: string}) | null} */
function readKept(storage, name) {
  const kept = readJson(storage, name);
  if (typeof kept?.key !== "string") return null;
  const { ageMs = 0, seenAt = kept.startedAt } = kept; // one of before says when it started
  const now = Date.now();
  const isKnown = Number.isFinite(ageMs) && Number.isFinite(seenAt) && now >= seenAt - CLOCK_SET_MS;
  return { name, ...kept, ageMs: isKnown ? ageMs + Math.max(0, now - seenAt) : Infinity, seenAt: now };
}

const isTooOld = ({ ageMs }) => ageMs > KEPT_MS;

function namesIn(storage) {
  try {
    return Object.keys(storage);
  } catch {
    return [];
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
