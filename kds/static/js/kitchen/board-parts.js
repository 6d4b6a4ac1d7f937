/** The parts of the board's page, and what a press on each of them does. They paint nothing until they are updated. */

import { h } from "../common/dom/dom.js";
import { AllDayPanel } from "./view/layouts/all-day-panel.js";
import { Announcer } from "./view/notices/announcer.js";
import { BottomBar } from "./view/bars/bottom-bar.js";
import { EarlierDialog } from "./view/dialogs/earlier-dialog.js";
import { HealthBanner } from "./view/notices/health-banner.js";
import { BoardView } from "./view/layouts/board-view.js";
import { HelpDialog } from "./view/dialogs/help-dialog.js";
import { LoginLine } from "./view/notices/login-line.js";
import { MoreDialog } from "./view/dialogs/more-dialog.js";
import { Notice } from "./view/notices/notice.js";
import { OptionsDialog } from "./view/options/options.js";
import { OrderSheet } from "./view/dialogs/order-sheet.js";
import { ReasonDialog } from "./view/dialogs/reason-dialog.js";
import { StockDialog } from "./view/stock/stock-dialog.js";
import { RenderGuard } from "./view/notices/render-guard.js";
import { ColumnTabs } from "./view/bars/tabs.js";
import { TopBar } from "./view/bars/top-bar.js";

/** What the bars may have no room for. */
const IN_MORE = [
  "whole", "allDay", "hold", "rush", "bringBack", "earlier", "soldOut", "layout", "expo", "density", "sound", "theme", "fullScreen", "settings",
  "help",
];

export class BoardParts {
  /**
   * @param {import("./board-screen.js").BoardScreen} board
   * @param {ReturnType<typeof import("./input/shortcuts.js").shortcutsOf>} shortcuts
   */
  constructor(board, shortcuts) {
    this.guard = new RenderGuard({ paint: () => board.render(), onBlind: () => board.goBlind() });
    this.banner = new HealthBanner({ onRetry: () => board.link.retry() });
    this.loginLine = new LoginLine();
    this.notice = new Notice();
    this.announcer = new Announcer();
    this.allDayPanel = new AllDayPanel();
    this.buildTickets(board);
    this.buildBars(board);
    this.buildDialogs(board, shortcuts);
    const inOrder = [
      this.topBar, this.banner, this.guard, this.loginLine, this.tabs, this.boardView, this.allDayPanel, this.notice, this.bottomBar,
      this.options, this.earlier, this.more, this.sheet, this.reasons, this.stock, this.help, this.announcer,
    ];
    this.node = h("div", { class: "kitchen" }, ...inOrder.map(({ node }) => node));
  }

  buildTickets(board) {
    const { input } = board;
    this.tabs = new ColumnTabs({ onTab: (tab) => input.chooseTab(tab) });
    this.boardView = new BoardView({
      onBump: (orderId, at) => input.tapped(orderId, at),
      onSelect: (orderId) => input.pick(orderId),
      onItem: (orderId, itemId) => input.toggleItem(orderId, itemId),
      onSeen: (orderId, itemId) => input.seen(orderId, itemId),
      onUnfold: (orderId) => input.unfold(orderId),
      onStation: (orderId, name) => input.bumpStation(orderId, name),
      onRecall: (orderId) => input.recall(orderId),
      onPage: (step) => input.turnPage(step),
      onPassPage: () => input.turnPass(),
      onEarlier: () => this.earlier.show(),
      onResize: () => board.schedule(),
    });
  }

  buildBars(board) {
    const { input, scope, device } = board;
    this.topBar = new TopBar({
      onScope: (choice) => board.look(() => scope.choose(choice)),
      onLayout: () => board.look(() => scope.toggleLayout()),
      onSound: () => device.pressSound(),
      onSettings: () => this.options.show(),
      onVoids: () => input.goToVoid(),
    });
    this.bottomBar = new BottomBar({
      onMain: () => input.mainAction(),
      onItems: () => input.pickItems(),
      onHold: () => input.hold(),
      onRush: () => input.rush(),
      onAllDay: () => board.toggleAllDay(),
      onSoldOut: () => board.showSoldOut(),
      onRecall: () => input.bringBack(),
      onMore: () => this.more.show(),
      onPage: (step) => input.turnPage(step),
      onUndo: () => input.undo(),
    });
  }

  buildDialogs(board, shortcuts) {
    const { api, branch, bumps, device } = board;
    const timezone = () => branch.timezone;
    this.reasons = new ReasonDialog({ keys: () => device.keys });
    this.sheet = new OrderSheet({
      history: (orderId) => api.history(orderId),
      timezone,
      why: (what, act) => this.reasons.ask(what, act),
      keys: () => device.keys,
      onSoldOut: (order) => board.showSoldOut(order),
      onTakeBack: (order, what, words) => bumps.takeBack(order, what, words),
    });
    this.stock = new StockDialog({
      dishes: () => board.dishes.told,
      ask: () => board.dishes.load(),
      keys: () => device.keys,
      timezone,
      onPress: (dish, wanted, at) => board.dishPresses.press(dish, wanted, at),
    });
    this.help = new HelpDialog({ thresholds: () => branch.thresholds });
    this.earlier = new EarlierDialog({
      fetch: () => api.completed(),
      timezone,
      onRecall: (order) => bumps.recallOrder(order),
      onWhole: (order) => this.sheet.show(order.orderId, order, { isLive: false }),
    });
    this.options = new OptionsDialog({
      onTheme: (theme) => device.setTheme(theme),
      onSound: () => device.toggleSound(),
      onShow: () => board.schedule(),
      onTestTone: (tone) => device.sound.play(tone),
      onDensity: (density) => device.setDensity(density),
      onJoinEqual: () => board.toggleJoining(),
      onZoom: (step) => device.zoomBy(step),
      onFullScreen: () => device.fillScreen(),
      onKeys: (profile, keys) => device.setKeys(profile, keys),
      onPause: (paused, minutes) => branch.pauseOrdering(paused, minutes),
      onSignOut: () => board.signOut(),
    });
    this.more = new MoreDialog(IN_MORE.map((id) => ({ id, run: () => shortcuts[id]({}) })));
  }

  /** A dialog has the keys. */
  get isAside() {
    return [this.options, this.earlier, this.more, this.sheet, this.stock, this.help, this.topBar.filter].some((dialog) => dialog.isOpen);
  }

  /** Everything has another size. */
  forgetSizes() {
    this.boardView.resize();
    this.topBar.forget();
    this.bottomBar.forget();
  }
}
