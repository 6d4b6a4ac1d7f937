/** An allergy that is stated first in a note, in any language of the pages: "ALLERGY: nuts. Birthday". Pure. */

/** As source of a pattern: the word before the colon. */
export const ALLERGY_WORD = "(?:all?[eé]rg\\p{L}*|حساسي[ةه]|过敏)(?:\\s+(?:to|gegen|à|a|من|ضد))?";
/** What is stated ends with a full stop or a semicolon, not with one in brackets: "nuts (e.g. almonds)". */
export const STATED_WORDS = "((?:\\([^()\\n]*\\)|[^.;。；\\n])+)";
const STATED = new RegExp(`^\\s*${ALLERGY_WORD}\\s*[:=：]\\s*${STATED_WORDS}[.;。；]?\\s*`, "iu");

/** What is stated first in a note, and the rest of it. @param {string} text @returns {{allergy: string, note: string}} */
export function statedAllergy(text) {
  const stated = STATED.exec(text);
  return stated ? { allergy: stated[1].trim(), note: text.slice(stated[0].length) } : { allergy: "", note: text };
}
