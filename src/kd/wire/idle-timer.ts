import type { Timers } from './timers.js';

/** After a silence is over the event loop gets this long (ms) to hand over bytes that had come in the meantime. */
const GRACE = 2;

/** Knows how long a line has been silent: bytes that are still on their way out, or that came in, end a silence. */
export class IdleTimer {
  #busyUntil: number;
  #cancel: (() => void) | undefined;

  constructor(private readonly timers: Timers) {
    this.#busyUntil = timers.now();
  }

  /** The line is busy now, and for so many more milliseconds. */
  busy(ms = 0): void {
    this.#busyUntil = Math.max(this.#busyUntil, this.timers.now()) + ms;
  }

  /** Calls back once when the line has been silent for so long from now on; an earlier call is taken back. */
  await(ms: number, call: () => void): void {
    this.stop();
    this.busy();
    this.#watch(ms, call, false);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #watch(ms: number, call: () => void, last: boolean): void {
    const left = this.#busyUntil + ms - this.timers.now();
    this.#cancel = this.timers.after(last ? GRACE : left, () => {
      if (this.#busyUntil + ms > this.timers.now()) this.#watch(ms, call, false);
      else if (last) call();
      else this.#watch(ms, call, true);
    });
  }
}
