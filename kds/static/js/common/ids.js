/** Ids made on this device; `crypto.randomUUID` would need HTTPS, which a kitchen's own network may not have. */

export function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
