import type { Machine } from '../../machine/machine.js';
import type { Random } from '../../random.js';

interface Rhythm {
  readonly thread: string;
  readonly intervalMs: number;
  due: number;
}

/** Wakes the threads of the machine, each at its rate: the work of a machine that nobody watches. */
export class ThreadSchedule {
  readonly #rhythms: Rhythm[];

  /** @param perSecond wake-ups per second, by thread */
  constructor(
    private readonly machine: Machine,
    private readonly random: Random,
    perSecond: Readonly<Record<string, number>>,
  ) {
    this.#rhythms = Object.entries(perSecond)
      .filter(([, rate]) => rate > 0)
      .map(([thread, rate]) => ({ thread, intervalMs: 1000 / rate, due: 0 }));
  }

  /** Begins anew: the first wake-ups are spread over the interval. */
  restart(now: number): void {
    for (const rhythm of this.#rhythms) rhythm.due = now + this.random() * rhythm.intervalMs;
  }

  /** Wakes what is due; true when a thread has work now. One that is still at its last work is tried again later. */
  wakeDue(now: number): boolean {
    let any = false;
    for (const rhythm of this.#rhythms) {
      if (rhythm.due > now || !this.machine.wake(rhythm.thread)) continue;
      any = true;
      // A target that stood still does not make up for it.
      rhythm.due = Math.max(rhythm.due, now - 1000) + rhythm.intervalMs * (0.5 + this.random());
    }
    return any;
  }
}
