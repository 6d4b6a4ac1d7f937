/** Turns numbers into the words of the screens: clock times, money. Pure. */

const clocks = new Map();

/** Stands where a time is not known. */
const NO_TIME = "–";

/** The time of day at the branch, 24 hours; an unknown time zone falls back to the device's. */
export function timeOfDay(milliseconds, timezone, { seconds = false } = {}) {
  const moment = new Date(milliseconds ?? NaN);
  if (Number.isNaN(moment.getTime())) return NO_TIME;
  const key = `${timezone}|${seconds}`;
  if (!clocks.has(key)) clocks.set(key, clockFormat(timezone, seconds));
  return clocks.get(key).format(moment);
}

function clockFormat(timezone, seconds) {
  const options = { hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined, hourCycle: "h23" };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: timezone || undefined });
  } catch {
    return new Intl.DateTimeFormat("en-GB", options);
  }
}

const purses = new Map();
/** Stands where an amount is not known. */
const NO_AMOUNT = "–";

/**
 * Minor units as money in the reader's language: `money(850, "EUR", 2)` is `€8.50`.
 *
 * How many decimals an amount has is the server's word. A browser has a list of its own, by what is customary: from it
 * comes only whether `1,500.00 Ft` is better written `1,500 Ft`.
 */
export function money(cents, currency, minorUnits) {
  if (!Number.isFinite(cents)) return NO_AMOUNT;
  const key = `${currency}|${minorUnits}`;
  if (!purses.has(key)) purses.set(key, purseOf(currency, minorUnits));
  return purses.get(key)(cents);
}

function purseOf(currency, minorUnits) {
  const customary = customaryDecimals(currency);
  const decimals = minorUnits ?? customary;
  const few = Math.min(decimals, customary);
  const [short, long] = [few, decimals].map((digits) => moneyFormat(currency, digits));
  const isRound = (cents) => cents % 10 ** (decimals - few) === 0;
  return (cents) => (isRound(cents) ? short : long)(cents / 10 ** decimals);
}

function customaryDecimals(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    return 2;
  }
}

/** Western digits in every language, as in all other numbers of a page. */
function moneyFormat(currency, decimals) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  try {
    const options = { style: "currency", currency, currencyDisplay: "narrowSymbol", numberingSystem: "latn", ...digits };
    const format = new Intl.NumberFormat(readersLocale(), options);
    return (value) => format.format(value);
  } catch {
    return (value) => `${value.toFixed(decimals)} ${currency}`;
  }
}

/** The device's, where it is of the page's language: `de-CH` on a German page. */
function readersLocale() {
  const page = globalThis.document?.documentElement.lang;
  const device = globalThis.navigator?.language ?? "";
  return device.split("-")[0] === page ? device : page || undefined;
}
