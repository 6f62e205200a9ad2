import type { Timers } from '../../kd/wire/timers.js';

/** The timers of a host that can be stopped, as by a closed lid, SIGSTOP or a stalled disk. The clock goes on meanwhile. */
export class HostTimers implements Timers {
  #stopped = false;
  #due: (() => void)[] = [];
  #arrived: (() => void)[] = [];

  constructor(private readonly clock: Timers) {}

  now(): number {
    return this.clock.now();
  }

  after(ms: number, call: () => void): () => void {
    let taken = false;
    const cancel = this.clock.after(ms, () => {
      const run = (): void => {
        if (!taken) call();
      };
      if (this.#stopped) this.#due.push(run);
      else run();
    });
    return () => {
      taken = true;
      cancel();
    };
  }

  /** Hands bytes over, once the host goes on. */
  deliver(hand: () => void): void {
    if (this.#stopped) this.#arrived.push(hand);
    else hand();
  }

  /** The host stands still for so many milliseconds of the clock. When it goes on, its timers are due first, then what has arrived. */
  stop(ms: number): void {
    this.#stopped = true;
    this.clock.after(ms, () => {
      this.#stopped = false;
      for (const run of this.#due.splice(0)) run();
      for (const hand of this.#arrived.splice(0)) hand();
    });
  }
}
