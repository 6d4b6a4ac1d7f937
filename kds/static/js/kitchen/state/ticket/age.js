/** How long something has waited, as a ticket shows it. Pure. */

import { say } from "../../../common/text/words.js";

const DAY_S = 86_400;
const MANY_DAYS = 99;

/** `m:ss`, from an hour on `h:mm:ss`, from four days on in days; never negative: a clock a little behind is no news. */
export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds >= 4 * DAY_S) return daysOf(seconds);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const daysOf = (seconds) =>
  seconds >= MANY_DAYS * DAY_S ? say("ticket.manyDays", { count: MANY_DAYS }) : say("ticket.days", { count: Math.floor(seconds / DAY_S) });
