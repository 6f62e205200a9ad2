import { linkMs, type Transport } from '../debugger/transport.js';

// Estimates how long the target stands at hits, for a kd that does not measure it. It is not used for halts with a prompt.

/**
 * What Microsoft's kd reads of a hit before it prints the header of its stack, and to go on, both ways. Source: its engine of 2026 on
 * the simulated target, x64: 104 of 119 ms with short stacks, 228 of 770 ms with long ones, in bytes.
 */
const UNSEEN_BYTES = 4000;
/** Where the line is faster than it is said to be, that takes no longer than so many times the stack itself. */
const UNSEEN_SHARE = 8;
/** On a link without a known speed: the share with long stacks, from the same measurement. */
const USUAL_SHARE = 0.4;

/**
 * Adds up how long the target stands still at hits that go on by themselves: a stack is printed while kd reads it, so that most of
 * it is seen; the rest is worked out from the line's speed.
 */
export class HitHalts {
  #ms = 0;
  #since: number | undefined;
  #until = 0;

  constructor(private readonly transport: Transport | undefined) {}

  /** The header of a stack has come. */
  begins(at: number): void {
    this.#end();
    this.#since = at;
    this.#until = at;
  }

  /** A frame has come. */
  goesOn(at: number): void {
    this.#until = at;
  }

  /** It stays at this hit: that halt is counted as one of its own. */
  stays(): void {
    this.#since = undefined;
  }

  get ms(): number {
    return this.#ms + this.#present();
  }

  #end(): void {
    this.#ms += this.#present();
    this.#since = undefined;
  }

  #present(): number {
    if (this.#since === undefined) return 0;
    const printed = this.#until - this.#since;
    const unseen = this.transport ? linkMs(this.transport, UNSEEN_BYTES) : 0;
    return printed + (unseen > 0 ? Math.min(unseen, UNSEEN_SHARE * printed) : USUAL_SHARE * printed);
  }
}
