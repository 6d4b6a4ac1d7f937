/**
 * Opens the kitchen board without a network. The server writes VERSION and FILES above this text: a release is kept
 * whole or not at all, and takes over when the next page opens. With a network everything comes from the server.
 */

/* global VERSION, FILES */

const CACHE = `kds-kitchen-${VERSION}`;
const PATIENCE_MS = 4_000;

addEventListener("install", (event) => event.waitUntil(keepRelease()));
addEventListener("activate", (event) => event.waitUntil(dropOthers()));
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || !FILES.includes(pathname)) return;
  event.respondWith(fromServerOrKept(request, pathname));
});

async function keepRelease() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((path) => new Request(path, { cache: "no-cache" })));
  await self.skipWaiting();
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("kds-kitchen-") && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function fromServerOrKept(request, pathname) {
  // AbortSignal.timeout is younger than many a kitchen's tablet
  const controller = new AbortController();
  setTimeout(() => controller.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(request, { signal: controller.signal });
    if (answer.status < 500 && answer.status !== 429) return answer;
  } catch {
    // no network, or one that swallows: what was kept is shown
  }
  const cache = await caches.open(CACHE);
  return (await cache.match(pathname)) ?? Response.error();
}
