/** Text as somebody in a hurry types it, for what is compared and searched. Pure. */

/** Letters that stand for others, and that no normalisation takes apart. */
const ALIKE = new Map(Object.entries({ ß: "ss", æ: "ae", œ: "oe", ø: "o", đ: "d", ł: "l", ı: "i", þ: "th", أ: "ا", إ: "ا", آ: "ا", ى: "ي", ة: "ه", ـ: "" }));

/** A text as somebody in a hurry types it: small letters, no accents or marks, no other form of the same letter. @param {string} text */
export function folded(text) {
  const letters = text.normalize("NFC").toLowerCase();
  const alike = [...letters].map((letter) => ALIKE.get(letter) ?? letter).join("");
  return alike.normalize("NFKD").replace(/[\p{M}\p{Cf}]/gu, "");
}

const foldedWords = (text) => folded(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);

/** A search that forgives. @param {string} typed @returns {(texts: string[]) => boolean} whether every word typed stands in one of the texts, in any order */
export function searchFor(typed) {
  const wanted = foldedWords(typed);
  return (texts) => {
    if (wanted.length === 0) return true;
    const known = folded(texts.join(" "));
    return wanted.every((word) => known.includes(word));
  };
}
