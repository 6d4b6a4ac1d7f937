/** What a manager needs beside the sections: the other pages, the language of this one, another password. */

import { h } from "../../common/dom/dom.js";
import { languageChoice, say } from "../../common/text/words.js";
import { OwnPassword } from "./own-password.js";

export class MoreSection {
  /** @param {{api: import("./office-api.js").OfficeApi, branch: {branchId: string}, username: string, sections: {id: string, title: string, isInMore?: boolean}[]}} wiring */
  constructor({ api, branch, username, sections }) {
    this.password = new OwnPassword(username, (present, chosen) => api.changePassword(present, chosen));
    const pages = [
      ...(api.isHome ? [["/kitchen", say("kitchen.title")]] : []), // a board is that of the branch that one signs in to
      [`/tables?branch=${encodeURIComponent(branch.branchId)}`, say("sheet.title")],
      [`/pickup/${encodeURIComponent(branch.branchId)}`, say("pickup.title")],
      ["/", say("office.startPage")],
    ];
    this.node = h(
      "div",
      { class: "office-card office-more" },
      h("h1", {}, say("office.more")),
      // on a wide screen they have tabs
      h("ul", { class: "more-sections" }, ...sections.filter(({ isInMore }) => isInMore).map(({ id, title }) => h("li", {}, h("a", { class: "office-button", href: `#${id}` }, title)))),
      h("h2", {}, say("office.otherPages")),
      h("ul", {}, ...pages.map(([path, title]) => h("li", {}, h("a", { class: "office-button", href: path }, title)))),
      h("h2", {}, say("language")),
      languageChoice(),
      this.password.node,
    );
  }

  start() {}

  stop() {
    this.password.stop();
  }

  go() {}
}
