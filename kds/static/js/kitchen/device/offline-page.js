/**
 * Has the browser keep this page, so that the board opens without a network. Nothing else depends on it, so it waits
 * until the page has all it needs: keeping a release asks for everything once more.
 */

const SCRIPT = "/service-worker.js";

export function keepPageOffline() {
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}

function register() {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  const policy = globalThis.trustedTypes?.createPolicy("kds-service-worker", { createScriptURL: () => SCRIPT });
  const script = policy ? policy.createScriptURL(SCRIPT) : SCRIPT;
  navigator.serviceWorker.register(script, { scope: "/kitchen" }).catch((error) => {
    console.warn("The board will not open without a network:", error.message);
  });
}
