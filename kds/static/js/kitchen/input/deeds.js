/** What each command of input/keys.js does on a board. */

import { COLUMNS } from "../view/layouts/columns-view.js";

/**
 * @param {import("../board-screen.js").BoardScreen} board
 * @returns {Record<string, (command: any) => void>}
 */
export function deedsOf(board) {
  const { presses, scope, device } = board;
  return {
    digit: ({ index }) => presses.chooseDigit(index),
    bump: () => presses.mainAction(),
    recall: () => presses.undo(),
    items: () => presses.pickItems(),
    hold: () => presses.hold(),
    rush: () => presses.rush(),
    seen: () => presses.seeNext(),
    move: ({ direction }) => presses.move(direction),
    page: ({ step }) => presses.turnPage(step),
    allDay: () => board.toggleAllDay(),
    earlier: () => board.showEarlier(),
    station: () => board.look(() => scope.chooseNext()),
    expo: () => board.look(() => scope.toggleExpo()),
    layout: () => board.look(() => scope.toggleLayout()),
    tab: () => presses.chooseTab(COLUMNS[(COLUMNS.indexOf(presses.tab) + 1) % COLUMNS.length]),
    sound: () => device.pressSound(),
    theme: () => device.toggleTheme(),
    zoom: ({ step }) => device.zoomBy(step),
    fullScreen: () => device.fillScreen(),
    settings: () => board.options.show(),
    retry: () => board.retry(),
    leave: () => presses.leave(),
  };
}
