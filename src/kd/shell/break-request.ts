import { breakIn } from '../target/attach.js';
import type { KdTarget } from '../target/kd-target.js';
import type { Stop } from '../target/stop.js';
import type { Timers } from '../wire/timers.js';

/** A break-in byte too many stops the target within this time after it went on, ms. */
const SPARE_BREAK_MS = 5000;

/** A stop that was reported is known within this time, whatever has to be asked for it, ms. */
const STOP_KNOWN_MS = 20_000;

/** Somebody's wishes to stop the target: what has been asked, what has come of it, and what may still come. */
export class BreakRequest {
  #asked = false;
  #busy: AbortController | undefined;
  #spare = 0;
  #spareUntil = 0;

  constructor(
    private readonly target: KdTarget,
    private readonly timers: Timers,
    private readonly say: (text: string) => void,
  ) {}

  /** A break-in byte is out, and the target has not stopped since. */
  get pending(): boolean {
    return this.#asked;
  }

  /** Asks the target to stop. Never one that stands: it would stop again later. */
  ask(): void {
    if (this.target.running === 'halted' || this.#busy) return;
    this.#asked = true;
    const busy = new AbortController();
    this.#busy = busy;
    void this.#insist(busy.signal).then((stopped) => {
      if (this.#busy === busy) this.#busy = undefined;
      if (!stopped && !busy.signal.aborted)
        this.say('The target does not answer the break-in. It is off, busy, or not connected; CTRL+C tries again.');
    });
  }

  /** A target that boots stops for every image, goes on by itself, and eats the byte that comes meanwhile: it is asked again. */
  async #insist(signal: AbortSignal): Promise<boolean> {
    const { target } = this;
    for (let again = 0; ; again = 1) {
      const { stopped, spare } = await breakIn(target, signal);
      this.#spare = Math.max(this.#spare, spare, again);
      if (!stopped || signal.aborted) return stopped;
      await target.until(() => target.standsStill || target.running !== 'halted', STOP_KNOWN_MS, signal);
      if (target.running === 'halted' || !this.#asked || signal.aborted) return true;
    }
  }

  /** No more bytes go out for a wish that was not fulfilled. */
  giveUp(): void {
    this.#busy?.abort();
    this.#busy = undefined;
  }

  /** The target goes on: a byte too many, if there was one, shows now. */
  resumed(): void {
    this.#spareUntil = this.timers.now() + SPARE_BREAK_MS;
  }

  /**
   * Judges a stop.
   * @returns `wanted` when somebody asked for one; `spare` when it is only the echo of a break-in that was sent too often
   */
  judge(stop: Stop): 'wanted' | 'spare' | 'other' {
    if (this.#asked) {
      this.#asked = false;
      // Another stop came first: the byte that is out may still be taken.
      if (stop.reason !== 'int3') this.#spare = Math.max(1, this.#spare);
      return 'wanted';
    }
    if (stop.reason !== 'int3' || this.#spare === 0 || this.timers.now() > this.#spareUntil) return 'other';
    this.#spare = 0;
    return 'spare';
  }
}
