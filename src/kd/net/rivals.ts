import { isSamePlace, type NetPlace } from './place.js';

/** What a poke of another run than the session's is: not known yet, of a target that was started again, or of a second one. */
export type Rival = 'unknown' | 'restarted' | 'second';

/** A target pokes every 3 s in every state: one that is silent for so long is gone. At its own address nobody else is likely. */
const GONE_MS = { sameAddress: 4000, otherAddress: 10_000 };

/**
 * Tells a target that was started again from a second one with the same key. Both poke with random bytes of their own; only a second
 * one does it while the first one lives.
 */
export class Rivals {
  #run = '';
  #since = 0;

  constructor(private readonly now: () => number) {}

  /**
   * @param at where the session's target is
   * @param heardAt when it last gave a sign of life
   */
  judge(run: string, from: NetPlace, at: NetPlace, heardAt: number): Rival {
    // Nobody else can have its port there.
    if (isSamePlace(from, at)) return 'restarted';
    const now = this.now();
    if (run !== this.#run) {
      this.#run = run;
      this.#since = now;
      return 'unknown';
    }
    if (heardAt > this.#since) {
      this.#since = now;
      return 'second';
    }
    const patience = GONE_MS[from.address === at.address ? 'sameAddress' : 'otherAddress'];
    return now - this.#since < patience ? 'unknown' : 'restarted';
  }
}
