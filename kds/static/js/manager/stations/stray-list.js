/** Open tickets whose station is gone, as when somebody held them while it was renamed: how many orders have any, and the way to move them. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";

/** @typedef {{name: string, orders: number}} Stray */

export class StrayList {
  /** @param {(name: string) => void} onMove */
  constructor(onMove) {
    const list = h("ul", { class: "station-list" });
    this.rows = new KeyedList(
      list,
      ({ name }) => name,
      ({ name }) => new Row(name, onMove),
    );
    this.node = h("section", { class: "strays" }, h("h2", {}, say("stations.strays")), h("p", { class: "panel-hint" }, say("stations.straysWords")), list);
    this.update([]);
  }

  /** @param {Stray[]} strays */
  update(strays) {
    this.rows.update(strays);
    setAttribute(this.node, "hidden", strays.length === 0);
  }
}

class Row {
  constructor(name, onMove) {
    this.orders = h("span", { class: "station-share" });
    const move = h("button", { type: "button", class: "office-button", "aria-label": say("stations.moveOf", { name }), onclick: () => onMove(name) }, say("stations.move"));
    const what = h("p", { class: "station-what" }, h("bdi", { class: "station-name" }, name), " ", this.orders);
    this.node = h("li", { class: "station" }, h("div", { class: "station-row" }, what, h("div", { class: "station-acts" }, move)));
  }

  update({ orders }) {
    setText(this.orders, say("stations.orders", { count: orders }));
  }
}
