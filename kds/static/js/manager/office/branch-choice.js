/** Which branch to manage, where a login manages several and not the one that it signs in to. It only paints. */

import { h } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";

export class BranchChoice {
  /** @param {{branchId: string, name: string}[]} branches @param {{onBranch: (branchId: string) => void, onSignOut: () => void}} act */
  constructor(branches, act) {
    this.title = h("h1", { tabindex: "-1" }, say("staff.chooseBranch"));
    const ways = branches.map(({ branchId, name }) => h("li", {}, h("button", { type: "button", class: "office-button", onclick: () => act.onBranch(branchId) }, h("bdi", {}, name))));
    const signOut = h("button", { type: "button", class: "login-way", onclick: () => act.onSignOut() }, say("office.signOut"));
    this.node = h("main", { class: "login" }, h("div", { class: "login-form" }, this.title, h("ul", { class: "branch-choice" }, ...ways), signOut));
  }

  start() {
    this.title.focus();
  }
}
