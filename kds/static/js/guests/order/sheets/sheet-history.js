/**
 * Lets Back close an open sheet, as guests expect of a phone, instead of leaving the restaurant. A sheet that opens is a
 * step in the history; one that is closed otherwise takes its step back.
 */

const STATE = "kdsSheet";

let left = Promise.resolve();

/** Opens a dialog as a step of the history. @param {HTMLDialogElement} dialog */
export function openSheet(dialog) {
  if (dialog.open) return;
  dialog.showModal();
  const back = () => dialog.close();
  const stepped = left.then(() => {
    if (!dialog.open) return;
    history.pushState({ [STATE]: true }, "");
    addEventListener("popstate", back, { once: true });
  });
  dialog.addEventListener("close", () => stepped.then(() => stepBack(back)), { once: true });
}

/** Where a sheet is the step on top, the next page takes its place: Back from there leads to the menu. */
export function go(url) {
  if (history.state?.[STATE]) location.replace(url);
  else location.assign(url);
}

/** A page that was left with a sheet open begins without it. */
export function forgetSheet() {
  if (history.state?.[STATE]) history.replaceState(null, "");
}

function stepBack(back) {
  removeEventListener("popstate", back);
  if (!history.state?.[STATE]) return;
  left = new Promise((resume) => addEventListener("popstate", resume, { once: true }));
  history.back();
}
