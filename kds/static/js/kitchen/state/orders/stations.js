/** The stations of a branch: those that a message names, and their order. Pure. */

/**
 * @template {{name: string}} Named
 * @param {Named[]} shares  @param {string[]} order the stations of the branch
 * @returns {Named[]} a station that is no more comes last
 */
export function inBranchOrder(shares, order) {
  const rank = ({ name }) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...shares].sort((a, b) => rank(a) - rank(b));
}

/** Of the tickets in a message. @param {any} message of the server, whatever it holds @returns {string[]} */
export function stationsIn({ kots, orders }) {
  const all = Array.isArray(orders) ? orders.map((order) => order?.kots) : [kots];
  const names = all.flat().map((kot) => kot?.station);
  return names.filter((name) => typeof name === "string" && name !== "");
}
