/** What each command of input/keys.js does on a board. */

import { COLUMNS } from "../state/columns.js";

/**
 * @param {import("../board-screen.js").BoardScreen} board
 * @returns {Record<string, (command: any) => void>}
 */
export function shortcutsOf(board) {
  const { input, scope, device } = board;
  return {
    digit: ({ index }) => input.chooseDigit(index),
    bump: () => input.mainAction(),
    recall: () => input.undo(),
    items: () => input.pickItems(),
    hold: () => input.hold(),
    rush: () => input.rush(),
    seen: () => input.seeNext(),
    move: ({ direction }) => input.move(direction),
    page: ({ step }) => input.turnPage(step),
    allDay: () => board.toggleAllDay(),
    earlier: () => board.showEarlier(),
    station: () => board.look(() => scope.chooseNext()),
    expo: () => board.look(() => scope.toggleExpo()),
    layout: () => board.look(() => scope.toggleLayout()),
    tab: () => input.chooseTab(COLUMNS[(COLUMNS.indexOf(input.tab) + 1) % COLUMNS.length]),
    sound: () => device.pressSound(),
    theme: () => device.toggleTheme(),
    zoom: ({ step }) => device.zoomBy(step),
    fullScreen: () => device.fillScreen(),
    settings: () => board.options.show(),
    retry: () => board.retry(),
    leave: () => input.leave(),
  };
}
