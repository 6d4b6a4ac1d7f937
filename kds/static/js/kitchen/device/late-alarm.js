/** The tone when an order turns late; not while the board is still catching up, when all of them would be new. */

import { bandOf } from "../state/ticket/bands.js";
import { LateWatch } from "../state/board/news.js";

export class LateAlarm {
  /** @param {import("./sound.js").Sound} sound */
  constructor(sound) {
    this.sound = sound;
    this.watch = new LateWatch();
  }

  /** @param {import("../state/ticket/ticket-view.js").TicketView[]} sent  @param {number} now the server's time */
  hear(sent, thresholds, now) {
    const late = sent.filter((view) => bandOf(view, thresholds, now) === "late");
    if (this.watch.hasNew(late.map((view) => view.orderId))) this.sound.tell("late");
  }
}
