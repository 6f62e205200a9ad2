import type { TargetPort } from '../line/target-link.js';
import type { TargetClock } from '../target-clock.js';
import type { Task } from './task.js';

/** Drives one life of the kernel: gives it bytes from the port and time from the clock, for as long as it waits for either. */
export class TaskRunner {
  #life: Task<void> | undefined;
  #cancel: (() => void) | undefined;
  #wantsByte = false;
  #busy = false;

  constructor(
    private readonly clock: TargetClock,
    private readonly port: TargetPort,
  ) {}

  /** True between `start` and the end of the life. */
  get alive(): boolean {
    return this.#life !== undefined;
  }

  /** Begins a life; an earlier one ends where it stands. */
  start(life: Task<void>): void {
    this.stop();
    this.#life = life;
    // A life may begin another one from inside: the old one then unwinds first.
    if (!this.#busy) this.#go(undefined);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#wantsByte = false;
    this.#life = undefined;
  }

  /** Bytes have come into the port. */
  bytesCame(): void {
    if (!this.#wantsByte || this.#busy) return;
    const byte = this.port.take();
    if (byte === undefined) return;
    this.#cancel?.();
    this.#go(byte);
  }

  #go(first: number | undefined): void {
    this.#busy = true;
    this.#wantsByte = false;
    try {
      let given = first;
      while (this.#life !== undefined) {
        const life = this.#life;
        const step = life.next(given);
        given = undefined;
        if (this.#life !== life) continue;
        if (step.done) {
          this.#life = undefined;
          return;
        }
        const wait = step.value;
        if (wait.kind === 'byte') {
          given = this.port.take();
          if (given !== undefined) continue;
          this.#wantsByte = true;
        }
        this.#cancel = this.clock.after(wait.ms, () => this.#go(undefined));
        return;
      }
    } finally {
      this.#busy = false;
    }
  }
}
