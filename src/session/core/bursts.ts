import { type BurstMark, formatBurstMark } from '../../kd-text/burst-marks.js';
import { type HaltBudget, passedIn, pauseAfter } from './halt-budget.js';
import { letGo } from './hit-commands.js';
import type { SessionState } from './state.js';
import type { Transition } from './transition.js';

// Collecting in bursts with pauses: the counts, and what is typed around them. How long they are is in halt-budget.ts.

/** The bursts of a session that keeps a budget of standing still. Times are milliseconds of the session. */
export interface BurstState {
  /** Bursts begun. */
  readonly number: number;
  /** When the target stood for the present one first. */
  readonly since?: number;
  /** Hits, and all standstill, before it. */
  readonly hitsBefore: number;
  readonly haltedBefore: number;
  /** All standstill, hits included, as far as it was told of last. */
  readonly halted: number;
  /** It is over, and the target runs with nothing set, since then. */
  readonly pausedAt?: number;
  /** The target was lost or has booted anew since then: it is not known to have run on. */
  readonly awayAt?: number;
  /** Hits that the present one lets go. */
  readonly passed: number;
  /** Its end is not told in the log yet. */
  readonly untold: boolean;
}

export const NO_BURSTS: BurstState = { number: 0, hitsBefore: 0, haltedBefore: 0, halted: 0, passed: 0, untold: false };

/** A kd of ours measures how long the target stands, and says so a little later; of others that is estimated. */
const MEASURED = 1.05;
const ESTIMATED = 1.25;
const LATE_MS = 500;
/** A burst whose hits do not come is begun anew after so many times what it takes, and not before this. */
const PATIENCE = 20;
const LEAST_PATIENCE_MS = 600_000;

/** The target stands, and is armed for another burst. @returns what is typed for that besides the breakpoint */
export function beginBurst(transition: Transition, budget: HaltBudget): string[] {
  const { state, event } = transition;
  const { bursts, hits, target } = state;
  const pausedMs = bursts.pausedAt === undefined ? 0 : ranUntil(transition) - bursts.pausedAt;
  const over = tellBurstOver(transition);
  bursts.number++;
  bursts.since = target.haltedSince ?? event.at;
  bursts.hitsBefore = hits.total;
  bursts.haltedBefore = bursts.halted;
  bursts.untold = true;
  delete bursts.pausedAt;
  delete bursts.awayAt;
  bursts.passed = passedIn(budget, bursts.number);
  const { number, passed } = bursts;
  transition.tell('burst', { burst: number, hits: budget.hits, passed });
  return [...over, echo({ mark: 'begins', burst: number, pausedMs, passed }), letGo(passed)];
}

/** What is typed where the target stands for good, or for another burst: how the one before has ended. Once. */
export function tellBurstOver(transition: Transition): string[] {
  const { bursts } = transition.state;
  if (!bursts.untold || bursts.since === undefined) return [];
  bursts.untold = false;
  const took = (bursts.pausedAt ?? ranUntil(transition)) - bursts.since;
  const stoodMs = Math.min(took, stoodIn(transition));
  return [echo({ mark: 'over', burst: bursts.number, ranMs: took - stoodMs, stoodMs })];
}

/** What is typed when the session ends. */
export function tellLastBurst(transition: Transition): string[] {
  const { state } = transition;
  const over = tellBurstOver(transition);
  const { pausedAt } = state.bursts;
  if (pausedAt === undefined) return over;
  delete state.bursts.pausedAt;
  return [...over, echo({ mark: 'end', pausedMs: ranUntil(transition) - pausedAt })];
}

/** It is armed, and runs: hits of it may have been missed, and then its end is never seen. */
export function awaitBurst(transition: Transition): void {
  const { bursts } = transition.plan;
  if (bursts) transition.timer('pause', Math.max(LEAST_PATIENCE_MS, PATIENCE * bursts.burstMs));
}

/** Hits have come: the burst is over with its last one, and has taken its breakpoint out by itself. */
export function endBurst(transition: Transition): void {
  const { state, event, plan } = transition;
  const { bursts, hits } = state;
  if (!plan.bursts || bursts.since === undefined || bursts.pausedAt !== undefined) return;
  if (hits.total - bursts.hitsBefore < plan.bursts.hits) return;
  bursts.pausedAt = event.at;
  const took = event.at - bursts.since;
  const stood = (plan.vouches ? MEASURED : ESTIMATED) * stoodIn(transition) + LATE_MS;
  const pause = Math.max(pauseAfter(plan.bursts, bursts.number, Math.min(took, stood)), plan.lastHitMs);
  transition.tell('pause', { burst: bursts.number, hits: hits.total - bursts.hitsBefore, took_ms: took, ms: pause });
  transition.cancel('quiet');
  transition.timer('pause', pause);
}

/** Told with what is the same before every burst: people have read it once. */
export function again({ bursts, aim }: SessionState): { again?: true } {
  return bursts.number > 0 && bursts.pausedAt !== undefined && aim === 'arm' ? { again: true } : {};
}

/** The same behind the arming of a burst. */
export function againArmed({ bursts }: SessionState): { again?: true } {
  return bursts.number > 1 ? { again: true } : {};
}

/** The target is away: what it does until the next burst is not known. */
export function burstAway({ state, event }: Transition): void {
  if (state.bursts.number > 0) state.bursts.awayAt ??= event.at;
}

/** How long it stood for the present burst, as far as that is known. What others than a kd of ours take for hits without a stack is seen nowhere. */
function stoodIn({ state, plan }: Transition): number {
  const { halted, haltedBefore, passed } = state.bursts;
  const unseen = plan.vouches ? 0 : passed * (plan.bursts?.passMs ?? 0);
  return Math.max(0, halted - haltedBefore) + unseen;
}

function ranUntil({ state, event }: Transition): number {
  return state.bursts.awayAt ?? state.target.haltedSince ?? event.at;
}

function echo(mark: BurstMark): string {
  return `.echo ${formatBurstMark(mark)}`;
}
