/** Which dishes are shown: of one section, sold out, or those that a search finds. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { say, searchFor } from "../../common/text/words.js";
import { allergenWords } from "../../common/allergies/allergens.js";
import { sectionName, sectionsOf } from "./dish-list.js";

const ALL = "all";
const OUT = "out";
const OF_SECTION = "section ";

export class MenuFilter {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.chosen = ALL;
    this.onChange = onChange;
    this.search = h("input", { type: "search", class: "office-field menu-search", "aria-label": say("menu.find"), placeholder: say("menu.find"), oninput: onChange, dir: "auto" });
    this.box = h("div", { class: "menu-chips", role: "group", "aria-label": say("menu.sections") });
    this.chips = new KeyedList(
      this.box,
      ({ key }) => key,
      ({ key }) => new Chip(() => this.choose(key)),
    );
  }

  choose(key) {
    this.chosen = key;
    this.onChange();
  }

  /** @param {any[]} dishes of the menu @returns {any[]} those that are shown */
  of(dishes) {
    const outCount = dishes.filter(({ soldOut }) => soldOut).length;
    const sections = sectionsOf(dishes).map(({ name }) => ({ key: OF_SECTION + name, words: sectionName(name) }));
    const offered = [
      { key: ALL, words: say("menu.all", { count: dishes.length }) },
      ...(sections.length > 1 ? sections : []),
      ...(outCount > 0 ? [{ key: OUT, words: say("menu.out", { count: outCount }), isOut: true }] : []),
    ];
    if (!offered.some(({ key }) => key === this.chosen)) this.chosen = ALL;
    this.chips.update(offered.map((chip) => ({ ...chip, isChosen: chip.key === this.chosen })));
    const isFound = searchFor(this.search.value);
    return dishes.filter((dish) => this.isIn(dish) && isFound([dish.name, dish.section, dish.station ?? "", ...dish.allergens.map(allergenWords)]));
  }

  isIn({ section, soldOut }) {
    return this.chosen === ALL || (this.chosen === OUT ? soldOut : this.chosen === OF_SECTION + section);
  }

  /** Shows all again: what was just made would else be hidden. */
  clear() {
    this.chosen = ALL;
    this.search.value = "";
  }
}

class Chip {
  constructor(onclick) {
    this.words = h("bdi");
    this.node = h("button", { type: "button", class: "office-button menu-chip", onclick }, this.words);
  }

  update({ words, isChosen, isOut = false }) {
    setText(this.words, words);
    setAttribute(this.node, "aria-pressed", String(isChosen));
    setAttribute(this.node, "data-out", isOut);
  }
}
