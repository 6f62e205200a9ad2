import { EXIT, Fault } from '../../fault.js';

// Arithmetic of a halt budget: hits per burst and length of pauses, from what halts cost. It knows no session.

/** How long the target stands, ms, on this line and with this kd. */
export interface HaltCosts {
  /** To break in and arm once more. */
  readonly armMs: number;
  /** At a hit whose stack is printed. */
  readonly hitMs: number;
  /** At a hit that is let go. */
  readonly passMs: number;
}

/**
 * Hits are collected in bursts, and between them the target runs with nothing set, so that it stands no longer than a share of the
 * time. What a burst sees is a sample of all hits.
 */
export interface HaltBudget {
  /** Of the time from one burst to the next, how much the target may stand: more than 0, less than 1. */
  readonly share: number;
  /** Hits whose stacks a burst prints. */
  readonly hits: number;
  /**
   * Hits that are let go before them, at least and at most: a burst begins at a moment, and the first one to allocate after a moment
   * is not like all others, which is over after a few hits; a random number of them keeps periodic work from being met in step.
   * Source: `test/report/build/sampling.test.ts`.
   */
  readonly pass: readonly [number, number];
  /** How long a burst takes at most where hits come at once, ms. */
  readonly burstMs: number;
  /** At a hit that is let go, ms. */
  readonly passMs: number;
  readonly seed: number;
}

const HITS = 10;
/** With fewer it does not pay to let others go. */
const FEW = 3;
const PASS = [4, 15] as const;
/** A pause is longer than it has to be by a random share, up to this: work that comes in step is not met in step. */
const SPREAD = 0.5;
const LEAST_PAUSE_MS = 1000;
/** Node's timers take 31 bits of milliseconds, and fire at once for more. */
const MOST_PAUSE_MS = 2_147_000_000;

/**
 * Plans bursts that stay below the halt limit.
 * @param share more than 0, less than 1
 * @param hits stacks of a burst, where somebody has said how many
 * @throws Fault `halt-budget` where not one hit fits
 */
export function planBursts(
  share: number,
  costs: HaltCosts,
  {
    haltLimitMs,
    hits,
    seed,
  }: { readonly haltLimitMs: number; readonly hits?: number | undefined; readonly seed: number },
): HaltBudget {
  const { armMs, hitMs, passMs } = costs;
  const room = haltLimitMs - armMs;
  const roomFor = (pass: number): number => Math.floor((room - pass * passMs) / Math.max(1, hitMs));
  const random = Math.min(hits ?? HITS, roomFor(PASS[1]));
  const pass = random >= Math.min(FEW, hits ?? FEW) ? PASS : ([0, 0] as const);
  const most = Math.min(hits ?? HITS, roomFor(pass[1]));
  if (most < (hits ?? 1)) throw tooLong(costs, hits ?? 1, haltLimitMs);
  return { share, hits: most, pass, burstMs: Math.ceil(armMs + pass[1] * passMs + most * hitMs), passMs, seed };
}

function tooLong({ armMs, hitMs }: HaltCosts, hits: number, haltLimitMs: number): Fault {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const what = hits === 1 ? 'One hit' : `A burst of ${hits} hits`;
  return new Fault(
    'halt-budget',
    EXIT.usage,
    `${what} would halt the target for ${seconds(armMs + hits * hitMs)} with this kd on this line, longer than --halt-limit allows (${seconds(haltLimitMs)}).`,
    'Use --kd builtin, which needs a fraction of that, with --known-stacks half of it again; or a faster line, or a larger --halt-limit.',
  );
}

/** How long the target is left alone after a burst, ms. @param stoodMs how long it stood for it, the break-in included */
export function pauseAfter({ share, seed }: HaltBudget, burst: number, stoodMs: number): number {
  const least = (stoodMs * (1 - share)) / share;
  const pause = Math.ceil(least * (1 + SPREAD * randomOf(seed, 2 * burst)));
  return Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, pause));
}

/** How many hits of a burst are let go before its first stack. */
export function passedIn({ pass: [least, most], seed }: HaltBudget, burst: number): number {
  return least + Math.floor(randomOf(seed, 2 * burst + 1) * (most - least + 1));
}

/** A number in [0, 1) that depends on both alone: a session can be played again. Source: mulberry32, public domain. */
function randomOf(seed: number, index: number): number {
  const state = (Math.imul(seed ^ Math.imul(index, 0x9e37_79b1), 0x85eb_ca6b) + 0x6d2b_79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
