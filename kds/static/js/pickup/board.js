/** What a pickup board knows, as one pure reducer, and what of it is on the screen now. */

import { byTime, momentOf } from "../common/text/moments.js";

/**
 * @typedef {{orderId: string, orderNumber: number, state: "COOKING" | "ALMOST" | "READY", since: string, name?: string}} Line
 * @typedef {{lines: Map<string, Line> | null, called: string[]}} Board
 *   `lines` is null before the first message; `called` are the orders that became ready by the last message
 */

/** Of the ready ones these are huge, and on every page. */
const NEWEST_AT_MOST = 4;
const OTHERS_AT_MOST = 21;
const MAKING_AT_MOST = 15;
/** Food that nobody fetched for so long is no longer on the counter, and its number only hides others. */
const FORGOTTEN_MS = 2 * 3_600_000;
/** A newly ready order stands out this long. */
const NEW_MS = 20_000;
const PAGE_MS = 8_000;

/** @returns {Board} */
export const emptyBoard = () => ({ lines: null, called: [] });

/** A line that nobody can read calls nobody: it costs itself. */
const isReadable = (line) => typeof line?.orderId === "string" && Number.isSafeInteger(line.orderNumber);

/** @param {Board} board  @param {any} message  @returns {Board} */
export function reduce(board, message) {
  if (message.type === "PICKUP_BOARD") {
    return withLines(board, new Map(message.orders.filter(isReadable).map((line) => [line.orderId, line])));
  }
  if (message.type !== "PICKUP_ORDER" || board.lines === null) return board.called.length > 0 ? { ...board, called: [] } : board;
  const lines = new Map(board.lines);
  if (message.state === "GONE" || !isReadable(message)) lines.delete(message.orderId);
  else lines.set(message.orderId, message);
  return withLines(board, lines);
}

function withLines(board, lines) {
  const isCalled = (line) => line.state === "READY" && board.lines.get(line.orderId)?.state !== "READY";
  const called = board.lines === null ? [] : [...lines.values()].filter(isCalled).map((line) => line.orderId);
  return { lines, called };
}

/**
 * The page of each side to show at `now`, by the server's clock; `turnedAt` is when the first pages were last shown.
 * @param {Board} board
 */
export function visible(board, now, turnedAt) {
  const lines = [...(board.lines?.values() ?? [])].filter((line) => !isForgotten(line, now));
  const turn = Math.max(0, Math.floor((now - turnedAt) / PAGE_MS));
  const newestFirst = (a, b) => byTime(momentOf(b.since), momentOf(a.since)) || b.orderNumber - a.orderNumber;
  const ready = lines.filter((line) => line.state === "READY").sort(newestFirst);
  const newest = ready.slice(0, NEWEST_AT_MOST).map((line) => ({ ...line, isHuge: true, isNew: isNew(line, now) }));
  const others = pageOf(ready.slice(NEWEST_AT_MOST), OTHERS_AT_MOST, turn);
  const making = lines.filter((line) => line.state !== "READY");
  making.sort((a, b) => isAlmost(b) - isAlmost(a) || -newestFirst(a, b));
  return {
    ready: { ...others, lines: [...newest, ...others.lines], count: ready.length },
    making: pageOf(making.map((line) => ({ ...line, isAlmost: isAlmost(line) })), MAKING_AT_MOST, turn),
  };
}

const isAlmost = ({ state }) => state === "ALMOST";

/** One whose time nobody knows is shown: better a number too many than a guest who waits for ever. */
function isForgotten({ since }, now) {
  const moment = momentOf(since);
  return moment !== null && now - moment >= FORGOTTEN_MS;
}

function isNew({ since }, now) {
  const moment = momentOf(since);
  return moment !== null && now - moment < NEW_MS;
}

function pageOf(lines, atMost, turn) {
  const pages = Math.max(1, Math.ceil(lines.length / atMost));
  const page = turn % pages;
  return { lines: lines.slice(page * atMost, (page + 1) * atMost), page, pages, count: lines.length };
}
