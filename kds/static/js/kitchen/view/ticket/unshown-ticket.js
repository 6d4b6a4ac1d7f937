/** Stands in the place of a ticket that cannot be painted: it says which order, and that somebody must look it up. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { canBeShown } from "../../state/ticket/ticket-view.js";

class UnshownTicket {
  constructor() {
    this.words = h("strong", {});
    this.why = h("span", { class: "unshown-why", lang: "en", dir: "ltr" });
    this.list = h("ul", { class: "rows", hidden: true });
    this.node = h(
      "article",
      { class: "ticket unshown" },
      h("p", { class: "unshown-words" }, icon("warning"), this.words),
      h("p", { class: "unshown-advice" }, `${say("ticket.lookUp")} `, this.why),
      this.list,
    );
  }

  /** @param {import("./ticket-head.js").TicketModel} model */
  update({ view }) {
    const words = say("ticket.unshown", { number: view.number });
    setText(this.words, words);
    setText(this.why, `(${view.fault ?? view.paintFault})`);
    setAttribute(this.node, "data-band", "unshown");
    setAttribute(this.node, "data-order-id", view.orderId);
    setAttribute(this.node, "data-number", view.number);
    setAttribute(this.node, "data-column", view.column);
    setAttribute(this.node, "aria-label", words);
  }
}

/** Views whose picture failed and was told of. */
const reported = new WeakSet();

/**
 * A ticket that costs only itself: when it cannot be painted, it says so in its place. TicketMeasure tries it again at
 * every picture, for what could not be measured must not be painted either: it would stand there without its dishes.
 * Whoever acts on tickets asks `canBeShown(view)`.
 */
export class GuardedTicket {
  /** @param {() => {node: Element, list: Element, update: (model: any) => void}} make */
  constructor(make) {
    this.make = make;
    this.ticket = null;
    this.unshown = null;
    this.current = null;
  }

  get node() {
    return this.current.node;
  }

  get list() {
    return this.current.list;
  }

  /** @param {import("./ticket-head.js").TicketModel} model */
  update(model) {
    if (canBeShown(model.view) && this.paints(model)) return;
    this.unshown ??= new UnshownTicket();
    this.unshown.update(model);
    this.current = this.unshown;
  }

  paints(model) {
    const { view } = model;
    try {
      this.ticket ??= this.make();
      this.ticket.update(model);
      this.current = this.ticket;
    } catch (error) {
      if (!reported.has(view)) console.error(`order ${view.orderId} is not painted:`, error);
      reported.add(view);
      view.paintFault = String(error.message ?? error);
      this.ticket = null;
    }
    return view.paintFault === null;
  }
}
