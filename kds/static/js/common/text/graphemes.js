/**
 * Text as a person reads it: cut between whole characters (grapheme clusters, UAX #29), and never inside one. Pure.
 *
 * `Intl.Segmenter` knows them; where a browser has none, a pattern stands in for it: a letter with its marks, an emoji
 * with what is joined to it, a flag.
 */

const segmenter = typeof Intl.Segmenter === "function" ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;
const CLUSTER = /\r\n|(?:\p{RI}\p{RI}|.)(?:\u200d\p{Extended_Pictographic}|[\p{M}\p{EMod}\u200c\u200d\ufe0f\u{e0020}-\u{e007f}])*/gsu;
const PLAIN = /^[\x20-\x7e]*$/;
/** Takes the room of two Latin letters: CJK, Hangul, full-width forms, emoji. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}|\p{RI}/u;

/** The characters of a text, each as it is read. @param {string} text @returns {string[]} */
export function graphemesOf(text) {
  if (PLAIN.test(text)) return text.split("");
  return segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : (text.match(CLUSTER) ?? []);
}

const widthOf = (grapheme) => (WIDE.test(grapheme) ? 2 : 1);

/** At most `max` letters wide, with `…` in place of what does not fit. @param {string} text @param {number} max */
export function shortened(text, max) {
  if (text.length <= max && PLAIN.test(text)) return text;
  const kept = [];
  let width = 0;
  const all = graphemesOf(text);
  for (const grapheme of all) {
    width += widthOf(grapheme);
    if (width > max) break;
    kept.push(grapheme);
  }
  return kept.length === all.length ? text : `${kept.slice(0, Math.max(0, kept.length - 1)).join("").trimEnd()}…`;
}

/**
 * A text in pieces of at most `max` letters' width: between words where there are any, else between characters.
 * @param {string} text @param {number} max @returns {string[]}
 */
export function chunksOf(text, max) {
  const graphemes = graphemesOf(text);
  const chunks = [];
  let from = 0;
  let width = 0;
  let space = -1;
  for (let at = 0; at < graphemes.length; at += 1) {
    if (at === from && chunks.length > 0 && isSpace(graphemes[at])) {
      from = at + 1;
      continue;
    }
    width += widthOf(graphemes[at]);
    if (width > max && at > from) {
      const cut = isSpace(graphemes[at]) ? at : space > from ? space : at;
      chunks.push(graphemes.slice(from, cut).join(""));
      from = cut;
      at = cut - 1;
      width = 0;
      space = -1;
    } else if (isSpace(graphemes[at])) space = at;
  }
  const rest = graphemes.slice(from).join("");
  return rest ? [...chunks, rest] : chunks;
}

/** A space that may be broken at; the no-break ones may not. */
const isSpace = (grapheme) => /^[^\S\u00a0\u202f\u2007]$/.test(grapheme);
