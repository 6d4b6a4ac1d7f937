/** In which branches a member works: those that the manager shares, to leave one or to add another. */

import { h, setAttribute } from "../../common/dom/dom.js";
import { apart, say, sayParts } from "../../common/text/words.js";
import { outranks, roleName, rolesUpTo } from "../office/ranks.js";

export class MemberBranches {
  /** @param {{onLeave: (branch: {branchId: string, name: string}) => void, onJoin: (branch: any, role: string) => Promise<void>}} act @param {any[]} managed branches of the manager */
  constructor(act, managed) {
    this.act = act;
    this.managed = managed;
    this.told = "";
    this.isJoining = false;
    this.list = h("ul", { class: "member-branches" });
    this.branch = h("select", { class: "office-field", "aria-label": say("office.branch"), onchange: () => this.offer() });
    this.role = h("select", { class: "office-field", "aria-label": say("staff.role") });
    this.add = h("button", { type: "button", class: "office-button", onclick: () => this.join() }, say("staff.join"));
    this.joining = h("div", { class: "member-join" }, this.branch, this.role, this.add);
    this.node = h("div", { class: "panel-part" }, h("h3", {}, say("staff.branches")), this.list, this.joining);
  }

  /** @param {any} member of GET /manager/staff */
  update(member) {
    const told = JSON.stringify([member.username, member.mayChangeLogin, member.branches]);
    this.member = member;
    if (told === this.told) return; // the focus, and a choice that somebody is making, stay
    this.told = told;
    this.list.replaceChildren(...member.branches.map((branch) => this.row(branch)));
    this.free = this.managed.filter(({ branchId }) => !member.branches.some((each) => each.branchId === branchId));
    setAttribute(this.joining, "hidden", this.free.length === 0);
    const { value: before } = this.branch;
    const none = h("option", { value: "" }, say("staff.chooseBranch"));
    this.branch.replaceChildren(none, ...this.free.map(({ branchId, name }) => h("option", { value: branchId }, name)));
    this.choose(before);
  }

  /** @param {string} branchId where it is still offered; else none is chosen, so that nobody adds the next one unawares */
  choose(branchId) {
    this.branch.value = this.free.some((each) => each.branchId === branchId) ? branchId : "";
    this.offer();
  }

  row(branch) {
    const leave = h("button", { type: "button", class: "office-button", "aria-label": say("staff.leaveOf", { branch: branch.name, name: this.member.username }), onclick: () => this.act.onLeave(branch) }, say("staff.leave"));
    return h("li", {}, h("span", {}, sayParts([apart(branch.name), roleName(branch.role)])), this.mayLeave(branch) ? leave : null);
  }

  /** The only branch of a login is left by deactivating it; that there are others of which nobody tells, `mayChangeLogin` says. */
  mayLeave({ branchId, role }) {
    const own = this.managed.find((each) => each.branchId === branchId);
    const isOnly = this.member.branches.length === 1 && this.member.mayChangeLogin;
    return own !== undefined && outranks(own.role, role) && !isOnly;
  }

  get chosen() {
    return this.free.find(({ branchId }) => branchId === this.branch.value);
  }

  /** The roles that may be given in the chosen branch: the one that was chosen, else the one that the member has here. */
  offer() {
    const roles = this.chosen ? rolesUpTo(this.chosen.role) : [];
    const wanted = roles.includes(this.role.value) ? this.role.value : this.member.role;
    this.role.replaceChildren(...roles.map((role) => h("option", { value: role, selected: role === wanted }, roleName(role))));
    this.role.disabled = !this.chosen;
    this.add.disabled = !this.chosen || this.isJoining;
  }

  async join() {
    if (this.add.disabled) return;
    this.isJoining = true;
    this.add.disabled = true;
    try {
      await this.act.onJoin(this.chosen, this.role.value);
    } finally {
      this.isJoining = false;
      this.add.disabled = !this.chosen;
      if (document.activeElement === document.body) this.add.focus();
    }
  }
}
