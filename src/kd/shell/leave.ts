import { breakIn, findStanding } from '../target/attach.js';
import type { KdTarget } from '../target/kd-target.js';
import { LinkError } from '../wire/link-error.js';

/** A resume is watched so long: a break-in that was sent too often, or a breakpoint, stops the target at once. ms */
const SEE_IT_RUN_MS = 300;
/** A thread that steps over a breakpoint has come back by then, ms: it executes one instruction. */
const STEP_MS = 10_000;
/** A stop that was reported is known within this time, whatever has to be asked for it, ms. */
const STOP_KNOWN_MS = 20_000;
/** Stops that a release gets past before it gives up. */
const STOPS = 200;

/** How a target was left. */
export interface Departure {
  /** `untouched`: it has never answered, and was never asked to stop. */
  readonly disposition: 'running' | 'untouched' | 'unknown';
  /** Why that is not known, or not so. */
  readonly why?: string;
}

/**
 * Leaves the target running and without a breakpoint of ours, whatever state it is in.
 * @param asked a break-in was sent that has not led to a stop yet: the target may still take it
 * @param signal fires when nobody wants to wait any longer
 */
export async function release(target: KdTarget, asked: boolean, signal: AbortSignal): Promise<Departure> {
  const abandon = (): void => target.link.abandon();
  signal.addEventListener('abort', abandon, { once: true });
  try {
    return await releaseFrom(target, asked, signal);
  } catch (error) {
    if (!(error instanceof LinkError) && !(error instanceof Error)) throw error;
    return { disposition: 'unknown', why: error.message };
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

async function releaseFrom(target: KdTarget, asked: boolean, signal: AbortSignal): Promise<Departure> {
  if (target.running === 'unknown') await findStanding(target, signal);
  const armed = (): boolean => (target.known?.breakpoints.list.length ?? 0) > 0;
  if (target.running !== 'halted' && (armed() || asked)) {
    const { stopped } = await breakIn(target, signal);
    if (!stopped && !armed() && !target.known) return neverAnswered();
    if (!stopped) return { disposition: 'unknown', why: 'it does not answer a break-in' };
  }
  for (let stops = 0; stops < STOPS && !signal.aborted; stops++) {
    // A target that boots stops for every image, and goes on by itself: whoever leaves must not have taken such a stop and left it.
    // And a thread that steps over a breakpoint somewhere stops it once more.
    const watch = target.stepsPending ? STEP_MS : SEE_IT_RUN_MS;
    if (target.running !== 'halted' && !(await target.until(() => target.running === 'halted', watch, signal)))
      return signal.aborted ? { disposition: 'unknown', why: 'nobody waited to see it run' } : settled(target);
    await target.until(() => target.standsStill || target.running !== 'halted', STOP_KNOWN_MS, signal);
    if (!target.standsStill) continue;
    await clearAll(target);
    if (!(await target.go())) return { disposition: 'unknown', why: 'it did not acknowledge that it goes on' };
  }
  return { disposition: 'unknown', why: signal.aborted ? 'nobody waited for it' : 'it stops again and again' };
}

async function clearAll(target: KdTarget): Promise<void> {
  const breakpoints = target.known?.breakpoints;
  if (!breakpoints) return;
  for (const each of [...breakpoints.list]) await breakpoints.clear(each);
  await breakpoints.clearStray();
}

function settled(target: KdTarget): Departure {
  if (target.stepsPending)
    return {
      disposition: 'unknown',
      why: 'a thread that steps over a breakpoint has not come back: it stops when it does',
    };
  if (target.running === 'running') return { disposition: 'running' };
  return target.known ? { disposition: 'unknown', why: 'the connection to it is gone' } : { disposition: 'untouched' };
}

function neverAnswered(): Departure {
  return {
    disposition: 'unknown',
    why: 'it was asked to stop and has not answered: should it take the request later, it stands still',
  };
}
