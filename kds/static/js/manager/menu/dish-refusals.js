/** Why a dish was not saved, and at which of its fields that stands. */

import { Refused } from "../../common/server/api.js";
import { knows, say } from "../../common/text/words.js";
import { writeAmount } from "./amounts.js";

/** What a field takes, by its name. */
const RULES = {
  name: () => say("menu.badName"),
  description: () => say("menu.badDescription"),
  section: () => say("menu.badSection"),
  station: () => say("menu.badStation"),
  priceCents: (minorUnits) => say("menu.badPrice", { example: writeAmount(850, minorUnits) }),
  allergens: () => say("menu.badAllergens"),
  modifiers: (minorUnits) => say("menu.badChoices", { example: writeAmount(850, minorUnits) }),
  prepS: () => say("menu.badPrep"),
  course: () => say("menu.badCourse"),
};

/** @param {unknown} error @param {number} minorUnits of the currency @returns {import("./typed.js").Faults} empty where it is about no field */
export function faultsOf(error, minorUnits) {
  if (!(error instanceof Refused) || error.status !== 422 || !RULES[error.field]) return new Map();
  const words = knows(`refused.${error.code}`) && error.code !== "unprocessable" ? say(`refused.${error.code}`) : RULES[error.field](minorUnits);
  return new Map([[error.field, { words, index: error.index }]]);
}
