/** The menu of a restaurant: asked for once, and kept as the kitchen has it while an order page is open. */

import { request } from "../common/server/api.js";
import { Connection, Newest, socketUrl } from "../common/server/connection.js";

/** With a table the answer also says whether its link may order: `tableAccepted`. */
export function fetchMenu(branchId, table = "", tableToken = "") {
  const link = table ? `?table=${encodeURIComponent(table)}&tableToken=${encodeURIComponent(tableToken)}` : "";
  return request("GET", `/public/branches/${encodeURIComponent(branchId)}/menu${link}`);
}

/** A dish that sells out is so within a second. */
export class MenuLink {
  /** @param {{branchId: string, version: () => string, onMenu: (menu: any) => void, onHello: (hello: any) => void}} wiring */
  constructor({ branchId, version, onMenu, onHello }) {
    const newest = new Newest();
    this.connection = new Connection({
      address: () => ({
        url: socketUrl(`/public/branches/${encodeURIComponent(branchId)}/menu/live`, { version: version() }),
      }),
      onLine: () => newest.startOver(),
      onMessage: (message) => {
        if (message.type === "HELLO") onHello(message);
        if (message.type === "MENU" && !newest.goesBack(message)) onMenu(message);
      },
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
