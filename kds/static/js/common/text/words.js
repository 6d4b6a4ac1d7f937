/**
 * The words of the pages, in the reader's language: one catalogue per language in /static/words, and in its folders
 * what only some pages say beside it. A page fetches those of its own language alone.
 *
 * A page awaits `loadWords()` once, then `say("order.total")`. A text that depends on a number is an object by
 * plural category (CLDR) and is chosen by `count`; `{name}` in a text is replaced by the value of that name.
 */

import { h } from "../dom/dom.js";
import { deviceStorage, readJson, writeJson } from "../device/settings.js";

/** Each by its own name: who looks for a language reads that one. */
const LANGUAGES = {
  en: "English",
  es: "Español",
  de: "Deutsch",
  it: "Italiano",
  fr: "Français",
  ar: "العربية",
  zh: "简体中文",
};
const STORE = "kds.language";
const RIGHT_TO_LEFT = new Set(["ar"]);
const RETRY_MS = 1_000;

let language = "en";
let words = {};
let plurals = new Intl.PluralRules("en");

/** The first language the reader wants and there is a catalogue for; English else. */
function chooseLanguage(wanted) {
  const offered = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
  return offered.find((each) => Object.keys(LANGUAGES).includes(each)) ?? "en";
}

/** What was chosen on this device, before what its browser asks for. */
function wantedHere() {
  const kept = readJson(deviceStorage("localStorage"), STORE);
  return [...(typeof kept === "string" ? [kept] : []), ...(navigator.languages ?? [navigator.language])];
}

/** The choice of a language for this device, as the browser's own list. A page is made of its words: another one is another load. */
export function languageChoice() {
  const names = Object.entries(LANGUAGES).map(([tag, name]) => h("option", { value: tag, selected: tag === language }, name));
  const list = h("select", { class: "language", "aria-label": say("language") }, ...names);
  list.onchange = () => {
    writeJson(deviceStorage("localStorage"), STORE, list.value);
    location.reload();
  };
  return list;
}

/** Fetches the catalogue. @param {readonly string[]} [wanted] languages @param {string[]} [more] folders of further ones */
export async function loadWords(wanted = wantedHere(), more = []) {
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

/** Whether the page runs from right to left. */
export const isRightToLeft = () => RIGHT_TO_LEFT.has(language);

/** True when there is a text of this name. */
export const knows = (name) => words[name] !== undefined;

/** @param {string} name  @param {Record<string, string | number>} [values]  `count` chooses the plural */
export function say(name, values = {}) {
  const entry = words[name];
  const text = typeof entry === "object" ? (entry[plurals.select(values.count)] ?? entry.other) : entry;
  return (text ?? name).replace(/\{(\w+)\}/g, (_, value) => apart(String(values[value] ?? "")));
}

const RIGHT_TO_LEFT_LETTERS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A name that runs the other way than the page moves nothing that stands beside it (FSI and PDI, UAX #9). */
export function apart(text) {
  const runsOther = isRightToLeft() ? /(?![\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc])\p{L}/u : RIGHT_TO_LEFT_LETTERS;
  return runsOther.test(text) ? `\u2068${text}\u2069` : text;
}

/** `150%` as the language writes it. @param {number} share 1.5 */
export const sayPercent = (share) => new Intl.NumberFormat(language, { style: "percent", numberingSystem: "latn" }).format(share);

/** How long something has lasted, in words for a sentence. */
export function sayLasting(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 90) return say("time.seconds", { count: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return say("time.minutes", { count: minutes });
  return say("time.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** Chinese puts nothing at all between units: two allergens would read as one. */
const LIST_TYPES = { zh: "conjunction" };

/** `milk, nuts`, or with type "disjunction" `milk or nuts`, joined as the language does. */
export function sayList(parts, type = LIST_TYPES[language] ?? "unit") {
  return new Intl.ListFormat(language, { style: "long", type }).format(parts);
}

const COMMAS = { ar: "، ", zh: "，" };
/** Stands between the parts of one label. */
export const comma = () => COMMAS[language] ?? ", ";

/** `Ready 187, T12, LATE 12:54`; what is empty is left out. @param {(string | false | null | undefined)[]} parts */
export const sayParts = (parts) => parts.filter(Boolean).join(comma());

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
