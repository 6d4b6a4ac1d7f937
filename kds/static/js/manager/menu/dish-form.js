/** The fields of a dish: what was typed in them stays, whatever the server tells of the dish meanwhile. */

import { h, reconcile } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { AllergenChoice } from "./allergen-choice.js";
import { ChoiceRows } from "./choice-rows.js";
import { Field, numberField, textField } from "./field.js";
import { FIELDS, NEW_DISH, bodyOf, changedFields, isSame, typedOf } from "./typed.js";

const DESCRIPTION_ROWS = 3;
let made = 0;

export class DishForm {
  /** @param {any} dish of GET /manager/menu, or NEW_DISH @param {any} menu that it is of @param {() => void} oninput */
  constructor(dish, menu, oninput) {
    made += 1;
    this.minorUnits = menu.minorUnits;
    this.shown = typedOf(dish, this.minorUnits);
    this.sections = h("datalist", { id: `dish-sections-${made}` });
    this.stations = h("select", { class: "office-field" });
    const { currency } = menu;
    const description = h("textarea", { class: "office-field", rows: DESCRIPTION_ROWS, dir: "auto" });
    const more = { oninput };
    this.fields = {
      name: new Field(say("menu.name"), textField(), more),
      description: new Field(say("menu.description"), description, more),
      section: new Field(say("menu.section"), textField({ list: this.sections.id }), more),
      station: new Field(say("menu.station"), this.stations, more),
      priceCents: new Field(say("menu.price", { currency }), numberField("decimal"), more),
      allergens: new AllergenChoice(oninput),
      modifiers: new ChoiceRows(currency, oninput),
      prepS: new Field(say("menu.prep"), numberField("decimal"), more),
      course: new Field(say("menu.course"), numberField("numeric"), more),
    };
    const { name, section, priceCents, station, allergens, modifiers, prepS, course } = this.fields;
    this.node = h(
      "div",
      { class: "dish-form" },
      name.node,
      h("div", { class: "dish-pair" }, priceCents.node, station.node),
      section.node,
      this.sections,
      this.fields.description.node,
      allergens.node,
      modifiers.node,
      h("div", { class: "dish-pair" }, prepS.node, course.node),
      h("p", { class: "panel-hint" }, say("menu.timesHint")),
    );
    this.learn(menu);
    this.typed = this.shown;
  }

  /** What the menu offers: its sections, the stations of the branch. @param {any} menu */
  learn({ dishes, stations }) {
    const sections = [...new Set(dishes.map(({ section }) => section).filter(Boolean))];
    if (!isSame(sections, this.offered)) this.sections.replaceChildren(...sections.map((value) => h("option", { value })));
    this.offered = sections;
    this.offerStations(stations);
    this.fields.allergens.learn(dishes);
  }

  /** One that is chosen and gone stays, so that nothing is chosen in its place unawares. */
  offerStations(stations) {
    const { value } = this.stations;
    const wanted = [...new Set(["", ...stations, value])];
    const there = new Map([...this.stations.options].map((option) => [option.value, option]));
    reconcile(
      this.stations,
      wanted.map((station) => there.get(station) ?? h("option", { value: station }, station || say("menu.noStation"))),
    );
    this.stations.value = value;
  }

  /** @returns {import("./typed.js").Typed} */
  get typed() {
    return Object.fromEntries(FIELDS.map((field) => [field, this.fields[field].value]));
  }

  set typed(typed) {
    for (const field of FIELDS) this.show(field, typed[field]);
  }

  show(field, value) {
    if (field === "station" && ![...this.stations.options].some((option) => option.value === value)) this.stations.append(h("option", { value }, value));
    if (!isSame(this.fields[field].value, value)) this.fields[field].value = value;
  }

  /** The fields in which something else stands than the server told. @returns {string[]} */
  get changed() {
    return changedFields(this.typed, this.shown, this.minorUnits);
  }

  /** As the server tells the dish now. @param {any} dish @returns {boolean} whether it differs where somebody has typed */
  follow(dish) {
    const told = typedOf(dish, this.minorUnits);
    const { changed, typed } = this;
    const news = FIELDS.filter((field) => !isSame(told[field], this.shown[field]));
    for (const field of news) if (!changed.includes(field)) this.show(field, told[field]);
    this.shown = told;
    const apart = changedFields(typed, told, this.minorUnits);
    return news.some((field) => changed.includes(field) && apart.includes(field));
  }

  /** What was sent is saved; what was typed since then stays. @param {any} dish @param {import("./typed.js").Typed} sent */
  saved(dish, sent) {
    this.shown = typedOf(dish, this.minorUnits);
    const { typed } = this;
    for (const field of FIELDS) if (isSame(typed[field], sent[field])) this.show(field, this.shown[field]);
  }

  /** @param {boolean} isNew @returns {Record<string, any> | null} null: something does not do, and it stands at its field */
  read(isNew) {
    const { typed, minorUnits } = this;
    const changed = isNew ? changedFields(typed, typedOf(NEW_DISH, minorUnits), minorUnits) : this.changed;
    const { body, faults } = bodyOf(typed, changed, { minorUnits, isNew });
    this.refuse(faults);
    return faults.size === 0 ? body : null;
  }

  /** @param {import("./typed.js").Faults} faults @param {boolean} [mayFocus] the focus goes to the first */
  refuse(faults, mayFocus = true) {
    for (const field of FIELDS) this.fields[field].refuse(faults.get(field)?.words ?? "", faults.get(field)?.index);
    const first = FIELDS.find((field) => faults.has(field));
    if (first && mayFocus) this.fields[first].focus();
  }
}
