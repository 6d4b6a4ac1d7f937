/** The section Stations: the places of the kitchen in the order of its boards, added, renamed, put in order and removed. */

import { NoAnswer } from "../../common/api.js";
import { h, setAttribute, setText } from "../../common/dom.js";
import { icon } from "../../common/icons.js";
import { say } from "../../common/words.js";
import { ConfirmDialog } from "../office/confirm-dialog.js";
import { Follow } from "../office/follow.js";
import { Freshness } from "../office/freshness.js";
import { refusalOf } from "../office/refusals.js";
import { NameForm } from "./name-form.js";
import { stationRequests } from "./requests.js";
import { StationList, shareWords } from "./station-list.js";
import { StrayList } from "./stray-list.js";

export class StationsSection {
  /** @param {{api: import("../office/office-api.js").OfficeApi}} wiring */
  constructor({ api }) {
    this.ask = stationRequests(api);
    this.told = null;
    this.moves = 0;
    this.moved = Promise.resolve();
    /** Where the tickets of a station went, by its name: those that are left are offered the same way. @type {Map<string, string>} */
    this.heirs = new Map();
    this.fresh = new Freshness();
    this.follow = new Follow((isNewest) => this.read(isNewest));
    this.confirm = new ConfirmDialog();
    this.add = new NameForm(say("stations.new"), say("stations.add"), (name) => this.tryAdd(name));
    this.list = new StationList({ onMove: (name, step) => this.move(name, step), onRename: (was, name) => this.rename(was, name), onRemove: (name) => this.askToRemove(name) });
    this.strays = new StrayList((name) => this.askToMove(name));
    this.count = h("p", { class: "people-count" });
    this.said = h("p", { class: "panel-said", role: "status", tabindex: "-1" });
    this.problemWords = h("span");
    this.problem = h("p", { class: "login-problem office-stale", role: "alert", hidden: true }, icon("warning"), this.problemWords);
    this.none = h("p", { class: "panel-hint", hidden: true }, say("stations.none"));
    this.node = h(
      "div",
      { class: "stations" },
      this.fresh.warning,
      h(
        "div",
        { class: "office-card" },
        h("div", { class: "staff-head" }, h("h1", {}, say("office.stations")), this.count),
        this.problem,
        this.said,
        this.none,
        this.list.node,
        this.strays.node,
        this.add.node,
        h("p", { class: "panel-hint" }, say("stations.note")),
      ),
      this.fresh.line,
      this.confirm.node,
    );
  }

  start() {
    this.follow.start();
  }

  stop() {
    this.follow.stop();
    this.confirm.close();
  }

  go() {}

  /** What is typed and not sent. */
  get typed() {
    return this.list.typed ?? this.add.name;
  }

  get isUnsaved() {
    return this.typed !== "";
  }

  /** @param {() => void} go after a yes */
  askToLeave(go) {
    const act = async () => {
      this.list.forget();
      this.add.field.value = "";
      this.confirm.close();
      go();
    };
    this.confirm.ask({ title: say("menu.leaveTitle"), words: say("menu.leaveWords", { name: this.typed }), yes: say("menu.leaveYes"), no: say("menu.leaveNo"), act });
  }

  async read(isNewest) {
    try {
      const told = await this.ask.read();
      if (!isNewest() || this.moves > 0) return;
      this.told = told;
      this.fresh.read();
      this.paint();
    } catch (error) {
      if (isNewest()) this.fresh.failed(refusalOf(error));
    }
  }

  paint() {
    const { stations, strays } = this.told;
    setText(this.count, say("stations.count", { count: stations.length }));
    setAttribute(this.none, "hidden", stations.length > 0);
    const hadFocus = this.node.contains(document.activeElement);
    const { typed } = this.list;
    this.list.update(stations);
    if (typed !== null && this.list.typed === null) this.say(say("menu.problemOf", { name: typed, problem: say("refused.not_found") }));
    this.strays.update(strays);
    // what had it is gone
    if (hadFocus && !this.node.contains(document.activeElement)) this.said.focus();
  }

  say(words) {
    setAttribute(this.problem, "hidden", true);
    setText(this.said, words);
  }

  fail(error) {
    setText(this.said, "");
    setText(this.problemWords, error instanceof NoAnswer ? say("stations.unheard") : refusalOf(error));
    setAttribute(this.problem, "hidden", false);
  }

  /** A 422 is the field's, all else is told above the list. @param {() => Promise<void>} act */
  async try(act) {
    this.say("");
    try {
      await act();
    } catch (error) {
      if (error.status === 422) throw error;
      this.fail(error);
    }
    await this.follow.now();
  }

  tryAdd(name) {
    return this.try(async () => {
      const added = await this.ask.add(name);
      this.add.field.value = "";
      this.say(say("stations.added", { name: added.name }));
      this.add.field.focus();
    });
  }

  async rename(was, typed) {
    await this.try(async () => {
      const { name, left } = await this.ask.rename(was, typed);
      this.heirs.set(was, name);
      this.say(withLeft(say("stations.renamed", { was, name }), was, left));
    });
    if (!this.list.focus(typed)) this.list.focus(was);
  }

  /** Seen at once, and sent one after another: who presses on and on moves it on and on. */
  move(name, step) {
    const stations = [...this.told.stations];
    const at = stations.findIndex((each) => each.name === name);
    const other = at + step;
    if (at < 0 || other < 0 || other >= stations.length) return;
    [stations[at], stations[other]] = [stations[other], stations[at]];
    this.told = { ...this.told, stations };
    this.paint();
    const names = stations.map((each) => each.name);
    this.moves += 1;
    this.moved = this.moved.then(() =>
      this.try(async () => {
        try {
          await this.ask.order(names);
          this.say(say("menu.place", { section: name, at: other + 1, of: names.length }));
        } finally {
          this.moves -= 1;
        }
      }),
    );
  }

  /** @param {string} name of a station */
  askToRemove(name) {
    const station = this.told.stations.find((each) => each.name === name);
    const words = say("stations.removeWords", { what: shareWords(station), name });
    const title = say("stations.removeTitle", { name });
    this.askWhere(name, { title, words, yes: say("stations.removeYes"), done: say("stations.removed", { name }) });
  }

  /** @param {string} name that tickets have alone */
  askToMove(name) {
    const stray = this.told.strays.find((each) => each.name === name);
    const words = say("stations.moveWords", { what: say("stations.orders", { count: stray.orders }) });
    const title = say("stations.moveTitle", { name });
    this.askWhere(name, { title, words, yes: say("stations.moveYes"), done: say("stations.moved", { name }) });
  }

  askWhere(name, { title, words, yes, done }) {
    const others = this.told.stations.map((each) => each.name).filter((each) => each !== name);
    const wanted = this.heirs.get(name) ?? "";
    const options = ["", ...others].map((each) => h("option", { value: each, selected: each === wanted }, each || say("stations.whole")));
    const choice = h("select", { class: "office-field" }, ...options);
    const act = async () => {
      this.say("");
      const to = choice.value;
      try {
        const { left } = await this.ask.remove(name, to);
        this.heirs.set(name, to);
        this.say(left > 0 ? withLeft(this.told.stations.some((each) => each.name === name) ? done : "", name, left) : done);
      } finally {
        await this.follow.now();
      }
      this.confirm.close();
      this.said.focus();
    };
    this.confirm.ask({ title, words, yes, act, more: h("label", { class: "station-heir" }, h("span", {}, say("stations.to")), choice) });
  }
}

const withLeft = (done, name, left) => [done, left > 0 && say("stations.left", { count: left, name })].filter(Boolean).join(" ");
