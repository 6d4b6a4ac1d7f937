/**
 * The words of the customers' pages, in the reader's language: one catalogue per language in /static/words, and in
 * /static/words/staff what the pages with a login say beside it.
 *
 * A page awaits `loadWords()` once, then `say("track.total")`. A text that depends on a number is an object by
 * plural category (CLDR) and is chosen by `count`; `{name}` in a text is replaced by the value of that name.
 */

const LANGUAGES = ["en", "ar", "de", "it"];
const RIGHT_TO_LEFT = new Set(["ar"]);
const RETRY_MS = 1_000;

let language = "en";
let words = {};
let plurals = new Intl.PluralRules("en");

/** The first language the reader wants and there is a catalogue for; English else. */
export function chooseLanguage(wanted) {
  const offered = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
  return offered.find((each) => LANGUAGES.includes(each)) ?? "en";
}

/** Fetches the catalogue. @param {readonly string[]} [wanted] languages @param {string[]} [more] folders of further ones */
export async function loadWords(wanted = navigator.languages ?? [navigator.language], more = []) {
  language = chooseLanguage(wanted);
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
  const catalogues = ["", ...more].map((folder) => fetchWords(`/static/words/${folder}${language}.json`));
  words = Object.assign({}, ...(await Promise.all(catalogues)));
}

/** Again and again while nobody answers: a page without words would say nothing at all. */
async function fetchWords(path) {
  for (;;) {
    try {
      const response = await fetch(path, { credentials: "omit" });
      if (response.ok) return await response.json();
    } catch {
      // offline: the next try may do better
    }
    await new Promise((resume) => setTimeout(resume, RETRY_MS));
  }
}

/** True when there is a text of this name. */
export const knows = (name) => Object.hasOwn(words, name);

/** @param {string} name  @param {Record<string, string | number>} [values]  `count` chooses the plural */
export function say(name, values = {}) {
  const entry = words[name];
  const text = typeof entry === "object" ? (entry[plurals.select(values.count)] ?? entry.other) : entry;
  return (text ?? name).replace(/\{(\w+)\}/g, (_, value) => String(values[value] ?? ""));
}

/** How long something has lasted, in words for a sentence. */
export function sayLasting(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 90) return say("time.seconds", { count: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return say("time.minutes", { count: minutes });
  return say("time.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** `milk, nuts`, or with type "disjunction" `milk or nuts`, joined as the language does. */
export function sayList(parts, type = "unit") {
  return new Intl.ListFormat(language, { style: "long", type }).format(parts);
}

/** `T12` and `12` are both table 12 to a guest; a table with a name keeps it. */
export function tableWords(table) {
  const number = /^T?\s*(\d+)$/i.exec(table);
  return number ? say("table", { number: number[1] }) : table;
}

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
