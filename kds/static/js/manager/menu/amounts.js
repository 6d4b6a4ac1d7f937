/** Amounts as people type them, and as a field shows them: `1.50` and `1,50`, in every script's digits. Pure. */

import { westernDigits } from "../../common/text/digits.js";

const MOST_CENTS = 2_147_483_647;
const CURRENCY_SIGNS = /[\p{Sc}\s'’\u200e\u200f\u061c]/gu;

/** In Western digits, with a point or comma; signs of a currency, spaces and apostrophes gone. @param {string} text */
function plain(text) {
  return westernDigits(text).replace(CURRENCY_SIGNS, "").replace(/−/g, "-").replace(/٫/g, ".").replace(/[٬،，]/g, ",");
}

/**
 * What was typed, in minor units: null where that is no amount, or might be two, as `1,200` in euro.
 * @param {string} text @param {number} minorUnits of the currency @param {{isSigned?: boolean}} [options] @returns {number | null}
 */
export function readAmount(text, minorUnits, { isSigned = false } = {}) {
  const [, sign, amount] = /^([+-]?)(\d[\d.,]*|[.,]\d+)$/.exec(plain(text)) ?? [];
  if (amount === undefined || (sign && !isSigned)) return null;
  const [whole, decimals] = partsOf(amount, minorUnits) ?? [];
  if (whole === undefined) return null;
  const cents = Number(`${whole}${decimals.padEnd(minorUnits, "0")}`);
  if (cents > MOST_CENTS) return null;
  return sign === "-" && cents > 0 ? -cents : cents;
}

/** @returns {[string, string] | null} digits before and behind the decimal mark */
function partsOf(amount, minorUnits) {
  const marks = amount.replace(/\d/g, "");
  const last = marks.at(-1) ?? "";
  const isOnlyOne = marks.length === 1;
  const at = amount.lastIndexOf(last);
  const behind = last ? amount.slice(at + 1) : "";
  const isDecimal = last !== "" && !marks.slice(0, -1).includes(last) && behind.length <= minorUnits && minorUnits > 0;
  if (isDecimal) return grouped(amount.slice(0, at), last === "." ? "," : ".", behind);
  // a mark before three digits that are no decimals parts thousands; one alone may be meant either way
  if (isOnlyOne && minorUnits > 0) return null;
  return grouped(amount, last, "");
}

function grouped(whole, mark, decimals) {
  if (!mark || !whole.includes(mark)) return /^\d*$/.test(whole) ? [whole || "0", decimals] : null;
  const groups = whole.split(mark);
  const isGrouped = /^\d{1,3}$/.test(groups[0]) && groups.slice(1).every((group) => /^\d{3}$/.test(group));
  return isGrouped ? [groups.join(""), decimals] : null;
}

/** As a field shows it, with the decimal mark of the reader's language. @param {number} cents @param {number} minorUnits */
export function writeAmount(cents, minorUnits) {
  const digits = { minimumFractionDigits: minorUnits, maximumFractionDigits: minorUnits, useGrouping: false, numberingSystem: "latn" };
  return new Intl.NumberFormat(globalThis.document?.documentElement.lang || "en", digits).format(cents / 10 ** minorUnits).replace(/[\u200e\u200f\u061c]/g, "");
}

/** @param {string} text @returns {number | null} a number of 0 or more, with or without decimals */
export function readNumber(text) {
  const [, number] = /^(\d+(?:[.,]\d+)?)$/.exec(plain(text)) ?? [];
  return number === undefined ? null : Number(number.replace(",", "."));
}
