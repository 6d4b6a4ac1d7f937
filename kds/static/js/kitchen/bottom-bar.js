/** The bottom bar: the keys as buttons, the pages, and Undo at the right end, always in the same place. */

import { h, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { keycap } from "./keycap.js";

/** @typedef {{onMain: () => void, onItems: () => void, onPage: (step: number) => void, onUndo: () => void}} BottomBarActions */
export class BottomBar {
  /** @param {BottomBarActions} act */
  constructor(act) {
    this.mainWord = h("span", { class: "bar-word" });
    this.main = h(
      "button",
      { type: "button", class: "bar-button main-action", onclick: () => act.onMain() },
      keycap("Enter"),
      this.mainWord,
    );
    this.itemsWord = h("span", { class: "bar-word" });
    this.items = h(
      "button",
      { type: "button", class: "bar-button items-action", onclick: () => act.onItems() },
      keycap("I"),
      this.itemsWord,
    );
    this.pageOf = h("span", { class: "page-of" });
    this.pageCount = h("span", {});
    this.pageWord = h("span", { class: "page-word" }, this.pageOf, this.pageCount);
    this.previous = pageButton("left", "PgUp", "Previous page", () => act.onPage(-1));
    this.next = pageButton("right", "PgDn", "Next page", () => act.onPage(1));
    this.pages = h("div", { class: "pages" }, this.previous, this.pageWord, this.next);
    this.undoWord = h("span", { class: "bar-word" });
    this.undo = h(
      "button",
      { type: "button", class: "bar-button undo-action", onclick: () => act.onUndo() },
      keycap("R"),
      icon("recall"),
      this.undoWord,
    );
    this.node = h("footer", { class: "bottom-bar" }, this.main, this.items, this.pages, this.undo);
  }

  /** @param {{mainWord: string, canPick: boolean, isPicking: boolean, page: number, pageCount: number, undoWord: string, isUndo: boolean}} model */
  update({ mainWord, canPick, isPicking, page, pageCount, undoWord, isUndo }) {
    setText(this.mainWord, mainWord || "No ticket");
    this.main.disabled = !mainWord;
    setText(this.itemsWord, isPicking ? "Done with items" : "Items");
    this.items.disabled = !canPick;
    setAttribute(this.items, "aria-pressed", String(isPicking));
    setText(this.pageOf, pageCount > 1 ? "Page " : "");
    setText(this.pageCount, pageCount > 1 ? `${page + 1} of ${pageCount}` : "All on one page");
    setAttribute(this.pages, "data-single", pageCount === 1);
    this.previous.disabled = page === 0;
    this.next.disabled = page >= pageCount - 1;
    setText(this.undoWord, undoWord || "Nothing to undo");
    setAttribute(this.undo, "data-armed", isUndo);
    this.undo.disabled = !undoWord;
  }
}

function pageButton(iconName, key, label, onclick) {
  return h(
    "button",
    { type: "button", class: "page-button", "aria-label": label, onclick },
    icon(iconName),
    keycap(key),
  );
}
