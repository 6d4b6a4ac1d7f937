/** The quiet line that tells, two days before, when this screen must be signed in again: somebody who may is there by then. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { timeOfDay } from "../../../common/text/format.js";
import { say } from "../../../common/text/words.js";

const TOLD_BEFORE_MS = 48 * 3_600_000;

export class LoginLine {
  constructor() {
    this.node = h("p", { class: "login-line", role: "status", hidden: true });
  }

  /** @param {{endsAt: number | null, now: number, timezone?: string}} model  by the server's clock, which is 0 until it is known */
  update({ endsAt, now, timezone }) {
    const isNear = endsAt !== null && now > 0 && endsAt - now < TOLD_BEFORE_MS;
    if (isNear) setText(this.node, words(endsAt, timezone));
    setAttribute(this.node, "hidden", !isNear);
  }
}

/** @param {number} endsAt @param {string} [timezone] */
export function words(endsAt, timezone) {
  return say("end.near", { day: weekday(endsAt, timezone), time: timeOfDay(endsAt, timezone) });
}

function weekday(milliseconds, timezone) {
  const format = (timeZone) => new Intl.DateTimeFormat(document.documentElement.lang || "en", { weekday: "long", timeZone }).format(milliseconds);
  try {
    return format(timezone || undefined);
  } catch {
    return format(undefined); // as timeOfDay does
  }
}
