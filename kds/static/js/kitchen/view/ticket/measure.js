/** Measures tickets before they are placed, on a shelf that nobody sees; each only once for what it shows. */

import { h } from "../../../common/dom.js";
import { GuardedTicket } from "./unshown-ticket.js";

const SILENT = { onBump() {}, onSelect() {}, onItem() {}, onSeen() {}, onStation() {} };

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
   * @param {{view: any, widthPx: number, waiting: number}[]} wanted
   * @returns {import("../../state/layout.js").Block[]}
   */
  blocks(wanted) {
    const fresh = wanted.filter((each) => !this.isKnown(each));
    const nodes = fresh.map((each) => this.shelve(each));
    nodes.forEach((node, index) => this.remember(fresh[index], node));
    this.node.replaceChildren();
    return wanted.map(({ view }) => this.known.get(view.key).block);
  }

  /** Drops what is no longer on the board, so that a long shift does not grow the memory. */
  keepOnly(keys) {
    for (const key of this.known.keys()) if (!keys.has(key)) this.known.delete(key);
  }

  isKnown({ view, widthPx, waiting }) {
    const known = this.known.get(view.key);
    const isSame = known?.view === view && known.widthPx === widthPx && known.waiting === waiting;
    return isSame && view.paintFault === null;
  }

  shelve({ view, widthPx, waiting }) {
    view.paintFault = null;
    const ticket = new GuardedTicket(() => this.make(SILENT));
    const piece = { key: view.key, from: 0, to: view.rows.length, part: 1, parts: 1, heightPx: 0 };
    ticket.update({
      view,
      piece,
      band: view.column === "READY" ? "ready" : "late",
      ageText: "88:88",
      digit: view.column === "SENT" ? "8" : "",
      isSelected: false,
      isPicking: false,
      waiting,
      isNew: false,
    });
    ticket.node.style.setProperty("width", `${widthPx}px`);
    this.node.append(ticket.node);
    return ticket;
  }

  remember({ view, widthPx, waiting }, { node, list }) {
    const rowsPx = [...list.children].map((row) => row.getBoundingClientRect().height);
    const headPx = node.getBoundingClientRect().height - rowsPx.reduce((sum, px) => sum + px, 0);
    this.known.set(view.key, { view, widthPx, waiting, block: { key: view.key, headPx, rowsPx } });
  }
}
