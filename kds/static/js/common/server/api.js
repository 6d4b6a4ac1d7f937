/**
 * Asks the server over HTTP, and tells three ends apart: an answer, a refusal, and silence.
 * A refusal (`Refused`) is the server's word and final; after silence (`NoAnswer`) the outcome is unknown.
 */

const PATIENCE_MS = 8_000;

/** The server answered and said no. */
export class Refused extends Error {
  constructor(status, body, retryAfterS) {
    super(body?.error?.message || `The server answered ${status}.`);
    this.status = status;
    this.code = body?.error?.code ?? "";
    this.order = body?.order ?? null;
    this.fault = body?.fault ?? "";
    this.field = body?.field ?? "";
    this.index = body?.index ?? 0;
    this.retryAfterS = retryAfterS;
  }

  /** The server, or what stands before it, is in trouble; the same request may do well later. */
  get isPassing() {
    return this.status >= 500;
  }
}

/** Nobody answered in time: what was asked may or may not have been done. */
export class NoAnswer extends Error {
  constructor() {
    super("No answer from the server.");
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{token?: string, body?: unknown, headers?: Record<string, string>, keepalive?: boolean}} [options] `keepalive`: it is sent
 *   even when the page is closed at once
 * @returns {Promise<any>} the answer's JSON
 */
export async function request(method, path, { token, body, headers = {}, keepalive = false } = {}) {
  const sent = { Accept: "application/json", ...headers };
  if (token) sent.Authorization = `Bearer ${token}`;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let response;
  let answer;
  try {
    response = await fetch(path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      keepalive,
      signal: abortedAfter(PATIENCE_MS),
    });
    answer = await response.text();
  } catch {
    throw new NoAnswer();
  }
  const json = parsed(answer);
  if (!response.ok) throw new Refused(response.status, json, retryAfter(response));
  if (json === undefined) throw new NoAnswer();
  return json;
}

/** As `AbortSignal.timeout`, which is younger than many a kitchen's tablet. */
function abortedAfter(milliseconds) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function retryAfter(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null;
}

/**
 * The secret of a link that this page asks with, empty when it has none. It comes in the query and is moved behind the `#`:
 * that is sent to no server and in no Referer; a reload, a bookmark and a link passed on keep it, without any storage.
 *
 * @param {string} name
 */
export function secretOf(name) {
  const url = new URL(location.href);
  const behind = new URLSearchParams(url.hash.slice(1));
  const given = url.searchParams.get(name);
  if (given !== null) {
    behind.set(name, given);
    url.searchParams.delete(name);
    url.hash = behind.toString();
    history.replaceState(history.state, "", url);
  }
  return behind.get(name) ?? "";
}

/** Ids made on this device; `crypto.randomUUID` would need HTTPS, which a kitchen's own network may not have. */
export function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
