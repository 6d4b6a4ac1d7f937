/** Full screen, there and back. */

export const canFillScreen = () => Boolean(document.fullscreenEnabled);

export const fillsScreen = () => document.fullscreenElement !== null;

/** A browser may refuse it outside of a press; then nothing changes, and the options say how it stands. */
export async function toggleFullScreen() {
  try {
    if (fillsScreen()) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  } catch {
    // refused: it stays as it was
  }
}
