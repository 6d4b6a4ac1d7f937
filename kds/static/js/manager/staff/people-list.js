/** Who works here: a row a person, with what there is to know at a glance and, where it may be changed, the way there. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { apart, say, sayList, sayParts } from "../../common/text/words.js";
import { dateAndTime } from "../office/dates.js";
import { roleName } from "../office/ranks.js";

export class PeopleList {
  constructor() {
    this.count = h("p", { class: "people-count" });
    const heads = ["staff.name", "staff.role", "staff.branches", "staff.changed", "staff.state"].map((name) => h("span", {}, say(name)));
    this.head = h("div", { class: "person people-head", "aria-hidden": "true" }, ...heads, h("span"));
    this.box = h("ul", { class: "people" });
    this.rows = new KeyedList(
      this.box,
      ({ staffId }) => staffId,
      ({ staffId }) => new Row(staffId),
    );
    this.node = h("div", {}, this.head, this.box);
  }

  /** @param {any[]} people of GET /manager/staff @param {string} chosen whose panel is open */
  update(people, chosen) {
    const screens = people.reduce((sum, { screens: count }) => sum + count, 0);
    setText(this.count, sayParts([say("staff.people", { count: people.length }), say("staff.screens", { count: screens })]));
    this.rows.update(people.map((person) => ({ ...person, isChosen: person.staffId === chosen })));
  }

  /** Puts the focus on the way to a person's panel. @param {string} staffId */
  focus(staffId) {
    this.rows.components.get(staffId)?.edit.focus();
  }
}

class Row {
  constructor(staffId) {
    this.name = h("span", { class: "person-name" });
    this.role = h("span", { class: "person-role" });
    this.branches = h("span", { class: "person-branches" });
    this.changed = h("span", { class: "person-changed" });
    this.state = h("span", { class: "person-state" });
    this.edit = h("a", { class: "office-button person-edit", href: `#staff/${staffId}` }, say("staff.edit"));
    const label = (name) => h("span", { class: "person-label" }, say(name));
    this.when = h("span", { class: "person-cell" }, label("staff.changed"), this.changed);
    this.node = h(
      "li",
      { class: "person" },
      this.name,
      this.role,
      h("span", { class: "person-cell person-where" }, label("staff.branches"), this.branches),
      this.when,
      this.state,
      h("span", { class: "person-act" }, this.edit),
    );
  }

  update({ username, role, active, isYou, mayChange, changedAt, screens, branches, isChosen }) {
    setText(this.name, isYou ? say("staff.you", { name: username }) : apart(username));
    setText(this.role, screens > 0 ? sayParts([roleName(role), say("staff.screens", { count: screens })]) : roleName(role));
    setText(this.branches, sayList(branches.map(({ name }) => apart(name))));
    setText(this.changed, dateAndTime(changedAt));
    setAttribute(this.when, "data-never", changedAt === null);
    setText(this.state, say(active ? "staff.active" : "staff.inactive"));
    setAttribute(this.state, "data-off", !active);
    setAttribute(this.edit, "hidden", !mayChange);
    setAttribute(this.edit, "aria-label", say("staff.editOf", { name: username }));
    setAttribute(this.node, "data-chosen", isChosen);
  }
}
