/** What the table of a link allows: which kinds of order, and why none to it. Pure. */

import { say } from "../../../common/text/words.js";

/** What may be ordered from here; a server of before says nothing of it. @param {any} menu @param {string} table empty: none @returns {string[]} */
export function typesHere(menu, table) {
  const [wanted, allowed] = table
    ? [["dine_in", "takeaway"], menu.orderTypes]
    : [["takeaway", "delivery"], menu.orderTypesWithoutTable];
  return wanted.filter((type) => (allowed ?? wanted).includes(type));
}

/** Whether its code was made anew since it was printed. */
export const isReplaced = (menu) => menu.tableProblem === "table_token_replaced";

/** @param {any} menu that does not accept the table @param {string} tableToken @returns {string} why */
export function tableProblem(menu, tableToken) {
  if (isReplaced(menu)) return say("refused.table_token_replaced");
  return say(tableToken ? "order.tableWrong" : "order.tableMissing");
}
