/** The section Staff: the list, and beside it, or on a phone in its place, a new person or the one that the address names. */

import { h, setAttribute } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { ConfirmDialog } from "../office/confirm-dialog.js";
import { keptFocus } from "../office/focus.js";
import { Follow } from "../office/follow.js";
import { Freshness } from "../office/freshness.js";
import { refusalOf } from "../office/refusals.js";
import { changesOf } from "./changes.js";
import { MemberPanel } from "./member-panel.js";
import { NewMember } from "./new-member.js";
import { PanelNote } from "./panel-note.js";
import { PeopleList } from "./people-list.js";

const NEW = "new";

export class StaffSection {
  /** @param {{api: import("../office/office-api.js").OfficeApi, branch: any, branches: any[]}} wiring */
  constructor({ api, branch, branches }) {
    this.api = api;
    this.branch = branch;
    this.branches = branches;
    this.people = null;
    this.shownId = "";
    this.panel = null;
    this.mayFocus = () => true;
    this.fresh = new Freshness();
    this.list = new PeopleList();
    this.confirm = new ConfirmDialog();
    this.follow = new Follow((isNewest) => this.read(isNewest));
    this.newMember = new NewMember(branch.role, (username, role) => this.add(username, role));
    this.add_ = h("a", { class: "office-main staff-add", href: `#staff/${NEW}` }, say("staff.new"));
    this.back = h("a", { class: "office-button staff-back", href: "#staff" }, say("staff.back"));
    this.panelPlace = h("div");
    this.node = h(
      "div",
      { class: "staff", "data-one-branch": branches.length === 1 },
      // on a phone the list, with its title, gives way to a panel
      h("h1", { class: "for-readers" }, say("office.staff")),
      // above both: where a panel takes the place of the list, it too is only as fresh as this
      h("div", { class: "staff-fresh" }, this.fresh.warning, this.fresh.line),
      h("div", { class: "office-card staff-list" }, h("div", { class: "staff-head" }, h("p", { class: "office-title", "aria-hidden": "true" }, say("office.staff")), this.list.count, this.add_), this.list.node),
      h("aside", { class: "office-card staff-panel" }, this.back, this.panelPlace),
      this.confirm.node,
    );
    this.onKey = (event) => {
      if (event.code === "Escape" && this.shownId && !this.confirm.node.open) location.hash = "#staff";
    };
  }

  start() {
    addEventListener("keydown", this.onKey);
    this.follow.start();
  }

  stop() {
    removeEventListener("keydown", this.onKey);
    this.follow.stop();
    this.confirm.close();
  }

  /** @param {string} id whose panel is shown; `new`; empty: none, which a wide screen fills with the form for somebody new */
  go(id) {
    const before = this.shownId;
    this.shownId = id;
    this.confirm.close();
    setAttribute(this.node, "data-open", id !== "");
    if (this.people) this.list.update(this.people, id);
    this.showPanel();
    if (id === NEW) this.newMember.name.focus();
    else if (id) this.panel?.title.focus();
    else if (before) this.list.focus(before);
    this.mayFocus = keptFocus();
  }

  showPanel() {
    const member = this.people?.find(({ staffId }) => staffId === this.shownId);
    if (this.shownId === "" || this.shownId === NEW) this.panel = this.newMember;
    else if (this.people === null) return;
    else if (!member?.mayChange) this.panel = this.noteFor(say(member ? "staff.notYours" : "staff.gone"));
    else if (this.panel instanceof MemberPanel && this.panel.staffId === member.staffId) this.panel.update(member);
    else this.panel = this.panelFor(member);
    if (this.panelPlace.firstChild === this.panel.node) return;
    const hadFocus = this.panelPlace.contains(document.activeElement);
    this.panelPlace.replaceChildren(this.panel.node);
    if (hadFocus && this.panel instanceof PanelNote) this.panel.title.focus();
  }

  panelFor(member) {
    return new MemberPanel(member, {
      role: this.branch.role,
      branches: this.branches,
      confirm: this.confirm,
      change: changesOf(this.api, member.staffId),
      onTried: () => this.follow.now(),
      onLinkOver: () => this.newMember.endLink(member.staffId),
    });
  }

  /** The note that stands stays, with its focus; one that takes the place of a panel says what was done there. */
  noteFor(words) {
    const before = this.panel?.staffId === this.shownId ? this.panel : null;
    if (before instanceof PanelNote && before.words === words) return before;
    return new PanelNote(this.shownId, words, before?.done ?? "");
  }

  async read(isNewest) {
    try {
      const { staff } = await this.api.ask("GET", "/manager/staff");
      if (!isNewest()) return;
      const isFirst = this.people === null;
      this.people = staff;
      this.fresh.read();
      this.list.update(staff, this.shownId);
      this.showPanel();
      if (isFirst && this.shownId && this.shownId !== NEW && this.mayFocus()) this.panel.title.focus();
    } catch (error) {
      if (isNewest()) this.fresh.failed(refusalOf(error));
    }
  }

  async add(username, role) {
    try {
      return await this.api.ask("POST", "/manager/staff", { username, role });
    } finally {
      this.follow.now();
    }
  }
}
