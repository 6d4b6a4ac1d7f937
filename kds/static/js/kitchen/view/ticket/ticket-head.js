/** The top of every ticket: the header that bumps, tags, and the allergy, which every part of a torn one repeats. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say, sayParts } from "../../../common/text/words.js";
import { BANDS, bandWords } from "../../state/ticket/bands.js";
import { textWidth } from "./text-width.js";
import { headFit } from "./head-fit.js";

/** By tag of a view: name of its style, icon, name of its text. */
const TAGS = {
  RUSH: ["rush", "rush", "ticket.rush"],
  VIP: ["rush", "rush", "ticket.vip"],
  REFIRE: ["refire", "recall", "ticket.refire"],
  PAID: ["paid", "check", "ticket.paid"],
  RECALLED: ["recalled", "recall", "ticket.recalled"],
  "ADD-ON": ["addon", "plus", "ticket.addOn"],
};
const TYPE_ICONS = new Map([["takeaway", "bag"], ["delivery", "bike"]]);
/** A state without a word asks for nothing. */
const QUIET = new Set(["calm"]);

/**
 * @typedef {{
 *   view: import("../../state/ticket/ticket-view.js").TicketView, piece: import("../../state/layouts/tear.js").Piece,
 *   band: keyof typeof BANDS, ageText: string, dueText: string, digit: string, isSelected: boolean, isPicking: boolean,
 *   waiting: number, isNew: boolean, widthPx: number, sizes: import("../../state/layouts/density.js").Sizes, marks: Set<string>
 * }} TicketModel  `isPicking`: the digits choose dishes; `waiting`: presses here that have no answer yet;
 *   `marks`: the dishes that say their station
 */
export class TicketHead {
  /** @param {(at: {x: number, y: number}) => void} onBump */
  constructor(onBump) {
    this.key = h("span", { class: "key", "aria-hidden": "true" });
    this.number = h("span", { class: "number", dir: "auto" });
    this.type = h("span", { class: "type" });
    this.place = h("bdi", { class: "place" });
    this.part = h("span", { class: "part" });
    this.state = h("span", { class: "state" });
    this.word = h("span", { class: "word" });
    this.timer = h("span", { class: "timer" });
    this.button = h(
      "button",
      { type: "button", class: "head", onclick: (event) => onBump({ x: event.clientX, y: event.clientY }) },
      this.key,
      this.number,
      this.type,
      this.place,
      this.part,
      h("span", { class: "when" }, this.state, this.word, this.timer),
    );
    this.placeBelow = h("div", { class: "place-below", dir: "auto" });
    this.tags = h("div", { class: "tags" });
    this.allergy = h("div", { class: "allergy" });
    this.nodes = [this.button, this.placeBelow, this.tags, this.allergy];
    this.paintedTags = "";
  }

  /** @param {TicketModel} model @param {string} actionWords what a press of the header does */
  update(model, actionWords) {
    const { view, piece, band, ageText, dueText, digit, waiting } = model;
    setText(this.key, digit);
    setAttribute(this.key, "hidden", !digit);
    setText(this.number, String(view.number));
    setText(this.part, piece.parts > 1 ? `${piece.part}/${piece.parts}` : "");
    setText(this.timer, ageText);
    this.paintFit(model);
    const isFirst = piece.part === 1;
    const type = view.orderType === "dine_in" ? "" : view.type;
    const texts = isFirst ? [dueText, type, view.who] : [];
    this.paintTags(isFirst ? view.tags : [], texts, isFirst ? waiting : 0);
    this.paintAllergy(view.allergy);
    const words = sayParts([actionWords, view.place || view.type, `${bandWords(band)} ${ageText}`.trim(), ...(dueText ? [dueText] : [])]);
    setAttribute(this.button, "aria-label", words);
  }

  paintFit(model) {
    const { head, fit, typeIcon, stateIcon } = fitOf(model, model.piece.parts > 1);
    const { place } = head;
    setText(this.place, fit.isBelow ? "" : place);
    setAttribute(this.place, "hidden", fit.isBelow || !place);
    setAttribute(this.place, "data-name", typeIcon !== null);
    setAttribute(this.place, "data-small", fit.placePx < model.sizes.place);
    setText(this.placeBelow, fit.isBelow ? place : "");
    setAttribute(this.placeBelow, "hidden", !fit.isBelow);
    paintIcon(this.type, fit.hasTypeIcon ? typeIcon : null);
    paintIcon(this.state, stateIcon);
    setText(this.word, head.word);
    setAttribute(this.word, "hidden", !head.word || !fit.hasWord);
  }

  paintTags(tags, texts, waiting) {
    const words = JSON.stringify([tags, texts, waiting]);
    if (words === this.paintedTags) return;
    this.paintedTags = words;
    const nodes = tags.map(tagOf);
    for (const text of texts.filter(Boolean)) nodes.push(h("span", { class: "tag-type" }, text));
    if (waiting > 0) nodes.push(h("span", { class: "tag tag-waiting" }, icon("waiting"), waitingWords(waiting)));
    this.tags.replaceChildren(...nodes);
    setAttribute(this.tags, "hidden", nodes.length === 0);
  }

  paintAllergy(allergy) {
    setAttribute(this.allergy, "hidden", !allergy);
    const label = `${say("ticket.allergy")} `;
    const words = label + allergy;
    if (!allergy || this.allergy.textContent === words) return;
    this.allergy.replaceChildren(icon("warning"), h("span", {}, label, h("bdi", {}, allergy)));
  }
}

/** What of its header a ticket shows in this lane, whole or as a part. @param {TicketModel} model @param {boolean} isPart */
export function fitOf({ view, piece, band, ageText, digit, widthPx, sizes }, isPart) {
  const { icon: stateIcon } = BANDS[band];
  const typeIcon = TYPE_ICONS.get(view.orderType) ?? null;
  const head = {
    number: String(view.number),
    place: view.place || (typeIcon ? "" : view.type),
    part: isPart ? (piece.parts > 9 ? "88/88" : "8/8") : "",
    age: ageText,
    word: QUIET.has(band) ? "" : bandWords(band),
    hasKey: Boolean(digit),
    hasTypeIcon: typeIcon !== null,
    hasStateIcon: stateIcon !== null,
  };
  return { head, typeIcon, stateIcon, fit: headFit(head, { widthPx, sizes, textWidth }) };
}

function paintIcon(node, name) {
  if ((node.dataset.icon ?? "") === (name ?? "")) return;
  setAttribute(node, "data-icon", name);
  node.replaceChildren(...(name ? [icon(name)] : []));
}

/** @param {string} tag of a view */
export function tagOf(tag) {
  const [name, iconName] = TAGS[tag];
  return h("span", { class: `tag tag-${name}` }, icon(iconName), tagWords(tag));
}

/** @param {string} tag of a view */
export const tagWords = (tag) => say(TAGS[tag][2]);

/** @param {number} count */
export function waitingWords(count) {
  return say("bar.waiting", { count });
}
