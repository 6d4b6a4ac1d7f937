/** The section Stations: the places of the kitchen in the order of its boards, added, renamed, put in order and removed. */

import { NoAnswer } from "../../common/server/api.js";
import { h, setAttribute, setText } from "../../common/dom/dom.js";
import { icon } from "../../common/dom/icons.js";
import { say } from "../../common/text/words.js";
import { ConfirmDialog } from "../office/confirm-dialog.js";
import { keptFocus } from "../office/focus.js";
import { Follow } from "../office/follow.js";
import { Freshness } from "../office/freshness.js";
import { refusalOf } from "../office/refusals.js";
import { Sending } from "../office/sending.js";
import { HeirQuestion } from "./heir-question.js";
import { NameForm } from "./name-form.js";
import { stationRequests } from "./requests.js";
import { StationList, shareWords } from "./station-list.js";
import { StrayList } from "./stray-list.js";

const GONE = 404;

export class StationsSection {
  /** @param {{api: import("../office/office-api.js").OfficeApi, branch: {branchId: string}}} wiring */
  constructor({ api, branch }) {
    this.ask = stationRequests(api, branch.branchId);
    this.told = null;
    this.moves = 0;
    this.sending = new Sending(api);
    this.fresh = new Freshness();
    this.follow = new Follow((isNewest) => this.read(isNewest));
    this.confirm = new ConfirmDialog();
    this.heir = new HeirQuestion(this.confirm);
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

  /** Moves that were pressed are sent all the same, each in this branch. */
  stop() {
    this.follow.stop();
    this.confirm.close();
  }

  go() {}

  /** Whether something is typed that the server does not have. */
  get isUnsaved() {
    return this.list.typed.length > 0 || this.add.name !== "";
  }

  /** @param {() => void} go after a yes */
  askToLeave(go) {
    const act = async () => {
      this.sending.giveUp(); // a name that waits for its turn is wanted no more
      this.list.forget();
      this.add.field.value = "";
      this.confirm.close();
      go();
    };
    this.confirm.ask({ title: say("menu.leaveTitle"), words: say("menu.leaveWords", { name: this.list.typed[0]?.name ?? this.add.name }), yes: say("menu.leaveYes"), no: say("menu.leaveNo"), act });
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
    const lost = typed.find(({ was, isSent }) => !isSent && !this.has(was));
    if (lost) this.tellOfLost(lost);
    this.strays.update(strays);
    this.heir.offer(stations);
    // what had it is gone
    if (hadFocus && !this.node.contains(document.activeElement)) this.said.focus();
  }

  has(name) {
    return this.told.stations.some((each) => each.name === name);
  }

  /** Another name was typed for what is gone: somebody has removed or renamed it, or an answer has not come. */
  tellOfLost({ was, name }) {
    if (!this.has(name)) {
      this.say(say("menu.problemOf", { name, problem: say("refused.not_found") }));
      return;
    }
    this.heir.remember(was, name);
    this.say(say("stations.renamed", { was, name }));
    if (document.activeElement === document.body) this.list.focus(name);
  }

  /** What was just done is seen before all is read anew. @param {(told: any) => any} change */
  tell(change) {
    if (this.told === null) return;
    this.told = { ...this.told, ...change(this.told) };
    this.paint();
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

  /**
   * In its turn: `act` ends when its change is told here too, for what comes after is worked out from that.
   * @template T @param {() => Promise<T>} act @returns {Promise<T>}
   */
  async send(act) {
    this.say("");
    try {
      return await this.sending.run(act);
    } finally {
      this.follow.now(); // after a refusal too: what was shown may not have been so
    }
  }

  async tryAdd(typed) {
    const mayFocus = keptFocus();
    const added = await this.send(async () => {
      const { name } = await this.ask.add(typed);
      // a reading may have it before the answer has come
      this.tell(({ stations }) => ({ stations: this.has(name) ? stations : [...stations, { name, dishes: 0, tickets: 0 }] }));
      return name;
    });
    if (this.add.name === typed) this.add.field.value = "";
    this.say(say("stations.added", { name: added }));
    if (mayFocus()) this.add.field.focus();
  }

  async rename(was, typed) {
    const mayFocus = keptFocus();
    try {
      await this.send(() => this.renameNow(was, typed, mayFocus));
    } catch (error) {
      if (error.status !== GONE && this.has(was)) throw error;
      this.list.hide(was); // no row has a place for what is wrong with it
      this.fail(error);
    }
  }

  async renameNow(was, typed, mayFocus) {
    const { name, left } = await this.ask.rename(was, typed);
    const isHere = mayFocus();
    this.list.hide(was);
    this.heir.remember(was, name);
    this.tell(({ stations }) => ({ stations: stations.map((each) => (each.name === was ? { ...each, name } : each)) }));
    this.say(withLeft(say("stations.renamed", { was, name }), was, left));
    if (isHere) this.list.focus(name);
  }

  /** Seen at once, and sent one after another: who presses on and on moves it on and on. */
  async move(name, step) {
    const stations = [...this.told.stations];
    const at = stations.findIndex((each) => each.name === name);
    const other = at + step;
    if (at < 0 || other < 0 || other >= stations.length) return;
    [stations[at], stations[other]] = [stations[other], stations[at]];
    this.tell(() => ({ stations }));
    this.moves += 1;
    try {
      await this.send(() => this.ask.order(this.told.stations.map((each) => each.name)).finally(() => (this.moves -= 1)));
      this.say(say("menu.place", { section: name, at: other + 1, of: stations.length }));
    } catch (error) {
      this.fail(error);
    }
  }

  /** @param {string} name of a station */
  askToRemove(name) {
    const station = this.told.stations.find((each) => each.name === name);
    const words = say("stations.removeWords", { what: shareWords(station), name });
    const title = say("stations.removeTitle", { name });
    this.heir.ask(name, { title, words, yes: say("stations.removeYes"), act: (to) => this.remove(name, to, say("stations.removed", { name })) });
  }

  /** @param {string} name that tickets have alone */
  askToMove(name) {
    const stray = this.told.strays.find((each) => each.name === name);
    const words = say("stations.moveWords", { what: say("stations.orders", { count: stray.orders }) });
    const title = say("stations.moveTitle", { name });
    this.heir.ask(name, { title, words, yes: say("stations.moveYes"), act: (to) => this.remove(name, to, say("stations.moved", { name })) });
  }

  async remove(name, to, done) {
    await this.send(async () => {
      const { left } = await this.ask.remove(name, to);
      const wasStation = this.has(name);
      const others = (named) => named.filter((each) => each.name !== name);
      this.heir.remember(name, to);
      this.tell(({ stations, strays }) => ({ stations: others(stations), strays: left > 0 ? strays : others(strays) }));
      this.say(left > 0 ? withLeft(wasStation ? done : "", name, left) : done);
    });
    this.confirm.close();
    this.said.focus();
  }
}

const withLeft = (done, name, left) => [done, left > 0 && say("stations.left", { count: left, name })].filter(Boolean).join(" ");
