/** The stations in their order: what goes to each, its place, another name for it, and the way to remove it. */

import { KeyedList, h, setAttribute, setText } from "../../common/dom/dom.js";
import { say, sayParts } from "../../common/text/words.js";
import { moveButton } from "../office/move-button.js";
import { NameForm } from "./name-form.js";

/** @typedef {{name: string, dishes: number, tickets: number}} Station */
/** @typedef {{onMove: (name: string, step: number) => void, onRename: (was: string, name: string) => Promise<void>, onRemove: (name: string) => void}} Act */

/** @param {Station} station */
export const shareWords = ({ dishes, tickets }) => sayParts([say("menu.dishes", { count: dishes }), say("stations.tickets", { count: tickets })]);

export class StationList {
  /** @param {Act} act */
  constructor(act) {
    this.node = h("ul", { class: "station-list" });
    this.rows = new KeyedList(
      this.node,
      ({ name }) => name,
      ({ name }) => new Row(name, act),
    );
  }

  /** @param {Station[]} stations */
  update(stations) {
    const focused = document.activeElement;
    this.rows.update(stations.map((station, index) => ({ ...station, isFirst: index === 0, isLast: index === stations.length - 1 })));
    // a row that changed its place has lost it
    if (focused instanceof HTMLElement && this.node.contains(focused) && document.activeElement !== focused) focused.focus();
  }

  /** @param {string} name @returns {boolean} whether it is there */
  focus(name) {
    const row = this.rows.components.get(name);
    row?.rename.focus();
    return row !== undefined;
  }

  /** The names that are typed over others and that the server does not have. @returns {{was: string, name: string, isSent: boolean}[]} */
  get typed() {
    const rows = [...this.rows.components.values()].filter(({ isUnsaved }) => isUnsaved);
    return rows.map(({ stationName, form }) => ({ was: stationName, name: form.name, isSent: form.isBusy }));
  }

  /** The name that was typed over this one is wanted no more. @param {string} name */
  hide(name) {
    this.rows.components.get(name)?.hide();
  }

  /** What is typed is wanted no more. */
  forget() {
    for (const row of this.rows.components.values()) row.hide();
  }
}

class Row {
  /** @param {string} name @param {Act} act */
  constructor(name, { onMove, onRename, onRemove }) {
    this.stationName = name;
    this.up = moveButton("up", say("stations.up", { name }), "station-move", () => onMove(name, -1));
    this.down = moveButton("down", say("stations.down", { name }), "station-move", () => onMove(name, 1));
    this.share = h("span", { class: "station-share" });
    this.rename = h("button", { type: "button", class: "office-button", "aria-label": say("stations.renameOf", { name }), onclick: () => this.open() }, say("stations.rename"));
    const remove = h("button", { type: "button", class: "office-danger", "aria-label": say("stations.removeOf", { name }), onclick: () => onRemove(name) }, say("stations.remove"));
    const close = h("button", { type: "button", class: "office-button", onclick: () => this.close() }, say("office.no"));
    this.form = new NameForm(say("stations.newName", { name }), say("menu.save"), (typed) => this.save(typed, onRename), [close]);
    this.form.node.onkeydown = (event) => {
      if (event.code !== "Escape" || event.isComposing) return;
      event.preventDefault();
      this.close();
    };
    const what = h("p", { class: "station-what" }, h("bdi", { class: "station-name" }, name), " ", this.share);
    this.shown = h("div", { class: "station-row" }, h("div", { class: "station-moves" }, this.up, this.down), what, h("div", { class: "station-acts" }, this.rename, remove));
    this.node = h("li", { class: "station" }, this.shown);
  }

  get isUnsaved() {
    return this.node.contains(this.form.node) && !["", this.stationName].includes(this.form.name);
  }

  update(station) {
    setText(this.share, shareWords(station));
    setAttribute(this.up, "aria-disabled", station.isFirst && "true");
    setAttribute(this.down, "aria-disabled", station.isLast && "true");
  }

  open() {
    this.form.field.value = this.stationName;
    this.form.field.refuse("");
    this.node.replaceChildren(this.form.node);
    this.form.field.focus();
    this.form.field.control.select();
  }

  close() {
    if (this.form.isBusy) return;
    this.hide();
    this.rename.focus();
  }

  hide() {
    this.node.replaceChildren(this.shown);
  }

  async save(typed, onRename) {
    if (typed === this.stationName) {
      this.hide();
      this.rename.focus();
      return;
    }
    const { control } = this.form.field;
    control.readOnly = true; // what is typed after it was sent would go with the row of the old name
    try {
      await onRename(this.stationName, typed);
    } finally {
      control.readOnly = false;
    }
  }
}
