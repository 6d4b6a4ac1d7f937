/** One row of a ticket: a dish that a tap marks done, a note, a round, or the button that takes a void off. */

import { h, setAttribute } from "../../../common/dom.js";
import { icon } from "../../../common/icons.js";
import { keycap } from "../../device/keycap.js";

const SEEN_WORDS = "Seen, take it off";

export class TicketRow {
  /** @param {{onTap: () => void, onSeen: () => void}} act  what a tap on a dish, and on "Seen", does */
  constructor(act) {
    this.act = act;
    this.node = h("li", { class: "row" });
    this.painted = "";
  }

  /** @param {{row: import("../../state/ticket-view.js").Row, isTappable: boolean, digit: string, orderNumber: number}} model */
  update(model) {
    const signature = JSON.stringify(model);
    if (signature === this.painted) return;
    this.painted = signature;
    setAttribute(this.node, "data-kind", model.row.kind);
    PAINT[model.row.kind](this, model);
  }

  /** Keeps the control itself, so that repainting a row does not take the keyboard's focus away. */
  hold(tag, className, children, onclick = null) {
    if (this.holder?.tagName.toLowerCase() !== tag) {
      this.holder = h(tag, tag === "button" ? { type: "button" } : {});
      this.node.replaceChildren(this.holder);
    }
    this.holder.onclick = onclick;
    setAttribute(this.holder, "class", className);
    this.holder.replaceChildren(...children);
    return this.holder;
  }

  /** What goes on with a dish is a part of it for a finger; keys have the dish itself. */
  tapMore(event) {
    event.stopPropagation();
    this.act.onTap();
  }

  /** The button that takes a void off: it stays as long as its row. */
  offerSeen(isWanted, label) {
    if (!isWanted) {
      this.seen?.remove();
      return;
    }
    this.seen ??= h(
      "button",
      { type: "button", class: "seen", onclick: () => this.act.onSeen() },
      keycap("seen"),
      SEEN_WORDS,
    );
    setAttribute(this.seen, "aria-label", label);
    if (this.seen.parentNode !== this.node) this.node.append(this.seen);
  }
}

const PAINT = {
  item(self, { row, isTappable, digit, orderNumber }) {
    setAttribute(self.node, "data-done", row.isDone && !row.isVoid);
    setAttribute(self.node, "data-void", row.isVoid);
    setAttribute(self.node, "data-held", row.isHeld);
    const isControl = isTappable && !row.isVoid;
    const tap = isControl ? () => self.act.onTap() : null;
    const holder = self.hold(isControl ? "button" : "div", "dish", dishParts(row, digit), tap);
    setAttribute(holder, "aria-pressed", isControl ? String(row.isDone) : null);
    self.offerSeen(row.isToSee, `${SEEN_WORDS}: ${row.name}, order ${orderNumber}`);
  },

  more(self, { row, isTappable }) {
    setAttribute(self.node, "data-done", row.isDone && !row.isVoid);
    setAttribute(self.node, "data-void", row.isVoid);
    setAttribute(self.node, "data-held", row.isHeld);
    const words = h("span", { class: row.isName ? "name" : "extra", dir: "auto" }, row.text);
    const tap = isTappable && !row.isVoid ? (event) => self.tapMore(event) : null;
    self.hold("div", "dish more-of-dish", [h("span", { class: "quantity" }), words], tap);
  },

  round(self, { row }) {
    setAttribute(self.node, "data-done", true);
    self.hold("div", "dish", [
      h("span", { class: "quantity" }, icon("check")),
      h("span", { class: "what" }, h("span", { class: "name" }, row.title), h("span", { class: "extra" }, row.text)),
    ]);
  },

  addon(self, { row }) {
    self.hold("div", "addon", [
      h("span", { class: "tag tag-addon" }, icon("plus"), "ADD-ON"),
      h("span", { class: "addon-round" }, row.text),
    ]);
  },

  contains(self, { row }) {
    self.hold("div", "foot-line", [h("span", {}, "Contains "), h("span", { dir: "auto" }, row.text)]);
  },

  also(self, { row }) {
    self.hold("div", "foot-line", [h("span", { dir: "auto" }, row.text)]);
  },

  type(self, { row }) {
    self.hold("div", "foot-line", [h("strong", {}, row.text)]);
  },

  note(self, { row }) {
    self.hold("div", "note", [icon("note"), h("span", { dir: "auto" }, row.text)]);
  },

  seen(self, { row, orderNumber }) {
    const holder = self.hold("button", "seen", [keycap("seen"), row.text], () => self.act.onSeen());
    setAttribute(holder, "aria-label", `${row.text}: order ${orderNumber}`);
  },
};

function dishParts(row, digit) {
  const isTicked = row.isDone && !row.isVoid;
  const quantity = h(
    "span",
    { class: "quantity", "data-many": row.quantity > 1 && !isTicked },
    isTicked ? icon("check") : String(row.quantity),
  );
  const name = h("span", { class: "name", "data-long": row.isLong }, isTicked ? `${row.quantity} ` : null, h("bdi", {}, row.name));
  const what = h("span", { class: "what" }, name, ...row.modifiers.map(modifierLine));
  if (row.note) what.append(h("span", { class: "extra", dir: "auto" }, row.note));
  if (isTicked) what.append(h("span", { class: "for-readers" }, "done"));
  return [quantity, what, side(row, digit)].filter((part) => part !== null);
}

function modifierLine({ verb, rest }) {
  return h(
    "span",
    { class: "extra", dir: "auto" },
    verb ? h("strong", {}, verb) : null,
    verb && rest ? ` ${rest}` : rest,
  );
}

function side(row, digit) {
  if (row.isVoid) return row.isTagged ? h("span", { class: "tag tag-void" }, icon("void"), "VOID") : null;
  if (digit) return h("kbd", { class: "keycap row-key" }, digit);
  return row.station ? h("span", { class: "station", dir: "auto" }, row.station) : null;
}
