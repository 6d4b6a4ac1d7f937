/** Keeps the menu of an open order page as the kitchen has it: a dish that sells out is so within a second. */

import { Connection, socketUrl } from "../connection.js";
import { Newest } from "../newest.js";

export class MenuLink {
  /** @param {{branchId: string, version: () => string, onMenu: (menu: any) => void}} wiring */
  constructor({ branchId, version, onMenu }) {
    const newest = new Newest();
    this.connection = new Connection({
      address: () => ({
        url: socketUrl(`/public/branches/${encodeURIComponent(branchId)}/menu/live`, { version: version() }),
      }),
      onLine: () => newest.startOver(),
      onMessage: (message) => message.type === "MENU" && !newest.goesBack(message) && onMenu(message),
      onChange: () => {},
      endings: new Map(),
      diagnose: async () => null,
      onEnd: () => {},
    });
  }

  start() {
    this.connection.start();
  }

  stop() {
    this.connection.stop();
  }
}
