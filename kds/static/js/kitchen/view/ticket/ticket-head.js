/** The top of every ticket: the header that bumps, then tags and allergy, repeated on every part of a torn one. */

import { h, setAttribute, setText } from "../../../common/dom.js";
import { icon } from "../../../common/icons.js";
import { BANDS } from "../../state/bands.js";

const TAGS = {
  RUSH: () => h("span", { class: "tag tag-rush" }, icon("rush"), "RUSH"),
  RECALLED: () => h("span", { class: "tag tag-recalled" }, icon("recall"), "RECALLED"),
  "ADD-ON": () => h("span", { class: "tag tag-addon" }, icon("plus"), "ADD-ON"),
};

/**
 * @typedef {{
 *   view: import("../../state/ticket-view.js").TicketView, piece: import("../../state/layout.js").Piece,
 *   band: keyof typeof BANDS, ageText: string, digit: string, isSelected: boolean, isPicking: boolean,
 *   waiting: number, isNew: boolean
 * }} TicketModel  `isPicking`: the digits choose dishes; `waiting`: presses here that have no answer yet
 */
export class TicketHead {
  /** @param {(at: {x: number, y: number}) => void} onBump */
  constructor(onBump) {
    this.key = h("span", { class: "key", "aria-hidden": "true" });
    this.number = h("span", { class: "number" });
    this.place = h("bdi", { class: "place" });
    this.part = h("span", { class: "part" });
    this.placeShort = h("span", { class: "place-short", dir: "auto" });
    this.type = h("span", { class: "type" });
    this.timer = h("span", { class: "timer" });
    this.word = h("span", { class: "word" });
    this.button = h(
      "button",
      { type: "button", class: "head", onclick: (event) => onBump({ x: event.clientX, y: event.clientY }) },
      this.key,
      h("span", { class: "who" }, h("span", { class: "line" }, this.number, this.place, this.part), this.placeShort, this.type),
      h("span", { class: "when" }, this.timer, this.word),
    );
    this.tags = h("div", { class: "tags" });
    this.allergy = h("div", { class: "allergy" });
    this.nodes = [this.button, this.tags, this.allergy];
    this.paintedTags = "";
  }

  /** @param {TicketModel} model @param {string} actionWords what a press of the header does */
  update({ view, piece, band, ageText, digit, waiting }, actionWords) {
    setText(this.key, digit);
    setAttribute(this.key, "hidden", !digit);
    setText(this.number, String(view.number));
    const part = piece.parts > 1 ? `${piece.part}/${piece.parts}` : "";
    setText(this.place, view.place);
    setText(this.part, part);
    setText(this.placeShort, `${view.placeShort} ${part}`.trim());
    setText(this.type, `${view.type} ${part}`.trim());
    setText(this.timer, ageText);
    this.paintWord(BANDS[band]);
    this.paintTags(piece.part === 1 ? view.tags : [], piece.part === 1 ? waiting : 0);
    this.paintAllergy(view.allergy);
    setAttribute(
      this.button,
      "aria-label",
      `${actionWords}, ${view.place || view.type}, ${BANDS[band].word} ${ageText}`.trim(),
    );
  }

  paintWord({ word, icon: name }) {
    if (this.word.textContent === word) return;
    this.word.replaceChildren(...(name ? [icon(name)] : []), word);
  }

  paintTags(tags, waiting) {
    const words = JSON.stringify([tags, waiting]);
    if (words === this.paintedTags) return;
    this.paintedTags = words;
    const nodes = tags.map((tag) => TAGS[tag]());
    if (waiting > 0) nodes.push(h("span", { class: "tag tag-waiting" }, icon("waiting"), waitingWords(waiting)));
    this.tags.replaceChildren(...nodes);
    setAttribute(this.tags, "hidden", nodes.length === 0);
  }

  paintAllergy(allergy) {
    setAttribute(this.allergy, "hidden", !allergy);
    const words = `ALLERGY: ${allergy}`;
    if (!allergy || this.allergy.textContent === words) return;
    this.allergy.replaceChildren(icon("warning"), h("span", {}, "ALLERGY: ", h("bdi", {}, allergy)));
  }
}

/** @param {number} count */
export function waitingWords(count) {
  return `${count} ${count === 1 ? "bump" : "bumps"} waiting`;
}
