/** Which dishes carry the name of their station: where it differs from the dish above, and never where it would cost a line. Pure. */

/**
 * @param {import("./ticket-rows.js").Row[]} rows of a ticket of all stations  @param {Set<string>} costly rows whose name would take a line of its own
 * @returns {Set<string>} keys of rows; none on a ticket of one station
 */
export function stationMarks(rows, costly) {
  const dishes = rows.filter((row) => row.kind === "item" && !row.isVoid && row.station);
  const marks = new Set();
  if (new Set(dishes.map((row) => row.station)).size < 2) return marks;
  let told = null;
  for (const { key, station } of dishes) {
    if (station === told || costly.has(key)) continue;
    marks.add(key);
    told = station;
  }
  return marks;
}
