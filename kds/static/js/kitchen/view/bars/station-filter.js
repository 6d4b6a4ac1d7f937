/** Whose dishes are shown: a button each, or, where they are many, one button that names the chosen one and opens a list. */

import { KeyedList, h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { EXPO } from "../../state/board/scope.js";

/** More stations than this are a list. */
const BUTTONS_MAX = 5;

export class StationFilter {
  /** @param {{onScope: (choice: string | symbol | null) => void}} act */
  constructor(act) {
    this.group = h("div", { class: "stations", role: "group", "aria-label": say("scope.station") });
    this.buttons = new KeyedList(this.group, ({ choice }) => keyOf(choice), ({ choice }) => new StationButton(choice, (of) => act.onScope(of)));
    this.chosenWord = h("span", { class: "station-chosen", dir: "auto" });
    this.opener = h("button", { type: "button", class: "station-list", onclick: () => this.dialog.showModal() }, this.chosenWord, icon("down"));
    this.list = h("div", { class: "station-choices" });
    const choose = (choice) => {
      this.dialog.close();
      act.onScope(choice);
    };
    this.choices = new KeyedList(this.list, ({ choice }) => keyOf(choice), ({ choice }) => new StationButton(choice, choose));
    const close = h("button", { type: "button", class: "choice choice-main", onclick: () => this.dialog.close() }, keycap("leave"), say("close"));
    this.dialog = h("dialog", { class: "options", "aria-label": say("scope.stations") }, h("h2", {}, say("scope.stations")), this.list, h("div", { class: "options-end" }, close));
    this.node = h("div", { class: "station-filter" }, this.group, this.opener, this.dialog);
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** @param {import("../../state/board/scope.js").Scope} scope */
  update(scope) {
    const values = scope.choices.map((choice) => ({ choice, isChosen: choice === scope.chosen }));
    this.buttons.update(values);
    this.choices.update(values);
    setAttribute(this.node, "data-many", (scope.stations?.length ?? 0) > BUTTONS_MAX);
    setText(this.chosenWord, wordsOf(scope.chosen));
    setAttribute(this.opener, "aria-label", say("scope.chosen", { station: wordsOf(scope.chosen) }));
  }
}

/** A station may be called "All" or "Expo" and still be another choice than those. */
const keyOf = (choice) => (choice === EXPO ? "expo" : choice === null ? "all" : `station ${choice}`);
const wordsOf = (choice) => (choice === EXPO ? say("scope.expo") : (choice ?? say("scope.all")));

class StationButton {
  constructor(choice, onScope) {
    this.node = h("button", { type: "button", class: "station-button", dir: "auto", onclick: () => onScope(choice) }, wordsOf(choice));
  }

  update({ isChosen }) {
    setAttribute(this.node, "aria-pressed", String(isChosen));
  }
}
