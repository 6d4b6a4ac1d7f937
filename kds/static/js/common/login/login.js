/** Logging in, the same for every page of the staff. */

import { request } from "../server/api.js";

/** @param {string} username @param {string} password @param {string} [earlier] the token of the last login here */
export const login = (username, password, earlier) =>
  request("POST", "/staff/login", { token: earlier, body: { username, password } });
