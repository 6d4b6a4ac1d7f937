/** What is left of a dish, in words: as in the list, and beside its switch. */

import { say, sayParts } from "../../common/text/words.js";
import { nearTime } from "../office/dates.js";

/** Whether it is sold out or counted: there is something to lift. @param {any} dish of GET /manager/menu */
export const isSpecial = ({ soldOut, remaining }) => soldOut || remaining !== null;

/** @param {any} dish */
export const saleWords = ({ soldOut }) => say(soldOut ? "today.soldOut" : "menu.onSale");

/** `6 left`, `6 left, until 18:00`, `until I say so`, `not counted`. @param {any} dish */
export function leftWords({ soldOut, remaining, backAt }) {
  const until = backAt === null ? "" : say("today.until", { time: nearTime(backAt) });
  if (soldOut) return until || say("menu.untilSaid");
  return remaining === null ? say("menu.notCounted") : sayParts([say("today.left", { count: remaining }), until]);
}
