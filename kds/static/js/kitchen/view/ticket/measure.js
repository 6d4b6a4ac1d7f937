/**
 * Measures tickets before they are placed, on a shelf that nobody sees; each only once for what it shows. All new ones are
 * put there first and read then, so that the browser lays out twice however many there are: with the names of the
 * stations, and without, which tells where a name would cost a line.
 */

import { h, setAttribute } from "../../../common/dom/dom.js";
import { say } from "../../../common/text/words.js";
import { stationMarks } from "../../state/ticket/station-marks.js";
import { fitOf } from "./ticket-head.js";
import { GuardedTicket } from "./unshown-ticket.js";

const SILENT = { onBump() {}, onSelect() {}, onItem() {}, onSeen() {}, onUnfold() {}, onStation() {} };
const KINDS = { item: "dish", more: "more", addon: "heading", course: "heading" };
const LEAST_LETTERS = "88:88".length;
const NO_MARKS = new Set();
/** The line under the last row. */
const BORDER_PX = 1;

/** @typedef {{view: any, waiting: number, isPicking: boolean, ageLetters: number, hasStations: boolean}} Wanted  `hasStations`: dishes say theirs */

export class TicketMeasure {
  /** @param {(act: import("./ticket.js").TicketActions) => {node: Element, list: Element, update: Function}} make */
  constructor(make) {
    this.make = make;
    this.node = h("div", { class: "shelf", "aria-hidden": "true", inert: true });
    this.known = new Map();
  }

  /** Forgets everything: the type or its size changed. */
  forget() {
    this.known.clear();
  }

  /**
   * @param {Wanted[]} wanted  @param {{widthPx: number, sizes: import("../../state/layouts/density.js").Sizes}} room
   * @returns {{block: import("../../state/layouts/tear.js").Block, marks: Set<string>}[]} what is no longer wanted is forgotten
   */
  measure(wanted, room) {
    const fresh = wanted.filter((each) => !this.isKnown(each, room.widthPx));
    const shelved = fresh.map((each) => this.shelve(each, room));
    const named = shelved.map(rowHeights);
    setAttribute(this.node, "data-bare", true);
    const bare = shelved.map(rowHeights);
    fresh.forEach((each, index) => this.remember(each, { ...room, ...shelved[index], named: named[index], bare: bare[index] }));
    setAttribute(this.node, "data-bare", null);
    this.node.replaceChildren();
    const keys = new Set(wanted.map(({ view }) => view.key));
    for (const key of this.known.keys()) if (!keys.has(key)) this.known.delete(key);
    return wanted.map(({ view }) => this.known.get(view.key).measured);
  }

  isKnown(wanted, widthPx) {
    const known = this.known.get(wanted.view.key);
    return known !== undefined && known.sign === signOf(wanted, widthPx) && known.view === wanted.view && wanted.view.paintFault === null;
  }

  shelve({ view, waiting, isPicking, ageLetters, hasStations }, { widthPx, sizes }) {
    view.paintFault = null;
    const ticket = new GuardedTicket(() => this.make(SILENT));
    const model = {
      view,
      piece: { key: view.key, from: 0, to: view.rows.length, part: 1, parts: 1, heightPx: 0 },
      band: view.column === "READY" ? "ready" : "late",
      ageText: "8".repeat(Math.max(LEAST_LETTERS, ageLetters)),
      dueText: view.dueAt === null ? "" : say("ticket.dueAt", { time: "88:88" }),
      digit: view.column === "SENT" ? "8" : "",
      isSelected: false,
      isPicking,
      waiting,
      isNew: false,
      widthPx,
      sizes,
      marks: hasStations ? new Set(view.rows.map((row) => row.key)) : NO_MARKS,
    };
    ticket.update(model);
    ticket.node.style.setProperty("width", `${widthPx}px`);
    this.node.append(ticket.node);
    return { ticket, model };
  }

  remember(wanted, { widthPx, sizes, ticket, model, named, bare }) {
    const { view } = wanted;
    const heightOf = (selector) => ticket.node.querySelector(selector)?.getBoundingClientRect().height ?? 0;
    const repeatedPx = heightOf(".head") + heightOf(".place-below") + heightOf(".allergy");
    const footPx = footHeight(ticket.node.querySelector(".serve"));
    const firstPx = ticket.node.getBoundingClientRect().height - footPx - bare.reduce((sum, px) => sum + px, 0);
    const lastRow = bare.length - 1;
    const block = {
      key: view.key,
      firstPx,
      nextPx: repeatedPx + sizes.teeth + BORDER_PX,
      tornPx: goesBelowWhenTorn(model) ? 2 * sizes.extraLine : 0,
      refPx: 2 * (sizes.extraLine + sizes.pad),
      rows: bare.map((px, index) => ({
        px: index === lastRow ? px + footPx : px,
        kind: KINDS[view.rows[index]?.kind] ?? "line",
        isDone: view.rows[index]?.kind === "done",
      })),
      isWhole: view.isHeld || view.fault !== null || view.paintFault !== null,
      name: `${view.number} ${view.place}`.trim(),
    };
    const costly = new Set(view.rows.filter((row, index) => named[index] > bare[index] + 0.5).map((row) => row.key));
    const marks = wanted.hasStations ? stationMarks(view.rows, costly) : NO_MARKS;
    this.known.set(view.key, { view, sign: signOf(wanted, widthPx), measured: { block, marks } });
  }
}

/** Its part's number may take the room of a name in the header. */
const goesBelowWhenTorn = (model) => model.view.fault === null && fitOf(model, true).fit.isBelow && !fitOf(model, false).fit.isBelow;

/** The button under a finished order of expo: it stands under the last dish, in whatever part that is. */
function footHeight(button) {
  if (!button || button.hidden) return 0;
  const { marginTop, marginBottom } = getComputedStyle(button);
  return button.getBoundingClientRect().height + parseFloat(marginTop) + parseFloat(marginBottom);
}

const rowHeights = ({ ticket }) => [...ticket.list.children].map((row) => row.getBoundingClientRect().height);

const signOf = ({ waiting, isPicking, ageLetters, hasStations }, widthPx) =>
  [waiting, isPicking, Math.max(LEAST_LETTERS, ageLetters), hasStations, widthPx].join();
