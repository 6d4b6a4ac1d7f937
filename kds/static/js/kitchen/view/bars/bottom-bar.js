/** The bottom bar: the keys as buttons, the pages, and Undo at the right end, always in the same place. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { GiveWay } from "./give-way.js";
import { waitingWords } from "../ticket/ticket-head.js";

const EMPTY_WORDS = { none: "bar.noTicket", hold: "bar.holdWhich", rush: "bar.rushWhich" };
/** What goes first where room is short; all of it is in More, or has a key. */
const GIVES_WAY = ["one-page", "all-day", "sold-out-cap", "page-words", "place", "caps", "sold-out", "hold", "rush", "page-count", "items"];

/**
 * @typedef {{
 *   onMain: () => void, onItems: () => void, onHold: () => void, onRush: () => void, onAllDay: () => void, onSoldOut: () => void, onRecall: () => void,
 *   onMore: () => void, onPage: (step: number) => void, onUndo: () => void
 * }} BottomBarActions
 */
export class BottomBar {
  /** @param {BottomBarActions} act */
  constructor(act) {
    this.main = new BarButton("main-action", "bump", () => act.onMain(), "check");
    this.mainPlace = h("bdi", { class: "bar-place", "aria-hidden": "true" });
    this.main.node.append(this.mainPlace);
    this.items = new BarButton("items-action", "items", () => act.onItems(), "list");
    this.recall = new BarButton("recall-action", "bringBack", () => act.onRecall(), "recall");
    this.hold = new BarButton("hold-action", "hold", () => act.onHold());
    this.rush = new BarButton("rush-action", "rush", () => act.onRush());
    this.allDay = new BarButton("all-day-action", "allDay", () => act.onAllDay());
    this.soldOut = new BarButton("sold-out-action", "soldOut", () => act.onSoldOut(), "soldOut");
    this.soldOutCount = h("span", { class: "bar-count" });
    this.soldOut.node.append(this.soldOutCount);
    this.more = new BarButton("more-action", "more", () => act.onMore(), "more");
    this.waiting = h("span", { class: "bar-waiting", role: "status" });
    this.pageCount = h("span", { class: "page-count" });
    this.previous = pageButton("left", "previous", say("bar.previous"), () => act.onPage(-1));
    this.next = pageButton("right", "next", say("bar.next"), () => act.onPage(1));
    this.pages = h("div", { class: "pages" }, this.previous, this.pageCount, this.next);
    this.undo = new BarButton("undo-action", "recall", () => act.onUndo(), "recall");
    const buttons = [this.main, this.items, this.recall, this.hold, this.rush, this.allDay, this.soldOut, this.more];
    this.node = h("footer", { class: "bottom-bar" }, ...buttons.map(({ node }) => node), this.waiting, this.pages, this.undo.node);
    this.giveWay = new GiveWay(this.node, GIVES_WAY);
  }

  /** @param {ReturnType<typeof import("../../input/bar-words.js").barWords> & {isAllDay: boolean, maySellOut: boolean, soldOut: number, waiting: number}} model */
  update(model) {
    this.main.update(model.mainWord || say(EMPTY_WORDS[model.aim ?? "none"]), { isEnabled: Boolean(model.mainWord) });
    setText(this.mainPlace, model.mainPlace);
    this.items.update(model.picks, { isEnabled: model.canPick, isPressed: model.isPicking });
    setAttribute(this.recall.node, "hidden", !model.recallWord);
    this.recall.update(model.recallWord, {});
    setAttribute(this.node, "data-past", Boolean(model.recallWord));
    this.hold.update(say(model.isHeld ? "bar.fire" : "bar.hold"), { isEnabled: model.canHold, isPressed: model.aim === "hold" });
    setAttribute(this.hold.node, "hidden", Boolean(model.recallWord));
    this.rush.update(say(model.isRush ? "bar.noRush" : "bar.rush"), { isEnabled: model.canRush, isPressed: model.aim === "rush" });
    this.allDay.update(say("bar.allDay"), { isPressed: model.isAllDay });
    setAttribute(this.soldOut.node, "hidden", !model.maySellOut);
    this.soldOut.update(say("bar.soldOut"), {});
    setText(this.soldOutCount, model.soldOut > 0 ? String(model.soldOut) : "");
    this.more.update(say("bar.more"), {});
    setAttribute(this.waiting, "hidden", model.waiting === 0);
    if (model.waiting > 0) this.paintWaiting(waitingWords(model.waiting));
    this.paintPages(model);
    this.undo.update(model.undoWord || say("bar.undo"), { isEnabled: Boolean(model.undoWord) });
    setAttribute(this.undo.node, "data-armed", Boolean(model.undoWord));
    this.fit();
  }

  fit() {
    const parts = [...this.node.children].filter((node) => !node.hidden);
    this.giveWay.fit(`${innerWidth} ${parts.map((node) => node.textContent.replace(/\d/g, "8")).join("|")}`);
  }

  forget() {
    this.giveWay.forget();
  }

  paintWaiting(words) {
    if (this.waiting.textContent !== words) this.waiting.replaceChildren(icon("waiting"), words);
  }

  paintPages({ page, pageCount }) {
    setText(this.pageCount, pageCount > 1 ? say("bar.page", { page: page + 1, pages: pageCount }) : say("bar.onePage"));
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
    { type: "button", class: `page-button page-${key}`, "aria-label": label, onclick },
    icon(iconName),
    keycap(key),
  );
}
