/** Who took an order, or a station's part of it, a step on or back: from what the server remembers of its cooks. Pure. */

import { momentOf } from "../../../common/text/moments.js";

const STEPS = new Set(["SENT", "READY", "COMPLETED"]);

/**
 * @param {any[]} actions  as the server tells them, oldest first  @param {any} order
 * @returns {{at: number | null, became: string, station: string, who: string}[]} `station`: empty for the whole order; `who`: empty when the member is gone
 */
export function stepsOf(actions, order) {
  const stationOf = (kotId) => order.kots.find((kot) => kot.kotId === kotId)?.station ?? "";
  const steps = actions.filter(({ became }) => STEPS.has(became));
  return steps.map(({ at, became, kotId, username }) => ({
    at: momentOf(at), became, station: kotId ? stationOf(kotId) : "", who: username ?? "",
  }));
}
