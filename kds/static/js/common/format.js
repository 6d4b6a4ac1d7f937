/** Turns numbers into the words of the screens: ages, clock times, money, counts. Pure. */

const DAY_S = 86_400;
const MANY_DAYS = 99;

/** `m:ss`, from an hour on `h:mm:ss`, from four days on in days; never negative: a clock a little behind is no news. */
export function age(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds >= 4 * DAY_S) return daysOf(seconds);
  const two = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const daysOf = (seconds) => (seconds >= MANY_DAYS * DAY_S ? `${MANY_DAYS} d +` : `${Math.floor(seconds / DAY_S)} d`);

/** How long something has lasted, in words for a sentence: `48 s`, `3 min`, `2 h 5 min`. */
export function lasting(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

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

/** `plural(2, "dish", "dishes")` is `2 dishes`. */
export function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}
