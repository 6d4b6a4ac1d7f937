/** One member, beside the list: role, branches and login, each change with what it ends said before. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { isForGood, roleName, rolesUpTo } from "../office/ranks.js";
import { refusalOf } from "../office/refusals.js";
import { LinkBox } from "./link-box.js";
import { MemberBranches } from "./member-branches.js";
import { RoleChoice } from "./role-choice.js";

export class MemberPanel {
  /**
   * @param {any} member of GET /manager/staff
   * @param {{role: string, branches: any[], confirm: import("../office/confirm-dialog.js").ConfirmDialog, change: ReturnType<import("./changes.js").changesOf>,
   *   onTried: () => Promise<void>, onLinkOver: () => void}} wiring
   *   `onTried` reads the list anew: after a refusal too, since what was shown may not have been so; `onLinkOver`: no link of before opens anything
   */
  constructor(member, { role, branches, confirm, change, onTried, onLinkOver }) {
    this.ownRole = role;
    this.onTried = onTried;
    this.onLinkOver = onLinkOver;
    this.confirm = confirm;
    this.change = change;
    this.name = h("bdi");
    this.title = h("h2", { tabindex: "-1" }, this.name);
    this.said = h("p", { class: "panel-said", role: "status", tabindex: "-1" });
    this.problem = h("p", { class: "login-problem", role: "alert", hidden: true });
    this.made = h("div");
    this.role = new RoleChoice(say("staff.role"), rolesUpTo(role), () => this.offer());
    this.saveRole = h("button", { type: "button", class: "office-main", onclick: () => this.changeRole() }, say("staff.changeRole"));
    this.branches = new MemberBranches({ onLeave: (branch) => this.leave(branch), onJoin: (branch, as) => this.join(branch, as) }, branches);
    this.elsewhere = h("p", { class: "panel-hint" });
    this.link = action(say("staff.newLink"), () => this.newLink());
    this.end = action(say("staff.end"), () => this.endSessions());
    this.off = action(say("staff.off"), () => this.deactivate(), "office-danger");
    this.on = action(say("staff.on"), () => this.bringBack(), "office-main");
    const login = h("div", { class: "panel-part panel-acts" }, h("h3", {}, say("staff.login")), this.elsewhere, this.link, this.end, this.on, this.off);
    this.node = h(
      "section",
      { class: "panel-part" },
      this.title,
      this.said,
      this.problem,
      this.made,
      h("div", { class: "panel-part" }, this.role.node, this.saveRole),
      this.branches.node,
      login,
    );
    this.update(member);
  }

  get staffId() {
    return this.member.staffId;
  }

  /** What was done last, in a sentence; empty: nothing. */
  get done() {
    return this.said.textContent;
  }

  /** @param {any} member as the server tells it now */
  update(member) {
    this.member = member;
    const name = member.username;
    setText(this.name, name);
    setAttribute(this.node, "aria-label", name);
    this.role.follow(member.role);
    this.branches.update(member);
    setText(this.elsewhere, say("staff.elsewhere", { name }));
    setAttribute(this.elsewhere, "hidden", member.mayChangeLogin);
    setAttribute(this.link, "hidden", !member.mayChangeLogin || !member.active);
    setAttribute(this.end, "hidden", !member.mayChangeLogin || !member.active);
    setAttribute(this.off, "hidden", !member.mayChangeLogin || !member.active);
    setAttribute(this.on, "hidden", !member.mayChangeLogin || member.active);
    this.offer();
  }

  offer() {
    this.saveRole.disabled = this.role.chosen === this.member.role;
  }

  changeRole() {
    const { username: name } = this.member;
    const role = this.role.chosen;
    return this.give(role, this.ownRole, async () => {
      await this.change.role(role);
      this.role.isTouched = false;
      this.endLink();
      return say("staff.roleChanged", { name, role: roleName(role) });
    });
  }

  join(branch, role) {
    return this.give(role, branch.role, async () => {
      await this.change.join(branch.branchId, role);
      this.branches.choose("");
      return say("staff.joined", { name: this.member.username, branch: branch.name });
    });
  }

  /** A rank that nobody can take back on this page is given only after a question. @param {string} role @param {string} ownRole there */
  async give(role, ownRole, act) {
    if (!isForGood(ownRole, role)) {
      await this.try(act);
      return;
    }
    const words = { name: this.member.username, role: roleName(role) };
    this.ask({ title: say("staff.rankTitle", words), words: say("staff.rankWords"), yes: say("staff.rankYes") }, act);
  }

  bringBack() {
    return this.try(async () => {
      await this.change.active(true);
      return say("staff.onDone", { name: this.member.username });
    });
  }

  leave(branch) {
    const words = { name: this.member.username, branch: branch.name };
    this.ask({ title: say("staff.leaveTitle", words), words: say("staff.leaveWords", words), yes: say("staff.leaveYes") }, async () => {
      await this.change.leave(branch.branchId);
      this.endLink();
      return say("staff.left", words);
    });
  }

  newLink() {
    const { username: name } = this.member;
    this.ask({ title: say("staff.newLinkTitle", { name }), words: say("staff.newLinkWords", { name }), yes: say("staff.newLinkYes") }, async () => {
      const { link } = await this.change.password();
      this.endLink();
      this.shows(new LinkBox(name, link));
      return "";
    });
  }

  endSessions() {
    const { username: name } = this.member;
    this.ask({ title: say("staff.endTitle", { name }), words: say("staff.endWords", { name }), yes: say("staff.endYes") }, async () => {
      await this.change.endSessions();
      this.endLink();
      return say("staff.ended", { name });
    });
  }

  deactivate() {
    const { username: name } = this.member;
    this.ask({ title: say("staff.offTitle", { name }), words: say("staff.offWords", { name }), yes: say("staff.offYes") }, async () => {
      await this.change.active(false);
      this.endLink();
      return say("staff.offDone", { name });
    });
  }

  /** Asks before it ends anything. */
  ask(question, act) {
    this.confirm.ask({ ...question, act: () => this.make(act) });
  }

  /** Says what was done as soon as it is: to read the list anew may take its time. @param {() => Promise<string>} act */
  async make(act) {
    setText(this.said, "");
    try {
      this.tell(await act());
    } finally {
      this.onTried().then(() => this.keepFocus());
    }
  }

  async try(act) {
    try {
      await this.make(act);
    } catch (error) {
      setText(this.problem, refusalOf(error));
      setAttribute(this.problem, "hidden", false);
    }
  }

  tell(said) {
    setText(this.said, said);
    setAttribute(this.problem, "hidden", true);
    // after the dialog that asked has given the focus back: to a button that may be gone by now
    setTimeout(() => this.keepFocus(), 0);
  }

  /** Who works by keyboard goes on where the news is, when the button that was pressed can be pressed no more. */
  keepFocus() {
    const focused = document.activeElement;
    const isLost = focused === document.body || focused.disabled || focused.getClientRects().length === 0;
    if (isLost && this.said.textContent) this.said.focus();
  }

  /** The link that is shown opens nothing any more. */
  endLink() {
    this.made.replaceChildren();
    this.onLinkOver();
  }

  /** @param {LinkBox} box */
  shows(box) {
    this.made.replaceChildren(box.node);
    // after the dialog that asked has given the focus back
    setTimeout(() => box.title.focus(), 0);
  }
}

const action = (words, onclick, look = "office-button") => h("button", { type: "button", class: look, onclick }, words);
