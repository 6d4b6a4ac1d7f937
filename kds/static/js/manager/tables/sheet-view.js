/** The printable sheet: which tables, a button to print, and a card with its QR code for each table. It only paints. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { say, tableWords } from "../../common/text/words.js";

const SVG = "http://www.w3.org/2000/svg";
/** ISO/IEC 18004: a code needs four modules of white around it. */
const QUIET = 4;

export class SheetView {
  /** @param {{onTables: (text: string) => void, onPrint: () => void, onRenew: (table: string) => void}} act */
  constructor(act) {
    this.names = h("input", { id: "tables", type: "text", autocomplete: "off", spellcheck: "false" });
    this.problem = h("p", { class: "login-problem", role: "alert", hidden: true });
    this.news = h("p", { class: "sheet-news", role: "status", dir: "auto" });
    this.form = h(
      "form",
      { class: "sheet-form" },
      h("h1", {}, say("sheet.title")),
      h("label", { for: "tables" }, say("sheet.tables")),
      this.names,
      h("button", { type: "submit" }, say("sheet.show")),
      h("button", { type: "button", class: "sheet-print", onclick: () => act.onPrint() }, say("sheet.print")),
      this.problem,
      this.news,
    );
    this.form.onsubmit = (event) => {
      event.preventDefault();
      act.onTables(this.names.value);
    };
    this.box = h("ul", { class: "cards" });
    this.cards = new KeyedList(
      this.box,
      ({ table }) => table,
      ({ table }) => new Card(() => act.onRenew(table)),
    );
    this.shown = [];
    this.node = h("main", { class: "sheet-page" }, this.form, this.box);
  }

  fill(text) {
    this.names.value = text;
  }

  /** @param {any} sheet  the answer of GET /manager/tables */
  update(sheet) {
    const branch = [sheet.name, sheet.locality].filter(Boolean).join(", ");
    this.shown = sheet.tables.map((table) => ({ ...table, branch }));
    this.cards.update(this.shown);
    setText(this.news, "");
  }

  /** @param {any} sheet  the answer of POST /manager/tables/renew: the cards that are others now */
  replace(sheet) {
    const renewed = new Map(sheet.tables.map((card) => [card.table, card]));
    this.shown = this.shown.map((card) => ({ ...card, ...renewed.get(card.table) }));
    this.cards.update(this.shown);
    setText(this.news, sheet.tables.map(({ table }) => say("sheet.renewed", { table: tableWords(table) })).join(" "));
  }

  refuse(message) {
    setText(this.problem, message);
    setAttribute(this.problem, "hidden", !message);
  }
}

class Card {
  /** @param {() => void} onRenew */
  constructor(onRenew) {
    this.branch = h("p", { class: "card-branch", dir: "auto" });
    this.table = h("h2", { dir: "auto" });
    this.code = document.createElementNS(SVG, "svg");
    this.path = document.createElementNS(SVG, "path");
    this.code.append(this.path);
    setAttribute(this.code, "role", "img");
    this.renew = h("button", { type: "button", class: "card-renew", onclick: onRenew }, say("sheet.renew"));
    const words = h("p", { class: "card-words" }, say("sheet.scan"));
    this.node = h("li", { class: "card" }, this.branch, this.table, this.code, words, this.renew);
  }

  update({ branch, table, url, code }) {
    setText(this.branch, branch);
    setText(this.table, tableWords(table));
    setAttribute(this.renew, "aria-label", say("sheet.renewOf", { table: tableWords(table) }));
    const edge = code.size + 2 * QUIET;
    setAttribute(this.code, "viewBox", `${-QUIET} ${-QUIET} ${edge} ${edge}`);
    setAttribute(this.code, "aria-label", url);
    setAttribute(this.path, "d", code.path);
  }
}
