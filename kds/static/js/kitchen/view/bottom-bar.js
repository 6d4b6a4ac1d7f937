/** The bottom bar: the keys as buttons, the pages, and Undo at the right end, always in the same place. */

import { h, setAttribute, setText } from "../../common/dom.js";
import { icon } from "../../common/icons.js";
import { keycap } from "../device/keycap.js";
import { waitingWords } from "./ticket/ticket-head.js";

const EMPTY_WORDS = { none: "No ticket", hold: "Hold which ticket?", rush: "Rush which ticket?" };

/**
 * @typedef {{
 *   onMain: () => void, onItems: () => void, onHold: () => void, onRush: () => void, onAllDay: () => void,
 *   onPage: (step: number) => void, onUndo: () => void
 * }} BottomBarActions
 */
export class BottomBar {
  /** @param {BottomBarActions} act */
  constructor(act) {
    this.main = new BarButton("main-action", "bump", () => act.onMain());
    this.items = new BarButton("items-action", "items", () => act.onItems());
    this.hold = new BarButton("hold-action", "hold", () => act.onHold());
    this.rush = new BarButton("rush-action", "rush", () => act.onRush());
    this.allDay = new BarButton("all-day-action", "allDay", () => act.onAllDay());
    this.waiting = h("span", { class: "bar-waiting", role: "status" });
    this.pageOf = h("span", { class: "page-of" });
    this.pageCount = h("span", {});
    this.more = h("span", { class: "page-more" });
    this.pageWord = h("span", { class: "page-word" }, h("span", {}, this.pageOf, this.pageCount), this.more);
    this.previous = pageButton("left", "previous", "Previous page", () => act.onPage(-1));
    this.next = pageButton("right", "next", "Next page", () => act.onPage(1));
    this.pages = h("div", { class: "pages" }, this.previous, this.pageWord, this.next);
    this.undo = new BarButton("undo-action", "recall", () => act.onUndo(), "recall");
    this.node = h(
      "footer",
      { class: "bottom-bar" },
      this.main.node,
      this.items.node,
      this.hold.node,
      this.rush.node,
      this.allDay.node,
      this.waiting,
      this.pages,
      this.undo.node,
    );
  }

  /** @param {ReturnType<import("../input/board-input.js").BoardInput["words"]> & {isAllDay: boolean, waiting: number}} model */
  update(model) {
    this.main.update(model.mainWord || EMPTY_WORDS[model.aim ?? "none"], { isEnabled: Boolean(model.mainWord) });
    this.items.update(model.picks, { isEnabled: model.canPick, isPressed: model.isPicking });
    this.hold.update(model.isHeld ? "Fire" : "Hold", { isEnabled: model.canHold, isPressed: model.aim === "hold" });
    this.rush.update(model.isRush ? "No rush" : "Rush", { isEnabled: model.canRush, isPressed: model.aim === "rush" });
    this.allDay.update("All day", { isPressed: model.isAllDay });
    setAttribute(this.waiting, "hidden", model.waiting === 0);
    if (model.waiting > 0) this.paintWaiting(waitingWords(model.waiting));
    this.paintPages(model);
    this.undo.update(model.undoWord || "Nothing to undo", { isEnabled: Boolean(model.undoWord) });
    setAttribute(this.undo.node, "data-armed", model.isUndo);
  }

  paintWaiting(words) {
    if (this.waiting.textContent !== words) this.waiting.replaceChildren(icon("waiting"), words);
  }

  paintPages({ page, pageCount, more }) {
    setText(this.pageOf, pageCount > 1 ? "Page " : "");
    setText(this.pageCount, pageCount > 1 ? `${page + 1} of ${pageCount}` : "All on one page");
    setText(this.more, more > 0 ? `${more} more` : "");
    setAttribute(this.pages, "data-single", pageCount === 1);
    this.previous.disabled = page === 0;
    this.next.disabled = page >= pageCount - 1;
  }
}

class BarButton {
  constructor(className, key, onclick, iconName = null) {
    this.word = h("span", { class: "bar-word" });
    this.node = h(
      "button",
      { type: "button", class: `bar-button ${className}`, onclick },
      keycap(key),
      iconName ? icon(iconName) : null,
      this.word,
    );
  }

  update(words, { isEnabled = true, isPressed = null }) {
    setText(this.word, words);
    this.node.disabled = !isEnabled;
    setAttribute(this.node, "aria-pressed", isPressed === null ? null : String(isPressed));
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
