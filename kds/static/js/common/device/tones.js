/**
 * Tones made by WebAudio: no file. A browser keeps a page silent until somebody touched it; `isBlocked` tells, and any
 * key or touch opens it.
 */

/** So long a tone takes to be loud: less is a crack. */
const RISE_S = 0.015;

export class Tones {
  /** @param {() => void} onChange when it may have become loud or silent */
  constructor(onChange) {
    this.context = new AudioContext();
    this.context.onstatechange = onChange;
    this.wake = () => this.open();
  }

  start() {
    addEventListener("pointerdown", this.wake);
    addEventListener("keydown", this.wake);
    this.wake();
  }

  stop() {
    removeEventListener("pointerdown", this.wake);
    removeEventListener("keydown", this.wake);
    this.context.onstatechange = null;
    this.context.close().catch(() => {});
  }

  /** A browser that still refuses is asked again at the next press. */
  open() {
    this.context.resume().catch(() => {});
  }

  get isBlocked() {
    return this.context.state !== "running";
  }

  /**
   * @param {number[]} hz frequencies, one after the other
   * @param {{lastS: number, apartS: number, wave: OscillatorType, loudness: number}} how long each lasts and how far apart
   *   they begin, in s
   */
  playNotes(hz, { lastS, apartS, wave, loudness }) {
    hz.forEach((frequency, index) => {
      const at = this.context.currentTime + index * apartS;
      const source = new OscillatorNode(this.context, { type: wave, frequency });
      const volume = new GainNode(this.context, { gain: 0 });
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(loudness, at + RISE_S);
      volume.gain.exponentialRampToValueAtTime(0.001, at + lastS);
      source.connect(volume).connect(this.context.destination);
      source.start(at);
      source.stop(at + lastS);
    });
  }
}
