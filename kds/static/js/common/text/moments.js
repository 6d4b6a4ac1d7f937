/** Times as the board compares them: milliseconds since 1970, or null where a text says no time a calendar has. Pure. */

/** @param {any} iso @returns {number | null} */
export function momentOf(iso) {
  const milliseconds = typeof iso === "string" ? Date.parse(iso) : NaN;
  return Number.isNaN(milliseconds) ? null : milliseconds;
}

/** Oldest first; one whose time is unknown may be the oldest. @param {number | null} a @param {number | null} b */
export function byTime(a, b) {
  return a === b ? 0 : (a ?? -Infinity) - (b ?? -Infinity);
}
