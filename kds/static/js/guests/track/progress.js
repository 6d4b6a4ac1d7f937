/** The words of an order's progress. Pure. An estimate is the server's, from real times; without one none is made up. */

import { say } from "../../common/text/words.js";
import { isReadableDish } from "./order-view-shape.js";

const STEPS = ["received", "cooking", "ready", "served"];
const NOW = { SENT: 1, READY: 2, COMPLETED: 4 };
const MINUTE_MS = 60_000;

/**
 * @param {any} order
 * @param {(iso: string | number) => string} at the branch's time of day
 * @param {number} now at the server, in milliseconds
 */
export function headline(order, at, now) {
  const isServed = order.orderType === "dine_in";
  const received = say("track.receivedAt", { time: at(order.placedAt) });
  const since = (name, iso) => (iso ? say(name, { time: at(iso) }) : "");
  switch (order.status) {
    case "READY":
      return {
        lead: say(isServed ? "track.onItsWay" : "track.fetchIt"),
        big: say("track.ready"),
        words: sentences(since("track.readySince", order.readyAt), received),
      };
    case "COMPLETED":
      return {
        lead: say("track.enjoy"),
        big: say(isServed ? "track.served" : "track.handedOver"),
        words: sentences(since("track.at", order.completedAt), received),
      };
    case "CANCELLED":
      return {
        lead: say("track.yourOrderWas"),
        big: say("track.cancelled"),
        words: sentences(since("track.at", order.cancelledAt), say("track.askIfUnexpected")),
      };
    default:
      return cooking(order, at, now, received);
  }
}

function cooking(order, at, now, received) {
  const expected = Date.parse(order.estimate?.expectedAt);
  const latest = Date.parse(order.estimate?.latestAt);
  if (Number.isNaN(expected) || Number.isNaN(latest))
    return { lead: say("track.inKitchen"), big: say("track.cooking"), words: sentences(received, say("track.noEstimate")) };
  if (now >= latest)
    return { lead: say("track.inKitchen"), big: say("track.anyMinute"), words: sentences(received, say("track.late")) };
  const lead = say(order.orderType === "dine_in" ? "track.onTableAbout" : "track.readyAbout");
  const high = minutesFrom(now, latest);
  if (now >= expected)
    return { lead, big: at(ceilMinute(latest)), words: sentences(say("track.upTo", { count: high }), say("track.sorry")) };
  const low = minutesFrom(now, expected);
  const range = low === high ? say("track.about", { count: low }) : say("track.range", { low, count: high });
  return { lead, big: at(ceilMinute(expected)), words: sentences(range, received) };
}

const minutesFrom = (now, then) => Math.max(1, Math.ceil((then - now) / MINUTE_MS));
const ceilMinute = (milliseconds) => Math.ceil(milliseconds / MINUTE_MS) * MINUTE_MS;
const sentences = (...parts) => parts.filter(Boolean).join(" ").replaceAll("。 ", "。");

/** @returns {{key: string, name: string, stage: "done" | "now" | "next", time: string}[]} */
export function stepsOf(order, at) {
  const reached = NOW[order.status] ?? 1;
  const times = [
    order.placedAt,
    null,
    order.status === "SENT" ? null : order.readyAt,
    order.status === "COMPLETED" ? order.completedAt : null,
  ];
  const last = order.orderType === "dine_in" ? "served" : "handedOver";
  return STEPS.map((key, index) => ({
    key,
    name: say(`track.${index === 3 ? last : key}`),
    stage: index < reached ? "done" : index === reached ? "now" : "next",
    time: times[index] ? at(times[index]) : "",
  }));
}

const DISH_WORDS = { SENT: "cooking", READY: "ready", COMPLETED: "served", CANCELLED: "cancelled" };

export function dishWord(status, orderType) {
  const word = status === "COMPLETED" && orderType !== "dine_in" ? "handedOver" : DISH_WORDS[status];
  return word ? say(`dish.${word}`) : "";
}

/** `1 of 4 dishes ready`, counting plates, not lines. */
export function readyCount(order) {
  const live = order.items.filter((item) => isReadableDish(item) && item.status !== "CANCELLED");
  const sum = (items) => items.reduce((count, item) => count + item.quantity, 0);
  const ready = sum(live.filter((item) => item.status !== "SENT"));
  return say("track.dishesReady", { ready, count: sum(live) });
}
