/** What each command of input/keys.js does on a board. */

import { isRightToLeft } from "../../common/text/words.js";
import { COLUMNS } from "../state/board/columns.js";

/** The first lane of a page in Arabic is at its right. */
const MIRRORED = { left: "right", right: "left" };

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
    bringBack: () => input.bringBack(),
    items: () => input.pickItems(),
    hold: () => input.hold(),
    rush: () => input.rush(),
    seen: () => input.seeNext(),
    whole: () => board.showWhole(),
    move: ({ direction }) => input.move((isRightToLeft() && MIRRORED[direction]) || direction),
    page: ({ step }) => input.turnPage(step),
    allDay: () => board.toggleAllDay(),
    soldOut: () => board.showSoldOut(),
    earlier: () => board.parts.earlier.show(),
    station: () => board.look(() => scope.chooseNext()),
    expo: () => board.look(() => scope.toggleExpo()),
    layout: () => board.look(() => scope.toggleLayout()),
    tab: () => (input.hasPassPages ? input.turnPass() : input.chooseTab(COLUMNS[(COLUMNS.indexOf(input.cursor.tab) + 1) % COLUMNS.length])),
    sound: () => device.pressSound(),
    theme: () => device.toggleTheme(),
    density: () => device.nextDensity(),
    joinEqual: () => board.toggleJoining(),
    zoom: ({ step }) => device.zoomBy(step),
    fullScreen: () => device.fillScreen(),
    settings: () => board.parts.options.show(),
    more: () => board.parts.more.show(),
    help: () => board.parts.help.show(),
    retry: () => board.retry(),
    leave: () => input.leave(),
  };
}
