import { breakIn } from '../control/attach.js';
import { isBreakIn } from '../control/breakpoints/own-break.js';
import type { KdTarget } from '../control/kd-target.js';
import type { Stop } from '../control/stop.js';
import type { Timers } from '../wire/timers.js';
import type { BytesOut } from './release.js';

/** A break-in byte too many stops the target within this time after it went on from the CTRL+C, ms. */
const SPARE_BREAK_MS = 5000;

/** A stop that was reported is known within this time, whatever has to be asked for it, ms. */
const STOP_KNOWN_MS = 20_000;

/** Somebody's wishes to stop the target: what has been asked, what has come of it, and what may still come. */
export class BreakRequest {
  #asked = false;
  #busy: AbortController | undefined;
  #over = false;
  #spare = 0;
  /** When the target first went on after the last wish; later resumes give a byte no more time. */
  #wentOnAt: number | undefined;
  /** Where break-ins have stopped it. */
  readonly #places = new Set<bigint>();

  constructor(
    private readonly target: KdTarget,
    private readonly timers: Timers,
    private readonly say: (text: string) => void,
  ) {}

  /** A break-in byte is out, and the target has not stopped since. */
  get pending(): boolean {
    return this.#asked;
  }

  /** What whoever leaves has to expect. */
  get bytesOut(): BytesOut {
    return { asked: this.#asked, spare: this.#spareIsDue };
  }

  /** Asks the target to stop. Never one that stands: it would stop again later. */
  ask(): void {
    if (this.target.running === 'halted' || this.#busy || this.#over) return;
    this.#asked = true;
    this.#wentOnAt = undefined;
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

  /** No more bytes go out: neither for a wish that was not fulfilled, nor for one that comes too late. */
  giveUp(): void {
    this.#over = true;
    this.#busy?.abort();
    this.#busy = undefined;
  }

  /** The target goes on: a byte too many, if there was one, shows now. */
  resumed(): void {
    this.#wentOnAt ??= this.timers.now();
  }

  get #spareIsDue(): boolean {
    const since = this.#wentOnAt ?? Number.POSITIVE_INFINITY;
    return this.#spare > 0 && this.timers.now() <= since + SPARE_BREAK_MS;
  }

  /**
   * Judges a stop.
   * @returns `wanted` when somebody asked for one; `spare` when it is only the echo of a break-in that was sent too often: a bug
   * check stops at the same place, an assertion with the same instruction, and neither is passed over
   */
  async judge(stop: Stop): Promise<'wanted' | 'spare' | 'other'> {
    if (this.#asked) {
      this.#asked = false;
      // Another stop came first: the byte that is out may still be taken.
      if (stop.reason === 'int3') this.#places.add(stop.pc);
      else this.#spare = Math.max(1, this.#spare);
      return 'wanted';
    }
    const { known } = this.target;
    // One that has not gone on says its old stop again, on a new line for example.
    const due = this.#wentOnAt !== undefined && this.#spareIsDue;
    if (stop.reason !== 'int3' || !due || !known) return 'other';
    if (!(await isBreakIn(known, stop, this.#places))) return 'other';
    this.#spare = 0;
    return 'spare';
  }
}
