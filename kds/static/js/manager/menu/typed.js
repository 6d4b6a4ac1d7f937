/**
 * A dish as its form holds it, in texts, and what was typed as the server takes it. Pure but for the words.
 *
 * What counts as changed is what differs from how the form would show the dish: an amount that was only looked at stays
 * as exact as it was.
 */

import { say } from "../../common/text/words.js";
import { readAmount, readNumber, writeAmount } from "./amounts.js";

const NAME_MAX = 500;
const SECTION_MAX = 500;
const DESCRIPTION_MAX = 5_000;
const CHOICE_MAX = 100;
const PREP_MAX_S = 7_200;
const COURSE_MAX = 99;
const S_A_MINUTE = 60;

/** In the order of the form. */
export const NEW_DISH = { name: "", priceCents: null, station: null, section: "", description: "", allergens: [], modifiers: [], prepS: null, course: null };
export const FIELDS = Object.keys(NEW_DISH);
/** A dish that is made has them, whatever was typed. */
const REQUIRED = ["name", "section", "priceCents"];

/** @typedef {Record<string, any>} Typed  by the name of the field, each comparable as JSON */
/** @typedef {Map<string, {words: string, index?: number}>} Faults  by the field that does not do: why, and of a list which */

/** @param {any} dish of GET /manager/menu, or NEW_DISH @param {number} minorUnits of the currency @returns {Typed} */
export function typedOf(dish, minorUnits) {
  return {
    name: oneLine(dish.name),
    description: dish.description.replace(/\r\n?/g, "\n"),
    section: oneLine(dish.section),
    station: dish.station ?? "",
    priceCents: dish.priceCents === null ? "" : writeAmount(dish.priceCents, minorUnits),
    allergens: dish.allergens,
    modifiers: dish.modifiers.map(({ name, priceCents = 0 }) => ({ name: oneLine(name), price: priceCents === 0 ? "" : writeAmount(priceCents, minorUnits) })),
    prepS: dish.prepS === null ? "" : String(Number((dish.prepS / S_A_MINUTE).toFixed(2))),
    course: dish.course === null ? "" : String(dish.course),
  };
}

/** As a field of one line holds a text. */
const oneLine = (text) => text.replace(/[\r\n]/g, "");

export const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** @param {Typed} typed @param {Typed} shown @param {number} minorUnits @returns {string[]} the fields in which they mean something else */
export const changedFields = (typed, shown, minorUnits) => FIELDS.filter((field) => !isAlike(field, typed[field], shown[field], minorUnits));

const trimmed = (value) => (typeof value === "string" ? value.trim() : value);

/** `1,5` is `1.50`. */
function isAlike(field, one, other, minorUnits) {
  if (isSame(trimmed(one), trimmed(other))) return true;
  const [first, second] = [one, other].map((each) => READ[field](each, minorUnits));
  return !first.fault && !second.fault && isSame(first.value, second.value);
}

/**
 * What is to be sent: of a dish that is there only the fields that were changed.
 * @param {Typed} typed @param {string[]} changed @param {{minorUnits: number, isNew: boolean}} how
 * @returns {{body: Record<string, any>, faults: Faults}}
 */
export function bodyOf(typed, changed, { minorUnits, isNew }) {
  const body = {};
  const faults = new Map();
  for (const field of FIELDS.filter((each) => changed.includes(each) || (isNew && REQUIRED.includes(each)))) {
    const { value, fault, index } = READ[field](typed[field], minorUnits);
    if (fault) faults.set(field, { words: fault, index });
    else body[field] = value;
  }
  return { body, faults };
}

const READ = {
  name: (text) => {
    if (!text.trim()) return { fault: say("menu.typeName") };
    return text.trim().length > NAME_MAX ? { fault: say("menu.badName") } : { value: text.trim() };
  },
  description: (text) => (text.trim().length > DESCRIPTION_MAX ? { fault: say("menu.badDescription") } : { value: text.trim() }),
  section: (text) => (text.trim().length > SECTION_MAX ? { fault: say("menu.badSection") } : { value: text.trim() }),
  station: (text) => ({ value: text || null }),
  priceCents: (text, minorUnits) => {
    const cents = readAmount(text, minorUnits);
    return cents === null ? { fault: say("menu.badPrice", { example: exampleOf(minorUnits) }) } : { value: cents };
  },
  allergens: (list) => ({ value: list }),
  modifiers: (rows, minorUnits) => {
    const filled = rows.filter(({ name, price }) => name.trim() || price.trim());
    const value = filled.map(({ name, price }) => ({ name: name.trim(), priceCents: price.trim() ? readAmount(price, minorUnits, { isSigned: true }) : 0 }));
    const index = value.findIndex(({ name, priceCents }) => !name || name.length > CHOICE_MAX || priceCents === null);
    return index < 0 ? { value } : { fault: say("menu.badChoices", { example: exampleOf(minorUnits) }), index };
  },
  prepS: (text) => {
    if (!text.trim()) return { value: null };
    const seconds = Math.round((readNumber(text) ?? NaN) * S_A_MINUTE);
    return seconds <= PREP_MAX_S ? { value: seconds } : { fault: say("menu.badPrep") };
  },
  course: (text) => {
    if (!text.trim()) return { value: null };
    const course = readNumber(text) ?? NaN;
    return Number.isInteger(course) && course >= 1 && course <= COURSE_MAX ? { value: course } : { fault: say("menu.badCourse") };
  },
};

const exampleOf = (minorUnits) => writeAmount(850 * 10 ** Math.max(0, minorUnits - 2), minorUnits);
