/** The tickets in the picture, by their part of which order, wherever they stand: one that moves is moved, not made anew. */

import { h, reconcile, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { GuardedTicket } from "../ticket/unshown-ticket.js";

export class TicketPool {
  /** @param {() => {node: Element, list: Element, update: (model: any) => void}} make a ticket */
  constructor(make) {
    this.make = make;
    this.tickets = new Map();
  }

  /**
   * @param {{parent: Element, values: ({id: string, model: any} | {id: string, hole: {name: string, text: string}, heightPx: number})[]}[]} lanes
   */
  paint(lanes) {
    const tickets = new Map();
    const nodes = lanes.map(({ values }) => values.map((value) => this.nodeOf(value, tickets)));
    this.tickets = tickets;
    lanes.forEach(({ parent }, index) => reconcile(parent, nodes[index]));
  }

  nodeOf(value, tickets) {
    const id = value.hole ? `hole ${value.id}` : value.id;
    const ticket = this.tickets.get(id) ?? (value.hole ? new Hole() : new GuardedTicket(this.make));
    ticket.update(value.hole ? value : value.model);
    tickets.set(id, ticket);
    return ticket.node;
  }
}

/** The quiet place that a bumped ticket leaves for a moment. */
class Hole {
  constructor() {
    this.name = h("strong", { dir: "auto" });
    this.text = h("span", {});
    this.node = h("div", { class: "hole" }, h("p", {}, icon("check"), this.name), h("p", {}, this.text));
  }

  update({ hole, heightPx }) {
    this.node.style.setProperty("height", heightPx === null ? "auto" : `${heightPx}px`);
    setText(this.name, hole.name);
    setText(this.text, hole.text);
  }
}
