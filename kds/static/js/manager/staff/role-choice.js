/** A choice of one role, and what the chosen one may do. A choice that somebody has made stays while the list around it is read anew. */

import { h, setText } from "../../common/dom/dom.js";
import { roleDoes, roleName } from "../office/ranks.js";

let made = 0;

export class RoleChoice {
  /** @param {string} title @param {string[]} roles @param {(role: string) => void} [onChoice] */
  constructor(title, roles, onChoice = () => {}) {
    made += 1;
    const name = `role-${made}`;
    this.isTouched = false;
    this.inputs = new Map(
      roles.map((role) => {
        const onchange = () => {
          this.isTouched = true;
          this.explain();
          onChoice(role);
        };
        return [role, h("input", { type: "radio", name, value: role, onchange })];
      }),
    );
    const rows = [...this.inputs].map(([role, input]) => h("label", { class: "role" }, input, h("span", {}, roleName(role))));
    this.does = h("p", { class: "panel-hint", "aria-live": "polite" });
    this.node = h("fieldset", { class: "roles" }, h("legend", {}, title), ...rows, this.does);
  }

  get chosen() {
    return [...this.inputs].find(([, input]) => input.checked)?.[0] ?? "";
  }

  /** @param {string} role */
  choose(role) {
    for (const [each, input] of this.inputs) input.checked = each === role;
    this.isTouched = false;
    this.explain();
  }

  explain() {
    setText(this.does, this.chosen && roleDoes(this.chosen));
  }

  /** What the server says, where nobody has chosen. @param {string} role */
  follow(role) {
    if (!this.isTouched) this.choose(role);
  }
}
