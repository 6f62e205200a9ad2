import type { Timers } from '../../wire/timers.js';
import type { Stop } from '../stop.js';

// Whether the target runs, since when, and who waits for that to change. It infers nothing; others tell it.

/** Whether the target runs, as far as it is known. */
export type Running = 'running' | 'halted' | 'unknown';

/** Whether the target runs, for how long it has stood still, and who waits for a change of that. */
export class RunState {
  #running: Running = 'unknown';
  #haltedSince: number | undefined;
  #haltedMs = 0;
  #stop: Stop | undefined;
  #since = Number.NEGATIVE_INFINITY;
  readonly #watchers = new Set<() => void>();

  constructor(private readonly timers: Timers) {}

  get running(): Running {
    return this.#running;
  }

  /** Since when it has been so, in the timers' ms. */
  get since(): number {
    return this.#since;
  }

  /** Where it stands, once that is told; undefined while it does not. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  /** It stands at a stop that is told, or at one that nobody hears of. */
  standAt(stop: Stop | undefined): void {
    this.#stop = stop;
    this.changed();
  }

  /** It is about to go on. */
  leaveStop(): void {
    this.#stop = undefined;
  }

  /** Milliseconds of standstill so far. */
  get haltedMs(): number {
    return this.#haltedMs + (this.#haltedSince === undefined ? 0 : this.timers.now() - this.#haltedSince);
  }

  /** @param ago ms since when it has been so */
  set(running: Running, ago = 0): void {
    const now = this.timers.now();
    if (running !== 'halted') this.#stop = undefined;
    if (running === 'halted') this.#haltedSince ??= now - ago;
    else if (this.#haltedSince !== undefined) {
      this.#haltedMs += now - this.#haltedSince;
      this.#haltedSince = undefined;
    }
    this.#since = now;
    this.#running = running;
    this.changed();
  }

  /** Something that others may wait for has changed. */
  changed(): void {
    for (const look of [...this.#watchers]) look();
  }

  /** Resolves true as soon as the condition holds, false after so many milliseconds, or when the signal fires. */
  until(holds: () => boolean, ms: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (value: boolean): void => {
        this.#watchers.delete(look);
        signal?.removeEventListener('abort', abort);
        cancel();
        resolve(value);
      };
      const look = (): void => {
        if (holds()) settle(true);
      };
      const abort = (): void => settle(false);
      const cancel = this.timers.after(ms, () => settle(holds()));
      this.#watchers.add(look);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      else look();
    });
  }
}
