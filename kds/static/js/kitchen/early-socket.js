/**
 * Asks for the board while its modules are still on their way: a device that is signed in and keeps no board opens its
 * socket now, and what comes waits for the board, which would open the same one.
 */

import { socketUrl } from "../common/server/connection.js";
import { Session } from "../common/login/session.js";
import { BoardStorage } from "./device/board-storage.js";

/** @param {{since: number, epoch?: string, at?: string | null}} since  the resume point @param {string} token */
export function displayAddress(since, token) {
  return { url: socketUrl("/kitchen/display", { ...since, dishes: "live" }), protocols: ["kds.v1", `bearer.${token}`] };
}

const FROM_NOTHING = { since: 0 };

/** A socket that was opened early, and what it has said so far. */
class EarlySocket {
  constructor(address) {
    this.address = address;
    this.heard = [];
    this.socket = new WebSocket(address.url, address.protocols);
    this.socket.onmessage = (event) => this.heard.push(event);
  }

  /** Whether it lives, and is what somebody who asks for this address would open. */
  isFor({ url, protocols }) {
    const isSame = this.address.url === url && this.address.protocols.join() === protocols.join();
    return isSame && this.socket.readyState <= WebSocket.OPEN;
  }

  /** Tells a new owner what it missed, before anything that comes later. */
  handOver() {
    const { socket } = this;
    queueMicrotask(() => {
      if (socket.readyState === WebSocket.OPEN) socket.onopen?.(new Event("open"));
      for (const event of this.heard) socket.onmessage?.(event);
    });
    return socket;
  }
}

const session = new Session();
let early = null;
if (session.isOpen && new BoardStorage(session.branchId).recall() === null)
  early = new EarlySocket(displayAddress(FROM_NOTHING, session.token));

/** A socket to this address: the early one, which is given once, or a new one. */
export function openSocket(address) {
  const given = early;
  early = null;
  if (given?.isFor(address)) return given.handOver();
  given?.socket.close();
  return new WebSocket(address.url, address.protocols);
}
