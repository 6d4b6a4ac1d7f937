/** One order as its guest sees it: where it stands in four steps, each dish with its state, and that it is live. */

import { statedAllergy } from "../../common/allergies/allergy.js";
import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { money, timeOfDay } from "../../common/text/format.js";
import { icon } from "../../common/dom/icons.js";
import { languageChoice, say, sayLasting, sayList, tableWords } from "../../common/text/words.js";
import { allergenWords } from "../../common/allergies/allergens.js";
import { isReadableDish } from "./order-view-shape.js";
import { headline, stepsOf, dishWord, readyCount } from "./progress.js";

export class TrackView {
  /** @param {{onCancel: () => void}} act */
  constructor(act) {
    this.title = h("h1", {});
    this.branch = h("p", { dir: "auto" });
    this.table = h("span", { class: "chip-table", dir: "auto" });
    this.lead = h("p", { class: "track-lead" });
    this.big = h("p", { class: "track-big" });
    this.words = h("p", { class: "track-words" });
    this.stepBox = h("ol", { class: "steps" });
    this.steps = new KeyedList(
      this.stepBox,
      ({ key }) => key,
      () => new Step(),
    );
    this.dishesHead = h("h2", { class: "dishes-head" });
    this.dishBox = h("ul", { class: "track-dishes" });
    this.dishes = new KeyedList(
      this.dishBox,
      ({ key }) => key,
      () => new TrackedDish(),
    );
    this.total = h("strong", {});
    this.allergy = h("p", { class: "track-allergy", hidden: true });
    this.note = h("p", { class: "track-note", dir: "auto", hidden: true });
    this.totalRow = h("p", { class: "track-total" }, h("span", {}, say("order.total")), this.total);
    this.againWord = h("span", {});
    this.again = h("a", { class: "again" }, icon("plus"), this.againWord);
    this.cancel = h("button", { type: "button", class: "cancel", onclick: () => act.onCancel() }, say("track.cancel"));
    this.dot = h("span", { class: "dot" });
    this.live = h("span", {});
    this.announcer = h("p", { class: "for-readers", "aria-live": "polite" });
    this.node = h(
      "div",
      { class: "track-page" },
      h("header", { class: "phone-head" }, h("div", { class: "phone-title" }, this.title, this.branch), this.table),
      h(
        "main",
        {},
        h("section", { class: "track-now" }, this.lead, this.big, this.words, this.stepBox),
        this.dishesHead,
        this.dishBox,
        this.allergy,
        this.note,
        this.totalRow,
      ),
      h("footer", { class: "track-foot" }, this.again, this.cancel, h("p", { class: "track-live" }, this.dot, this.live), languageChoice()),
      this.announcer,
    );
  }

  /**
   * @param {{
   *   order: any, branch: {name: string, locality?: string, timezone?: string, addsRounds?: boolean} | null, now: number,
   *   health: any, moreLink: string | null
   * }} model
   */
  update({ order, branch, now, health, moreLink }) {
    const at = (moment) => timeOfDay(typeof moment === "number" ? moment : Date.parse(moment), branch?.timezone);
    const { lead, big, words } = headline(order, at, now);
    const title = say("track.order", { number: order.orderNumber });
    setText(this.title, title);
    document.title = `${title}: ${big}`;
    setText(this.branch, branch ? [branch.name, branch.locality].filter(Boolean).join(", ") : "");
    setText(
      this.table,
      order.orderType === "dine_in"
        ? order.table
          ? tableWords(order.table)
          : say("type.dine_in")
        : order.customerName || say(`type.${order.orderType}`),
    );
    setText(this.lead, lead);
    setText(this.big, big);
    setText(this.words, words);
    setText(this.announcer, `${lead} ${big}`);
    this.steps.update(stepsOf(order, at));
    setAttribute(this.stepBox, "hidden", order.status === "CANCELLED");
    setText(this.dishesHead, order.status === "CANCELLED" ? "" : readyCount(order));
    setAttribute(this.totalRow, "hidden", order.status === "CANCELLED");
    this.paintTold(order);
    this.dishes.update(order.items.map((item, index) => ({ key: `${index}`, item, orderType: order.orderType })));
    setText(this.total, money(order.totalCents, order.currency, order.minorUnits));
    setAttribute(this.again, "href", moreLink);
    setAttribute(this.again, "hidden", moreLink === null);
    setText(this.againWord, say(branch?.addsRounds && isOpen(order) ? "track.addToThis" : "track.orderMore"));
    setAttribute(this.cancel, "hidden", !order.canCancel);
    this.paintLive(health);
  }

  /** What the kitchen was told, as it was told: a guest must be able to see that it arrived. */
  paintTold(order) {
    const { allergy, note } = statedAllergy(typeof order.note === "string" ? order.note : "");
    setAttribute(this.allergy, "hidden", !allergy);
    setText(this.allergy, allergy ? say("track.allergyTold", { allergens: sayList(allergy.split(/,\s*/).map(allergenWords)) }) : "");
    setAttribute(this.note, "hidden", !note.trim());
    setText(this.note, note.trim() ? say("track.noteTold", { note: note.trim() }) : "");
  }

  paintLive({ phase, silentMs }) {
    setAttribute(this.node, "data-phase", phase); // last: "live" is said of a page that was painted
    setText(this.live, say(`track.${phase}`, { ago: sayLasting(silentMs) }));
  }
}

const isOpen = (order) => order.status === "SENT" || order.status === "READY";

class Step {
  constructor() {
    this.mark = h("span", { class: "step-mark" });
    this.word = h("span", { class: "step-word" });
    this.time = h("span", { class: "step-time" });
    this.node = h("li", { class: "step" }, this.mark, this.word, this.time);
    this.stage = "";
  }

  update({ name, stage, time }) {
    setText(this.word, name);
    setText(this.time, time);
    setAttribute(this.node, "data-stage", stage);
    setAttribute(this.node, "aria-current", stage === "now" ? "step" : null);
    if (stage === this.stage) return;
    this.stage = stage;
    this.mark.replaceChildren(...(stage === "done" ? [icon("check")] : []));
  }
}

class TrackedDish {
  constructor() {
    this.quantity = h("strong", { class: "dish-quantity" });
    this.name = h("span", { class: "dish-title", dir: "auto" });
    this.extra = h("span", { class: "line-extra", dir: "auto" });
    this.state = h("span", { class: "dish-state" });
    this.node = h(
      "li",
      { class: "track-dish" },
      this.quantity,
      h("span", { class: "dish-text" }, this.name, this.extra),
      this.state,
    );
  }

  update({ item, orderType }) {
    if (!isReadableDish(item)) {
      setText(this.name, say("track.dishUnreadable"));
      for (const node of [this.quantity, this.extra, this.state]) node.replaceChildren();
      return;
    }
    setText(this.quantity, String(item.quantity));
    setText(this.name, item.name);
    setText(this.extra, [...item.modifiers, item.note].filter(Boolean).join(", "));
    setAttribute(this.node, "data-status", item.status);
    const word = dishWord(item.status, orderType);
    if (this.state.textContent === word) return;
    this.state.replaceChildren(
      ...(item.status === "READY" || item.status === "COMPLETED" ? [icon("check")] : []),
      h("span", {}, word),
    );
  }
}
