/** All day: how many of each dish are still to be cooked, the largest count first, under the tickets. */

import { h, reconcile, setAttribute } from "../../../common/dom/dom.js";
import { say } from "../../../common/text/words.js";

const CELL_PX = 240;

export class AllDayPanel {
  constructor() {
    this.node = h("section", { class: "all-day", "aria-label": say("bar.allDay") });
    this.painted = "";
  }

  /** @param {{isShown: boolean, scope: string, dishes: {name: string, count: number}[], total: number, unit: number}} model */
  update({ isShown, scope, dishes, total, unit }) {
    setAttribute(this.node, "hidden", !isShown);
    if (!isShown) return;
    const { columns, rows } = shapeFor(innerWidth / unit);
    const words = JSON.stringify([scope, dishes, columns]);
    if (words === this.painted) return;
    this.painted = words;
    this.node.style.setProperty("--columns", String(columns));
    const room = rows * columns - 1;
    const fitting = dishes.length <= room ? dishes : dishes.slice(0, room - 1);
    const rest = dishes.slice(fitting.length);
    reconcile(this.node, [
      h(
        "h2",
        { class: "all-day-title" },
        say("allDay.title"),
        h("span", { class: "all-day-scope" }, h("bdi", {}, scope), `: ${total}`),
      ),
      ...fitting.map(({ name, count }) => cell(String(count), name)),
      ...(rest.length > 0
        ? [cell(String(rest.reduce((sum, { count }) => sum + count, 0)), say("allDay.others", { count: rest.length }))]
        : []),
    ]);
  }
}

/** Five by two, as the grid above it; fewer and a row more where names would be cut. */
function shapeFor(widthPx) {
  const columns = Math.max(2, Math.min(5, Math.floor(widthPx / CELL_PX)));
  return { columns, rows: columns === 5 ? 2 : 3 };
}

function cell(count, name) {
  return h(
    "p",
    { class: "all-day-dish" },
    h("strong", { class: "all-day-count" }, count),
    h("span", { class: "all-day-name", dir: "auto" }, name),
  );
}
