/** The form for somebody new: a name, a role that is not above one's own, and a link by which they set the password. */

import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { keptFocus } from "../office/focus.js";
import { rolesUpTo } from "../office/ranks.js";
import { refusalOf } from "../office/refusals.js";
import { LinkBox } from "./link-box.js";
import { RoleChoice } from "./role-choice.js";

const LONGEST_NAME = 100;
const USUAL_ROLE = "KITCHEN";

export class NewMember {
  /** @param {string} ownRole @param {(username: string, role: string) => Promise<{staffId: string, link: string}>} add */
  constructor(ownRole, add) {
    this.add = add;
    this.madeFor = "";
    this.name = h("input", { id: "new-name", type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", maxlength: LONGEST_NAME, dir: "auto" });
    this.role = new RoleChoice(say("staff.role"), rolesUpTo(ownRole));
    this.role.choose(USUAL_ROLE);
    this.problem = h("p", { class: "login-problem", role: "alert", hidden: true });
    this.submit = h("button", { type: "submit", class: "office-main" }, say("staff.makeLink"));
    this.made = h("div");
    this.title = h("h2", { tabindex: "-1" }, say("staff.new"));
    this.form = h(
      "form",
      { class: "panel-form", novalidate: true },
      this.problem,
      h("label", { for: "new-name" }, say("staff.newName")),
      this.name,
      this.role.node,
      h("p", { class: "panel-hint" }, say("staff.linkWhy")),
      this.submit,
    );
    this.form.onsubmit = (event) => {
      event.preventDefault();
      this.try();
    };
    this.node = h("section", { class: "panel-part", "aria-label": say("staff.new") }, this.title, this.made, this.form);
  }

  async try() {
    const username = this.name.value.trim();
    if (this.submit.disabled) return;
    if (!username) {
      this.refuse(say("staff.typeName"));
      return;
    }
    const mayFocus = keptFocus();
    this.submit.disabled = true;
    setText(this.submit, say("staff.busy"));
    try {
      const { staffId, link } = await this.add(username, this.role.chosen);
      const box = new LinkBox(username, link);
      const isSame = this.name.value.trim() === username; // else somebody types the next one
      if (isSame) this.startOver();
      this.shows(staffId, box);
      if (isSame && mayFocus()) box.title.focus();
    } catch (error) {
      this.refuse(refusalOf(error), mayFocus());
    } finally {
      this.submit.disabled = false;
      setText(this.submit, say("staff.makeLink"));
    }
  }

  startOver() {
    this.name.value = "";
    this.role.choose(USUAL_ROLE);
  }

  shows(staffId, box) {
    this.madeFor = staffId;
    setAttribute(this.problem, "hidden", true);
    this.made.replaceChildren(box.node);
  }

  /** The link of this member, should it be shown, opens nothing any more. @param {string} staffId */
  endLink(staffId) {
    if (staffId === this.madeFor) this.made.replaceChildren();
  }

  refuse(message, mayFocus = true) {
    setText(this.problem, message);
    setAttribute(this.problem, "hidden", false);
    if (mayFocus) this.name.focus();
  }
}
