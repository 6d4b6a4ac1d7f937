/** The login of this device: kept over restarts, renewed at half of its life, gone when the server says so. */

import { readJson, writeJson } from "../settings.js";

const KEY = "kds.session";

export class Session {
  constructor(storage = localStorage) {
    this.storage = storage;
    this.login = readJson(storage, KEY);
  }

  get isOpen() {
    return typeof this.login?.token === "string";
  }

  get token() {
    return this.login?.token ?? "";
  }

  get branchId() {
    return this.login?.branchId ?? "";
  }

  /** @param {{token: string, role: string, branchId: string, expiresAt: string}} login */
  open(login) {
    this.login = login;
    writeJson(this.storage, KEY, login);
  }

  close() {
    this.login = null;
    writeJson(this.storage, KEY, null);
  }

  /** The moment, by the server's clock, at which half of the token's life is over. */
  renewAt() {
    const { iat, exp } = claims(this.token);
    return ((iat + exp) / 2) * 1000;
  }
}

/** The token's times in seconds; only for planning, the server alone judges a token. */
function claims(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const { iat, exp } = JSON.parse(atob(part));
    return { iat: Number(iat), exp: Number(exp) };
  } catch {
    return { iat: Infinity, exp: Infinity };
  }
}
