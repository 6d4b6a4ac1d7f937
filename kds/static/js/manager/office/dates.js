/** Moments of the back office as its reader writes them, by the clock of the device; 24 hours and Western digits in every language. */

import { momentOf } from "../../common/text/moments.js";

const UNKNOWN = "–";

const formatted = (milliseconds, parts) =>
  milliseconds === null ? UNKNOWN : new Intl.DateTimeFormat(document.documentElement.lang, { numberingSystem: "latn", hourCycle: "h23", ...parts }).format(milliseconds);

/** `3 Nov 2026, 14:03`. @param {string | null} iso */
export const dateAndTime = (iso) => formatted(momentOf(iso), { dateStyle: "medium", timeStyle: "short" });

/** `14:03:20`. @param {number} milliseconds since 1970 */
export const clockTime = (milliseconds) => formatted(milliseconds, { timeStyle: "medium" });

/** `14:03`. @param {number} milliseconds since 1970 */
export const shortTime = (milliseconds) => formatted(milliseconds, { timeStyle: "short" });

/** `14:03` where that is today, else `3 Nov 2026, 14:03`. @param {string | null} iso */
export function nearTime(iso) {
  const moment = momentOf(iso);
  const isToday = moment !== null && new Date(moment).toDateString() === new Date().toDateString();
  return isToday ? shortTime(moment) : dateAndTime(iso);
}
