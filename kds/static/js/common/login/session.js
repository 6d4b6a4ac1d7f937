/** The login of this device: kept over restarts, renewed at half of its life, gone when the server says so. */

import { deviceStorage, readJson, writeJson } from "../device/settings.js";

const KEY = "kds.session";
const EARLIER_KEY = "kds.session.earlier";

export class Session {
  constructor(storage = deviceStorage("localStorage")) {
    this.storage = storage;
    this.login = readJson(storage, KEY);
    addEventListener("storage", () => this.follow());
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

  /** @param {{token: string, role: string, branchId: string, expiresAt: string, sessionEndsAt?: string | null}} login */
  open(login) {
    this.login = login;
    writeJson(this.storage, KEY, login);
  }

  close() {
    if (this.isOpen) this.remember(this.token);
    this.login = null;
    writeJson(this.storage, KEY, null);
  }

  /** The token of the last login here, over or not: it opens nothing, and shows that this device was logged in. */
  get earlierToken() {
    const kept = this.token || readJson(this.storage, EARLIER_KEY);
    return typeof kept === "string" && /^[\w.-]+$/.test(kept) ? kept : "";
  }

  remember(token) {
    writeJson(this.storage, EARLIER_KEY, token);
  }

  /** Another tab has renewed the login, and the token of before is over soon. */
  follow() {
    const kept = readJson(this.storage, KEY);
    if (this.isOpen && kept?.token && kept.branchId === this.branchId && kept.role === this.login.role) this.login = kept;
  }

  /** The moment, by the server's clock, from which on only the password helps; null: never, or not told. */
  get endsAt() {
    const endsAt = Date.parse(this.login?.sessionEndsAt ?? "");
    return Number.isNaN(endsAt) ? null : endsAt;
  }

  /** The moment, by the server's clock, at which half of the token's life is over. */
  renewAt() {
    const { iat, exp } = claims(this.token);
    return ((iat + exp) / 2) * 1000;
  }
}

/** A part of the device's storage, so that two pages keep logins that do not know of each other. */
export const storageOf = (page, storage = deviceStorage("localStorage")) => ({
  getItem: (key) => storage.getItem(`${page} ${key}`),
  setItem: (key, value) => storage.setItem(`${page} ${key}`, value),
  removeItem: (key) => storage.removeItem(`${page} ${key}`),
});

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
