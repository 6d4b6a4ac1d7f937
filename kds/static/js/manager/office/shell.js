/** The frame of the back office: which branch, which section, and the way out. The section stands in `place`. It only paints. */

import { h, setAttribute } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";
import { say } from "../../common/text/words.js";

/** As shell.css has it: the tabs of some sections are a way in More. */
const NARROW = "(max-width: 899px)";

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
    this.shown = "";
    this.narrow = matchMedia(NARROW);
    this.narrow.onchange = () => this.mark();
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

  /** @param {string} id of the section @param {HTMLElement} node with its title in an h1 */
  show(id, node) {
    this.shown = id;
    this.mark();
    if (this.place.firstChild === node) return;
    const hadFocus = this.place.contains(document.activeElement);
    this.place.replaceChildren(node);
    if (hadFocus) focusTitle(node);
  }

  /** On a narrow screen the tab of a section that is a way in More is not there: More stands for it. */
  mark() {
    for (const [each, link] of this.links) setAttribute(link, "aria-current", each === this.shown && "page");
    if (this.inMore.has(this.shown) && this.narrow.matches) setAttribute(this.links.get("more"), "aria-current", "true");
  }

  stop() {
    this.narrow.onchange = null;
  }
}

/** Where the way to it was in what has gone, a reader goes on from the title. */
function focusTitle(node) {
  const title = node.querySelector("h1");
  setAttribute(title, "tabindex", "-1");
  title.focus();
}

const tab = ({ id, title, icon: name, isInMore }) => h("a", { class: "office-tab", href: `#${id}`, "data-in-more": isInMore }, icon(name), h("span", {}, title));
