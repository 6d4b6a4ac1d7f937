/**
 * Two falling tones when an order is ready, made by WebAudio: no file. A browser keeps a page silent until somebody
 * touched it; `isBlocked` tells, and any key or touch opens it.
 */

const TONES_HZ = [880, 659];
const TONE_S = 0.45;
const APART_S = 0.28;
const LOUDNESS = 0.35;

export class Chime {
  /** @param {() => void} onChange when it may have become loud */
  constructor(onChange) {
    this.context = new AudioContext();
    this.context.onstatechange = onChange;
    this.wake = () => this.context.resume().catch(() => {});
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

  get isBlocked() {
    return this.context.state !== "running";
  }

  ring() {
    if (this.isBlocked) return;
    TONES_HZ.forEach((frequency, index) => this.tone(frequency, this.context.currentTime + index * APART_S));
  }

  tone(frequency, at) {
    const source = new OscillatorNode(this.context, { type: "sine", frequency });
    const volume = new GainNode(this.context, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUDNESS, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.001, at + TONE_S);
    source.connect(volume).connect(this.context.destination);
    source.start(at);
    source.stop(at + TONE_S);
  }
}
