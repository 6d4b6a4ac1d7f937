/**
 * The board's truth: `reduce(state, message) -> state`, pure, step 6 of an order's story.
 *
 * Messages of the server (HELLO, SNAPSHOT, NEW_ORDER, ORDER_UPDATED, ORDER_REMOVED, HEARTBEAT) and of this
 * screen (REMEMBERED, CHANGE_SENT, CHANGE_ANSWERED, CHANGE_FAILED) go the same way. What a cook pressed lies over the
 * server's truth as a change until the server answered, so a refusal needs no undoing: it is just dropped.
 */

import { byTime, momentOf } from "../../../common/text/moments.js";
import { applyChange, isSatisfied } from "./change.js";

const COMPLETED_KEPT = 20;

/**
 * @typedef {{order: any, revision: number}} Entry
 * @typedef {{change: import("./change.js").Change, seenRevision: number, isAnswered: boolean}} Pending
 * @typedef {{
 *   epoch: string | null, revision: number | null, at: string | null, head: number | null,
 *   isServerLive: boolean, resync: "none" | "resume" | "snapshot",
 *   entries: Map<string, Entry>, pending: Pending[], later: {count: number, nextAt: string} | null
 * }} State  `head`: the newest revision the server spoke of; behind it the board is catching up; `later`: how much is
 *   promised for later than boards show: those orders are no entries
 */

/** @returns {State} */
export function emptyState() {
  return {
    epoch: null,
    revision: null,
    at: null,
    head: null,
    isServerLive: true,
    resync: "none",
    entries: new Map(),
    pending: [],
    later: null,
  };
}

/** @param {State} state @returns {State} */
export function reduce(state, message) {
  const rule = RULES[message.type];
  return rule ? rule(state, message) : state;
}

/** The order as this screen shows it: the server's, under what was pressed here and is not answered yet. */
export function shownOrder(state, orderId) {
  const entry = state.entries.get(orderId);
  if (!entry) return null;
  return state.pending
    .filter((pending) => pending.change.orderId === orderId)
    .reduce((order, pending) => applyChange(order, pending.change), entry.order);
}

/** True when everything the server spoke of has been applied. */
export function hasCaughtUp(state) {
  return state.revision !== null && state.revision >= (state.head ?? 0);
}

const RULES = {
  HELLO(state, { epoch, revision }) {
    const isSameHistory = state.epoch === null || state.epoch === epoch;
    return { ...state, epoch: isSameHistory ? epoch : state.epoch, head: revision, resync: "none", isServerLive: true };
  },

  SNAPSHOT(state, { epoch, revision, timestamp, orders, later }) {
    const entries = entriesOf(orders, revision);
    return {
      ...state,
      epoch,
      revision,
      at: timestamp ?? null,
      head: revision,
      resync: "none",
      entries: trimmed(entries),
      pending: state.pending.filter((pending) => !pending.isAnswered),
      later: later ?? null,
    };
  },

  /** As it was asked, after an order that is promised for a time. */
  LATER(state, { count, nextAt }) {
    return { ...state, later: count > 0 ? { count, nextAt } : null };
  },

  /** What this device kept of an earlier page; the server is asked for what came after it. */
  REMEMBERED(state, { epoch, revision, at, orders }) {
    return { ...state, epoch, revision, at, entries: trimmed(entriesOf(orders, revision)) };
  },

  NEW_ORDER: applyOrder,
  ORDER_UPDATED: applyOrder,

  ORDER_REMOVED(state, message) {
    return advance(state, message, (entries) => entries.delete(message.orderId));
  },

  /** The heartbeat comes after every frame written before it: a revision ahead of ours is a frame we never got. */
  HEARTBEAT(state, { revision, live }) {
    const isBehind = state.revision !== null && revision > state.revision;
    return {
      ...state,
      head: Math.max(revision, state.head ?? 0),
      isServerLive: live,
      resync: isBehind ? "resume" : state.resync,
      pending: state.pending.filter((pending) => !pending.isAnswered),
    };
  },

  CHANGE_SENT(state, { change }) {
    const seenRevision = state.entries.get(change.orderId)?.revision ?? 0;
    return { ...state, pending: [...state.pending, { change, seenRevision, isAnswered: false }] };
  },

  /**
   * The answer carries the order as it was when the server decided. It may have travelled slower than the
   * live messages: once one of those came, the stream is the newer truth and the answer only settles the change.
   */
  CHANGE_ANSWERED(state, { changeId, order, isRefused }) {
    const pending = state.pending.find((each) => each.change.id === changeId);
    if (!pending) return state;
    const others = state.pending.filter((each) => each !== pending);
    const entry = state.entries.get(pending.change.orderId);
    if (!entry) return { ...state, pending: others };
    if (entry.revision === pending.seenRevision && order) {
      const entries = new Map(state.entries);
      place(entries, order, entry.revision);
      return { ...state, entries: trimmed(entries), pending: others };
    }
    if (isRefused || isSatisfied(entry.order, pending.change)) return { ...state, pending: others };
    return { ...state, pending: [...others, { ...pending, isAnswered: true }] };
  },

  CHANGE_FAILED(state, { changeId }) {
    return { ...state, pending: state.pending.filter((pending) => pending.change.id !== changeId) };
  },
};

function applyOrder(state, message) {
  const { type, revision, prev, timestamp, ...order } = message;
  return advance(state, message, (entries) => place(entries, order, revision));
}

/**
 * Takes one step along the chain. A `prev` ahead of us is a gap: only a snapshot is sure to close it. A `prev`
 * behind us is none: while a renewed socket takes over, both tell the same story from different beginnings.
 */
function advance(state, { revision, prev, orderId, timestamp }, change) {
  if (state.revision === null || revision <= state.revision) return state;
  if (prev > state.revision) return { ...state, resync: "snapshot" };
  const entries = new Map(state.entries);
  change(entries);
  return {
    ...state,
    revision,
    at: timestamp,
    head: Math.max(revision, state.head ?? 0),
    entries: trimmed(entries),
    pending: state.pending.filter((pending) => !(pending.isAnswered && pending.change.orderId === orderId)),
  };
}

/** An order without a name of its own cannot be told apart by it: it stands as what it is, to be shown as unreadable. */
function entriesOf(orders, revision) {
  const nameOf = (order, index) => (typeof order?.orderId === "string" ? order.orderId : `nameless ${index}`);
  return new Map(orders.map((order, index) => [nameOf(order, index), { order, revision }]));
}

function place(entries, order, revision) {
  if (order.later || (order.status === "CANCELLED" && order.acknowledged)) {
    entries.delete(order.orderId);
    return;
  }
  entries.set(String(order.orderId), { order, revision });
}

/** Only the last completed orders stay: a shift of a thousand must not grow the board. */
function trimmed(entries) {
  const completed = [...entries].filter(([, { order }]) => order?.status === "COMPLETED");
  if (completed.length <= COMPLETED_KEPT) return entries;
  completed.sort(([, a], [, b]) => byTime(momentOf(b.order.completedAt), momentOf(a.order.completedAt)));
  for (const [orderId] of completed.slice(COMPLETED_KEPT)) entries.delete(orderId);
  return entries;
}
