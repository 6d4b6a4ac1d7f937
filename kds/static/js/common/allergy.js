/** The allergy of an order: what is stated or mentioned in notes and modifiers, set apart from the rest. Pure. */

import { shortened } from "./text.js";

const STATED = /^\s*allerg(?:y|ies|ic)(?:\s+to)?\s*[:=]\s*([^.;\n]+)[.;]?\s*/i;
const STATED_WITHIN = /allerg(?:y|ies|ic)(?:\s+to)?\s*[:=]\s*([^.;\n]+)/i;
const MENTIONED = /allerg/i;

const BAND_MAX = 60;

/**
 * A stated allergy ("ALLERGY: nuts." first in a note) is taken out of the note; a mentioned one is repeated. One
 * too long for the band that every part of a ticket repeats is told there in short, and whole in the note.
 * @returns {{allergy: string, note: string}} both empty when there is none
 */
export function allergyOf(order) {
  const { allergy, note } = statedOrMentioned(order);
  if (allergy.length <= BAND_MAX) return { allergy, note };
  const whole = `Allergy: ${allergy}`;
  return { allergy: `${shortened(allergy, BAND_MAX - 13)}, see note`, note: note ? `${whole}. ${note}` : whole };
}

/** What is stated first in a note, and the rest of it. @param {string} text @returns {{allergy: string, note: string}} */
export function statedAllergy(text) {
  const stated = STATED.exec(text);
  return stated ? { allergy: stated[1].trim(), note: text.slice(stated[0].length) } : { allergy: "", note: text };
}

function statedOrMentioned(order) {
  const text = order.note ?? "";
  const stated = STATED.exec(text);
  const mentions = order.items
    .filter((item) => !item.voided)
    .flatMap((item) => [item.note ?? "", ...item.modifiers])
    .filter((words) => MENTIONED.test(words));
  const words = new Set(mentions.map((mention) => (STATED_WITHIN.exec(mention)?.[1] ?? mention).trim()));
  if (stated) words.delete(stated[1].trim());
  if (stated) return { allergy: [stated[1].trim(), ...words].join(", "), note: text.slice(stated[0].length) };
  if (MENTIONED.test(text)) return { allergy: [text.trim(), ...words].join(", "), note: "" };
  return { allergy: [...words].join(", "), note: text };
}
