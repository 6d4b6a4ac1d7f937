/** What the keys of this device do, and what the marks on this board mean, drawn as they stand on it. */

import { h } from "../../../common/dom/dom.js";
import { icon } from "../../../common/dom/icons.js";
import { say, sayLasting } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { COMMANDS, commandWords } from "../../input/keys.js";
import { BANDS, bandWords, limitsOf } from "../../state/ticket/bands.js";
import { tagOf, waitingWords } from "../ticket/ticket-head.js";

export class HelpDialog {
  /** @param {{thresholds: () => Record<string, {dueS: number, lateS: number}> | undefined}} branch  by order type */
  constructor({ thresholds }) {
    this.thresholds = thresholds;
    this.marks = h("ul", { class: "help-list", "aria-label": say("help.marks") });
    const commands = COMMANDS.filter(({ name }) => name !== "digit");
    const keys = commands.map(({ id }) => lineOf(keycap(id), commandWords(id)));
    const close = h("button", { type: "button", class: "choice choice-main", onclick: () => this.node.close() }, keycap("leave"), say("close"));
    this.node = h(
      "dialog",
      { class: "options help-dialog", "aria-label": say("key.help") },
      h("h2", {}, say("key.help")),
      h("h3", {}, say("help.marks")),
      this.marks,
      h("h3", {}, say("help.keys")),
      h("ul", { class: "help-list help-keys", "aria-label": say("help.keys") }, ...keys),
      h("div", { class: "options-end" }, close),
    );
  }

  get isOpen() {
    return this.node.open;
  }

  show() {
    this.marks.replaceChildren(...marksOf(limitsOf(this.thresholds())).map(([mark, words]) => lineOf(mark, words)));
    this.node.showModal();
    this.node.scrollTop = 0; // Close has the focus, and stands at the end
  }
}

function marksOf({ due, late }) {
  return [
    [h("kbd", { class: "keycap" }, "1"), say("help.ticketKey")],
    [band("calm"), say("help.calm")],
    [band("due"), say("help.due", { minutes: rangeWords(due) })],
    [band("late"), say("help.late", { minutes: rangeWords(late) })],
    [band("held"), say("help.held")],
    [band("ready"), say("help.ready")],
    [tag("void", "void", bandWords("void")), say("help.void")],
    [tagOf("RUSH"), say("help.rush")],
    [tagOf("VIP"), say("help.vip")],
    [tagOf("REFIRE"), say("help.refire")],
    [tagOf("RECALLED"), say("help.recalled")],
    [tagOf("ADD-ON"), say("help.addOn")],
    [tagOf("PAID"), say("help.paid")],
    [h("span", { class: "help-allergy" }, icon("warning"), say("ticket.allergy")), say("help.allergy")],
    [icon("check"), say("help.done")],
    [h("span", { class: "help-many" }, "2"), say("help.many")],
    [tag("waiting", "waiting", waitingWords(1)), say("help.waiting")],
    [icon("right"), say("help.torn")],
  ];
}

const lineOf = (mark, words) => h("li", {}, h("span", { class: "help-mark" }, mark), words);
const band = (name) => h("span", { class: "help-band", "data-band": name }, BANDS[name].icon ? icon(BANDS[name].icon) : null, bandWords(name));
const tag = (name, iconName, words) => h("span", { class: `tag tag-${name}` }, icon(iconName), words);

/** "5 min", or "5 min – 8 min" where order types differ. @param {number[]} seconds the least and the most */
function rangeWords([least, most]) {
  const words = sayLasting(least * 1000);
  return least === most ? words : `${words} – ${sayLasting(most * 1000)}`;
}
