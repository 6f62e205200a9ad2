import type { TargetClock } from './target-clock.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly call: () => void;
}

/**
 * Time that passes when it is told to: an hour of a target's life takes as long as its events take.
 * Timers fire in the order of their times, and in the order of their making at the same time.
 */
export class VirtualClock implements TargetClock {
  #now = 0;
  #made = 0;
  /** Sorted, the next one last. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#made++, call };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (later(this.#timers[middle] as Timer, timer)) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }

  /** Timers that have not fired yet. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets so many milliseconds pass. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.#fireBy(end));
    this.#now = end;
  }

  /** Lets time pass until the condition holds; true when it did within the limit. */
  runUntil(condition: () => boolean, limitMs = 60_000): boolean {
    const end = this.#now + limitMs;
    while (!condition()) {
      if (!this.#fireBy(end)) {
        this.#now = end;
        return condition();
      }
    }
    return true;
  }

  /** As `advance`, for code with promises: whatever is waiting in the event loop gets its turn after every timer. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms;
    await breath();
    while (this.#fireBy(end)) await breath();
    this.#now = end;
    await breath();
  }

  /** As `runUntil`, for code with promises. */
  async runUntilAsync(condition: () => boolean, limitMs = 60_000): Promise<boolean> {
    const end = this.#now + limitMs;
    await breath();
    while (!condition()) {
      if (!this.#fireBy(end)) {
        this.#now = end;
        return condition();
      }
      await breath();
    }
    return true;
  }

  /** Lets time pass until the promise is settled, and gives its result. @throws Error when the limit passes first */
  async settle<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    watched.catch(() => undefined);
    if (!(await this.runUntilAsync(() => settled, limitMs)))
      throw new Error(`nothing came of it within ${limitMs} virtual milliseconds`);
    return watched;
  }

  #fireBy(end: number): boolean {
    const next = this.#timers.at(-1);
    if (next === undefined || next.at > end) return false;
    this.#timers.pop();
    this.#now = next.at;
    next.call();
    return true;
  }
}

function later(one: Timer, other: Timer): boolean {
  return one.at > other.at || (one.at === other.at && one.order > other.order);
}

function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
