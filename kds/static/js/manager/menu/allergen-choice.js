/** What a dish contains: the fourteen of Regulation (EU) 1169/2011 in the reader's language, and what else its menu names. */

import { h, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { allergenKey, allergenWords } from "../../common/allergies/allergens.js";

const FOURTEEN = ["gluten", "crustaceans", "eggs", "fish", "peanuts", "soya", "milk", "nuts", "celery", "mustard", "sesame", "sulphites", "lupin", "molluscs"];

export class AllergenChoice {
  /** @param {() => void} oninput */
  constructor(oninput) {
    this.written = [];
    this.isMenuEnglish = false;
    this.oninput = oninput;
    this.boxes = new Map();
    this.list = h("div", { class: "dish-allergens" });
    this.problem = h("p", { class: "dish-problem", role: "alert" });
    this.node = h("fieldset", { class: "dish-set" }, h("legend", {}, say("menu.contains")), this.list, this.problem);
    this.paint(FOURTEEN);
  }

  paint(keys, others = []) {
    const before = this.boxes;
    this.boxes = new Map([...keys, ...others.map(allergenKey)].map((key) => [key, before.get(key) ?? this.box(key, others.find((each) => allergenKey(each) === key) ?? key)]));
    this.list.replaceChildren(...[...this.boxes.values()].map((input) => input.parentNode));
  }

  box(key, text) {
    const onchange = () => {
      this.refuse("");
      this.oninput();
    };
    const input = h("input", { type: "checkbox", onchange });
    h("label", { class: "dish-allergen" }, input, h("span", { dir: "auto" }, allergenWords(text)));
    return input;
  }

  /** As the menu writes them: a word that it has stays, whatever language it is in. */
  get value() {
    const isOn = (key) => this.boxes.get(key)?.checked;
    const kept = this.written.filter((text) => isOn(allergenKey(text)));
    const known = new Set(kept.map(allergenKey));
    return [...kept, ...[...this.boxes.keys()].filter((key) => isOn(key) && !known.has(key)).map((key) => this.wordOf(key))];
  }

  set value(texts) {
    const present = new Set(texts.map(allergenKey));
    this.written = texts;
    const others = texts.filter((text) => !FOURTEEN.includes(allergenKey(text)));
    if (others.some((text) => !this.boxes.has(allergenKey(text))) || this.boxes.size > FOURTEEN.length) this.paint(FOURTEEN, others);
    for (const [key, input] of this.boxes) input.checked = present.has(key);
  }

  /** Cooks read it on the ticket as it is written: in the language of the menu, where that is told by its words. */
  wordOf(key) {
    const written = this.written.find((text) => allergenKey(text) === key);
    return written ?? (this.isMenuEnglish || !FOURTEEN.includes(key) ? key : allergenWords(key));
  }

  /** @param {any[]} dishes of the menu */
  learn(dishes) {
    this.isMenuEnglish = dishes.some(({ allergens }) => allergens.some((text) => FOURTEEN.includes(text.toLowerCase())));
  }

  refuse(problem) {
    setText(this.problem, problem);
  }

  focus() {
    [...this.boxes.values()][0].focus();
  }
}
