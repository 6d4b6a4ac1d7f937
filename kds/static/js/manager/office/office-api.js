/** Asks the server in the branch that was chosen, keeps the login alive while the page is used, and hears when it has ended. */

import { Refused, request } from "../../common/server/api.js";

const RENEWAL_PAUSE_MS = 60_000;

export class OfficeApi {
  /** @param {{session: import("../../common/login/session.js").Session, onLoginEnded: (token: string) => void}} wiring */
  constructor({ session, onLoginEnded }) {
    this.session = session;
    this.onLoginEnded = onLoginEnded;
    this.branchId = session.branchId;
    /** Whether this login has left the page: another may be here. */
    this.isOver = false;
    this.renewedAt = -Infinity;
    this.settled = Promise.resolve();
  }

  /** For good. */
  end() {
    this.isOver = true;
  }

  /** Whether the chosen branch is the one that this login signs in to. */
  get isHome() {
    return this.branchId === this.session.branchId;
  }

  /**
   * @param {string} method @param {string} path with a query or without @param {unknown} [body] @param {string} [branchId] another than the chosen one
   * @returns {Promise<any>}
   */
  ask(method, path, body, branchId = this.branchId) {
    return this.loggedIn((token) => request(method, `${path}${path.includes("?") ? "&" : "?"}branch=${encodeURIComponent(branchId)}`, { token, body }));
  }

  /** Ends every other login of this member; this tab goes on with another token, for which waits what is asked meanwhile. @param {string} password the present one @param {string} newPassword */
  changePassword(password, newPassword) {
    const change = this.loggedIn(async (token) => {
      const login = await request("POST", "/staff/password", { token, body: { password, newPassword } });
      if (token === this.session.token) this.session.open(login);
    });
    this.settled = Promise.allSettled([change]);
    return change;
  }

  /** @param {(token: string) => Promise<any>} act */
  async loggedIn(act) {
    await this.settled;
    let { token } = this.session;
    try {
      token = await this.renewedWhenDue(token);
      return await act(token);
    } catch (error) {
      // an answer may come after the sign-out, or after the next person's sign-in: that login has not ended
      const isPresent = token !== "" && token === this.session.token;
      if (error instanceof Refused && error.status === 401 && isPresent) this.onLoginEnded(token);
      throw error;
    }
  }

  /** At half of the token's life, by the device's clock: one that is wrong asks sooner, or somebody signs in again. @returns {Promise<string>} the token of then */
  async renewedWhenDue(token) {
    if (Date.now() < this.session.renewAt() || performance.now() < this.renewedAt + RENEWAL_PAUSE_MS) return token;
    this.renewedAt = performance.now();
    const login = await request("POST", "/staff/refresh", { token });
    if (token === this.session.token) this.session.open(login);
    return login.token;
  }
}
