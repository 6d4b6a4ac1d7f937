/** The frame of the back office: which branch, which section, and the way out. The section stands in `place`. It only paints. */

import { h, setAttribute, setText } from "../../common/dom.js";
import { icon } from "../../common/icons.js";
import { say } from "../../common/words.js";

export class Shell {
  /**
   * @param {{id: string, title: string, icon: string, isInMore?: boolean}[]} sections  `isInMore`: on a narrow screen its tab is a way in More
   * @param {{onBranch: (branchId: string) => void, onSignOut: () => void}} act
   */
  constructor(sections, act) {
    this.branch = h("div", { class: "office-branch" });
    this.list = h("select", { class: "office-name", "aria-label": say("office.branch"), onchange: () => act.onBranch(this.list.value) });
    this.offered = "";
    this.links = new Map(sections.map((section) => [section.id, tab(section)]));
    this.inMore = new Set(sections.filter(({ isInMore }) => isInMore).map(({ id }) => id));
    this.place = h("main", { class: "office-place" });
    const signOut = h("button", { type: "button", class: "office-out", onclick: () => act.onSignOut() }, say("office.signOut"));
    this.node = h(
      "div",
      { class: "office" },
      h("header", { class: "office-bar" }, this.branch, h("nav", { class: "office-tabs", "aria-label": say("office.sections") }, ...this.links.values()), signOut),
      this.place,
    );
  }

  /** @param {{branchId: string, name: string}[]} branches @param {string} chosen */
  showBranches(branches, chosen) {
    if (branches.length === 1) {
      this.branch.replaceChildren(h("p", { class: "office-name" }, h("bdi", {}, branches[0].name)));
      return;
    }
    const offered = JSON.stringify(branches.map(({ branchId, name }) => [branchId, name]));
    if (offered !== this.offered) this.list.replaceChildren(...branches.map(({ branchId, name }) => h("option", { value: branchId }, name)));
    this.offered = offered;
    this.list.value = chosen;
    // the same list stays in its place: who chooses by keyboard goes on choosing
    if (this.branch.firstChild !== this.list) this.branch.replaceChildren(this.list);
  }

  /** @param {string} id of the section @param {Node} node */
  show(id, node) {
    for (const [each, link] of this.links) setAttribute(link, "aria-current", each === id && "page");
    setAttribute(this.links.get("more"), "data-within", this.inMore.has(id));
    if (this.place.firstChild !== node) this.place.replaceChildren(node);
  }
}

const tab = ({ id, title, icon: name, isInMore }) => h("a", { class: "office-tab", href: `#${id}`, "data-in-more": isInMore }, icon(name), h("span", {}, title));
