/** The order in which a branch names its stations. Pure. */

/**
 * @template {{name: string}} Named
 * @param {Named[]} shares  @param {string[]} order the stations of the branch
 * @returns {Named[]} a station that is no more comes last
 */
export function inBranchOrder(shares, order) {
  const rank = ({ name }) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...shares].sort((a, b) => rank(a) - rank(b));
}
