/** Keeps the menu of an open order page as the kitchen has it: a dish that sells out is so within a second. */

import { Connection, socketUrl } from "../connection.js";

export class MenuLink {
  /** @param {{branchId: string, version: () => string, onMenu: (menu: any) => void}} wiring */
  constructor({ branchId, version, onMenu }) {
    this.connection = new Connection({
      address: () => ({
        url: socketUrl(`/public/branches/${encodeURIComponent(branchId)}/menu/live`, { version: version() }),
      }),
      onMessage: (message) => message.type === "MENU" && onMenu(message),
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
