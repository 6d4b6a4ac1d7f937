/** One row of a ticket: a dish that a tap marks done, a note, a round, what is done, or the button that takes a void off. */

import { h, setAttribute } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { comma, say } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { shownPair } from "../../state/ticket/changes.js";
import { tagOf } from "./ticket-head.js";

export class TicketRow {
  /** @param {{onTap: () => void, onSeen: () => void, onUnfold: () => void}} act  what a tap on a dish, on "Seen", and on what is done does */
  constructor(act) {
    this.act = act;
    this.node = h("li", { class: "row" });
    this.painted = "";
  }

  /** @param {{row: import("../../state/ticket/ticket-rows.js").Row, isTappable: boolean, isMarked: boolean, digit: string, orderNumber: number}} model */
  update(model) {
    const signature = JSON.stringify(model);
    if (signature === this.painted) return;
    this.painted = signature;
    setAttribute(this.node, "data-kind", model.row.kind);
    setAttribute(this.node, "data-item-id", model.row.itemId);
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

  mark(row) {
    setAttribute(this.node, "data-done", row.isDone && !row.isVoid);
    setAttribute(this.node, "data-void", row.isVoid);
    setAttribute(this.node, "data-held", row.isHeld);
    setAttribute(this.node, "data-changed", Boolean(row.change));
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
    this.seen ??= h("button", { type: "button", class: "seen", onclick: () => this.act.onSeen() }, say("ticket.seen"));
    setAttribute(this.seen, "aria-label", label);
    if (this.seen.parentNode !== this.node) this.node.append(this.seen);
  }
}

const PAINT = {
  item(self, { row, isTappable, isMarked, digit, orderNumber }) {
    self.mark(row);
    const isControl = isTappable && !row.isVoid;
    const tap = isControl ? () => self.act.onTap() : null;
    const holder = self.hold(isControl ? "button" : "div", "dish", dishParts(row, isMarked, digit), tap);
    setAttribute(holder, "aria-pressed", isControl ? String(row.isDone) : null);
    const label = row.change ? "ticket.seenChange" : "ticket.seenDish";
    self.offerSeen(row.isToSee || (row.change !== null && !isControl), say(label, { dish: row.name, number: orderNumber }));
  },

  /** The whole order: another table, another note. */
  changed(self, { row, orderNumber }) {
    setAttribute(self.node, "data-changed", true);
    self.hold("div", "changed", [changeLine(row.change)]);
    self.offerSeen(true, say("ticket.seenOrderChange", { number: orderNumber }));
  },

  more(self, { row, isTappable }) {
    self.mark(row);
    const parts = row.modifier ? modifierParts(row.modifier) : [row.text];
    const words = h("span", { class: row.isName ? "name" : "extra", dir: "auto" }, ...parts);
    const tap = isTappable && !row.isVoid ? (event) => self.tapMore(event) : null;
    self.hold("div", "dish more-of-dish", [h("span", { class: "quantity" }), h("span", { class: "what" }, words)], tap);
  },

  /** A part that goes on inside a dish says which. */
  ref(self, { row }) {
    self.hold("div", "dish dish-ref", [h("span", { class: "quantity" }), h("span", { class: "what", dir: "auto" }, row.ref)]);
  },

  done(self, { row, isTappable }) {
    const dishes = row.dishes.flatMap(({ itemId, text }, index) => [
      index > 0 ? comma() : "",
      h("span", { "data-item-id": itemId, dir: "auto" }, text),
    ]);
    const words = h("span", { class: "done-words" }, `${say("ticket.doneLine")} `, ...dishes, row.left > 0 ? comma() + say("ticket.left", { count: row.left }) : "");
    const tap = isTappable ? () => self.act.onUnfold() : null;
    const holder = self.hold(isTappable ? "button" : "div", "done-line", [icon("check"), words], tap);
    setAttribute(holder, "aria-pressed", null);
  },

  round(self, { row }) {
    self.hold("div", "done-line", [icon("check"), h("span", {}, `${row.title}: ${row.text}`)]);
  },

  addon(self, { row }) {
    self.hold("div", "addon", [
      tagOf(row.isAgain ? "REFIRE" : "ADD-ON"),
      h("span", { class: "addon-round" }, row.text),
    ]);
  },

  course(self, { row }) {
    self.mark(row);
    self.hold("div", "course", [h("span", {}, row.text)]);
  },

  also(self, { row }) {
    self.hold("div", "foot-line", [h("span", { dir: "auto" }, row.text)]);
  },

  note(self, { row }) {
    self.hold("div", row.key === "note-0" ? "note" : "note note-on", [icon("note"), h("span", { dir: "auto" }, row.text)]);
  },

  seen(self, { row, orderNumber }) {
    const holder = self.hold("button", "seen seen-all", [keycap("seen"), row.text], () => self.act.onSeen());
    setAttribute(holder, "aria-label", say("ticket.seenOrder", { number: orderNumber }));
  },
};

/** The station's name stands at the end of the last line of its dish, in the room that the line leaves. */
function dishParts(row, isMarked, digit) {
  const isTicked = row.isDone && !row.isVoid;
  const quantity = h(
    "span",
    { class: "quantity", "data-many": row.quantity > 1 && !isTicked },
    isTicked ? icon("check") : String(row.quantity),
  );
  const lines = [h("span", { class: "name" }, isTicked ? `${row.quantity} ` : null, h("bdi", {}, row.name))];
  if (row.change) lines.push(changeLine(row.change));
  if (row.modifiers.length > 0) lines.push(h("span", { class: "extras" }, ...row.modifiers.map(modifierOnLine)));
  if (row.note) lines.push(h("span", { class: "extra", dir: "auto" }, row.note));
  if (row.isVoid && row.isTagged) lines.push(h("span", { class: "tag tag-void" }, icon("void"), say("ticket.void")));
  else if (isMarked) lines.at(-1).append(h("span", { class: "station" }, h("bdi", {}, row.station)));
  if (isTicked) lines.push(h("span", { class: "for-readers" }, say("ticket.isDone")));
  return [quantity, h("span", { class: "what" }, ...lines), ...(digit && !row.isVoid ? [h("kbd", { class: "keycap row-key" }, digit)] : [])];
}

/** Old beside new; who hears the screen hears words, and not the signs. @param {{isAdded?: boolean, pairs: any[], words: string}} change */
function changeLine({ isAdded, pairs, words }) {
  const tag = isAdded
    ? h("span", { class: "tag tag-changed" }, icon("plus"), say("ticket.added"))
    : h("span", { class: "tag tag-changed" }, say("ticket.changed"));
  const shown = pairs.map(shownPair).map(({ was, is }) => {
    const old = was === "" ? null : h("s", { dir: "auto" }, was);
    const now = is === "" ? null : h("b", { dir: "auto" }, is);
    const sign = now === null ? null : ` ${old ? say("change.arrow") : "+"} `;
    return h("span", { class: "pair", "aria-hidden": "true" }, old, sign, now);
  });
  return h("span", { class: "changes" }, tag, ...shown, h("span", { class: "for-readers" }, isAdded ? null : words));
}

/** Its dot stands where the line comes from, whichever way its own words run. */
const modifierOnLine = (modifier) => h("span", { class: "modifier" }, h("bdi", {}, ...modifierParts(modifier)));

const modifierParts = ({ verb, rest }) => [verb ? h("strong", {}, verb) : null, verb && rest ? ` ${rest}` : rest];
