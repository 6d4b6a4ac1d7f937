/** Hold and Rush need a ticket: with none selected, the next one that is pressed is meant. */

import { say } from "../../common/text/words.js";

const AIMS = {
  hold: {
    text: "act.hold",
    fits: (view) => !view.isVoid && view.column === "SENT",
    hit: (bumps, view) => bumps.hold(view, !view.isHeld),
  },
  rush: {
    text: "act.rush",
    fits: (view) => !view.isVoid && view.column !== "COMPLETED",
    hit: (bumps, view) => bumps.rush(view),
  },
};

/** @typedef {import("../state/ticket/ticket-view.js").TicketView} View */
/** @typedef {keyof typeof AIMS} AimName */

export class Aim {
  /** @param {import("./bumps.js").Bumps} bumps */
  constructor(bumps) {
    this.bumps = bumps;
    /** @type {AimName | null} */
    this.name = null;
  }

  /** @param {AimName} name  pressed again, it is put down @returns {boolean} whether it is taken now */
  take(name) {
    this.name = this.name === name ? null : name;
    return this.name !== null;
  }

  drop() {
    this.name = null;
  }

  /** @param {AimName} name @param {View} view */
  canHit(name, view) {
    return AIMS[name].fits(view);
  }

  /** `Hold 187`, or nothing without a ticket. @param {View | null} view */
  words(view) {
    return view ? say(AIMS[this.name].text, { number: view.number }) : "";
  }

  /** Does what was aimed to this ticket; false when nothing was. @param {View | null} view */
  hit(view) {
    if (this.name === null || view === null) return false;
    const { fits, hit } = AIMS[this.name];
    this.name = null;
    if (fits(view)) hit(this.bumps, view);
    return true;
  }
}
