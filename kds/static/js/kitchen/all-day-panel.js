/** All day: how many of each dish are still to be cooked, the largest count first, under the tickets. */

import { h, reconcile, setAttribute } from "../dom.js";
import { plural } from "../format.js";

const ROWS = 2;

export class AllDayPanel {
  constructor() {
    this.node = h("section", { class: "all-day", "aria-label": "All day" });
    this.painted = "";
  }

  /** @param {{isShown: boolean, scope: string, dishes: {name: string, count: number}[], total: number, columns: number}} model */
  update({ isShown, scope, dishes, total, columns }) {
    setAttribute(this.node, "hidden", !isShown);
    if (!isShown) return;
    const words = JSON.stringify([scope, dishes, columns]);
    if (words === this.painted) return;
    this.painted = words;
    this.node.style.setProperty("--columns", String(columns));
    const room = ROWS * columns - 1;
    const fitting = dishes.length <= room ? dishes : dishes.slice(0, room - 1);
    const rest = dishes.slice(fitting.length);
    reconcile(this.node, [
      h(
        "h2",
        { class: "all-day-title" },
        "ALL DAY",
        h("span", { class: "all-day-scope" }, h("bdi", {}, scope), `, ${total} to cook`),
      ),
      ...fitting.map(({ name, count }) => cell(String(count), name)),
      ...(rest.length > 0
        ? [cell(String(rest.reduce((sum, { count }) => sum + count, 0)), `in ${plural(rest.length, "other", "others")}`)]
        : []),
    ]);
  }
}

function cell(count, name) {
  return h(
    "p",
    { class: "all-day-dish" },
    h("strong", { class: "all-day-count" }, count),
    h("span", { class: "all-day-name", dir: "auto" }, name),
  );
}
