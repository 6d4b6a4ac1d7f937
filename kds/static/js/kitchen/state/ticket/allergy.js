/** The allergy of an order: what is stated or mentioned in notes and modifiers, set apart from the rest. Pure. */

import { ALLERGY_WORD, STATED_WORDS, statedAllergy } from "../../../common/allergies/allergy.js";
import { shortened } from "../../../common/text/graphemes.js";
import { say } from "../../../common/text/words.js";

const STATED_WITHIN = new RegExp(`${ALLERGY_WORD}\\s*[:=：]\\s*${STATED_WORDS}`, "iu");
const MENTIONED = /all?[eé]rg|حساسي[ةه]|过敏/i;

const BAND_MAX = 60;

/**
 * A stated allergy ("ALLERGY: nuts." first in a note) is taken out of the note; a mentioned one is repeated. One
 * too long for the band that every part of a ticket repeats is told there in short, and whole in the note.
 * @returns {{allergy: string, note: string}} both empty when there is none
 */
export function allergyOf(order) {
  const { allergy, note } = statedOrMentioned(order);
  if (allergy.length <= BAND_MAX) return { allergy, note };
  const whole = say("ticket.allergyNote", { allergy });
  const short = say("ticket.seeNote", { allergy: shortened(allergy, BAND_MAX - 13) });
  return { allergy: short, note: note ? `${whole}. ${note}` : whole };
}

function statedOrMentioned(order) {
  const text = order.note ?? "";
  const stated = statedAllergy(text);
  // what is stated at a dish is that of a guest, who may have others: it outlives the dish, as a mention does not
  const mentions = order.items
    .flatMap(({ voided, note, modifiers }) => (voided ? [STATED_WITHIN.exec(note ?? "")?.[0] ?? ""] : [note ?? "", ...modifiers]))
    .filter((words) => MENTIONED.test(words));
  const words = new Set(mentions.map((mention) => (STATED_WITHIN.exec(mention)?.[1] ?? mention).trim()));
  words.delete(stated.allergy);
  if (stated.allergy) return { allergy: [stated.allergy, ...words].join(", "), note: stated.note };
  if (MENTIONED.test(text)) return { allergy: [text.trim(), ...words].join(", "), note: "" };
  return { allergy: [...words].join(", "), note: text };
}
