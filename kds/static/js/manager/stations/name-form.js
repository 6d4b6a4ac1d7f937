/** A name of a station, typed: what is wrong with it stands beside the field, and it is sent once. */

import { NoAnswer } from "../../common/server/api.js";
import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { say } from "../../common/text/words.js";
import { Field, textField } from "../menu/field.js";
import { keptFocus } from "../office/focus.js";
import { refusalOf } from "../office/refusals.js";

const NAME_MAX = 100;

export class NameForm {
  /** @param {string} title of the field @param {string} submit @param {(name: string) => Promise<void>} act throws when it was refused @param {Node[]} [more] beside what sends it */
  constructor(title, submit, act, more = []) {
    this.act = act;
    this.words = submit;
    this.field = new Field(title, textField({ maxlength: NAME_MAX }));
    this.submit = h("button", { type: "submit", class: "office-main" });
    this.node = h("form", { class: "station-form", novalidate: true }, this.field.node, h("div", { class: "station-send" }, this.submit, ...more));
    this.node.onsubmit = (event) => {
      event.preventDefault();
      this.try();
    };
    this.busy(false);
  }

  get name() {
    return this.field.value.trim();
  }

  async try() {
    if (this.isBusy) return;
    this.field.refuse(this.name ? "" : say("menu.typeName"));
    if (!this.name) {
      this.field.focus();
      return;
    }
    const mayFocus = keptFocus();
    this.busy(true);
    try {
      await this.act(this.name);
    } catch (error) {
      this.field.refuse(error instanceof NoAnswer ? say("stations.unheard") : refusalOf(error));
      if (mayFocus()) this.field.focus();
    } finally {
      this.busy(false);
    }
  }

  busy(isBusy) {
    this.isBusy = isBusy;
    setAttribute(this.submit, "aria-disabled", isBusy && "true");
    setText(this.submit, isBusy ? say("staff.busy") : this.words);
  }
}
