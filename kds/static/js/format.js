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

/** Minor units as money in the reader's language: `money(850, "EUR")` is `€8.50`. */
export function money(cents, currency) {
  if (!Number.isFinite(cents)) return NO_AMOUNT;
  if (!purses.has(currency)) purses.set(currency, purseFormat(currency));
  const { format, minorUnits } = purses.get(currency);
  return format(cents / 10 ** minorUnits);
}

function purseFormat(currency) {
  try {
    const purse = new Intl.NumberFormat(undefined, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
    return { format: (value) => purse.format(value), minorUnits: purse.resolvedOptions().maximumFractionDigits };
  } catch {
    return { format: (value) => `${value.toFixed(2)} ${currency}`, minorUnits: 2 };
  }
}

/** `plural(2, "dish", "dishes")` is `2 dishes`. */
export function plural(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}
