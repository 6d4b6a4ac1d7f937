/** On a phone one column is shown at a time; these tabs choose it, with their counts. */

import { h, setAttribute, setText } from "../../../common/dom/dom.js";
import { say } from "../../../common/text/words.js";
import { keycap } from "../../device/keycap.js";
import { COLUMNS } from "../../state/board/columns.js";

export class ColumnTabs {
  /** @param {{onTab: (name: string) => void}} act */
  constructor(act) {
    this.counts = new Map(COLUMNS.map((name) => [name, h("span", { class: "count" })]));
    this.buttons = new Map(
      COLUMNS.map((name) => [
        name,
        h("button", { type: "button", class: "tab", onclick: () => act.onTab(name) }, say(`column.${name}`), this.counts.get(name)),
      ]),
    );
    this.node = h("nav", { class: "column-tabs", "aria-label": say("board.columns") }, keycap("tab"), ...this.buttons.values());
  }

  /** @param {{tab: string, counts: any}} model */
  update({ tab, counts }) {
    const numbers = { SENT: counts.sent + counts.voided, READY: counts.ready, COMPLETED: null };
    for (const [name, button] of this.buttons) {
      setAttribute(button, "aria-pressed", String(name === tab));
      const count = this.counts.get(name);
      setText(count, numbers[name] === null ? "" : String(numbers[name]));
      setAttribute(count, "hidden", numbers[name] === null);
    }
  }
}
