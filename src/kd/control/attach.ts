import type { KdTarget } from './kd-target.js';

// Finding a target that is halted, and breaking in on request. It breaks in only when it is called for that.

/** How long a stopped target is listened for, ms: it repeats its report until it is acknowledged. */
const LISTEN_MS = 300;
/** How long the answer to a RESET is waited for, ms. */
const RESET_MS = 700;
/** Milliseconds after which another break-in byte is sent: a target can swallow one. */
const BREAK_AGAIN_MS = 1000;
/** Break-in bytes for one wish to stop the target. */
const BREAK_TRIES = 12;
/** After so many of them a RESET goes out between two: the target may stand, and not run. */
const RESET_AFTER = [2, 5, 8];

/**
 * Finds out whether a target on the other end stands already, without stopping one that runs: a stopped target repeats its report
 * until somebody acknowledges it, and one whose report was acknowledged by a debugger that is gone answers a RESET.
 * @param asked whether somebody has asked it to stop meanwhile: the answer to that is as good, and a RESET would cross it
 * @returns true when it stands; false when it runs, or nothing is there
 */
export async function findStanding(
  target: KdTarget,
  signal?: AbortSignal,
  asked: () => boolean = () => false,
): Promise<boolean> {
  const heard = (): boolean => target.running === 'halted';
  const { reportMs } = target.signs;
  await target.signs.idle(LISTEN_MS + reportMs, (ms) => target.until(heard, ms, signal));
  if (heard() || signal?.aborted) return heard();
  if (!asked()) target.link.reset();
  return target.until(heard, RESET_MS + 2 * reportMs, signal);
}

/** What came of the wish to stop a target. */
export interface BreakInRequest {
  readonly stopped: boolean;
  /** Break-in bytes beyond the first: a target may keep one of them for later. */
  readonly spare: number;
}

/**
 * Stops a running target: one byte at a time, and another one only when nothing has come of it. A target that waits for
 * an acknowledgement eats the byte, and one whose clock stands still does not look for it.
 */
export async function breakIn(target: KdTarget, signal?: AbortSignal): Promise<BreakInRequest> {
  const halted = (): boolean => target.running === 'halted';
  for (let tries = 0; tries < BREAK_TRIES && !signal?.aborted; tries++) {
    if (halted()) return { stopped: true, spare: Math.max(0, tries - 1) };
    if (RESET_AFTER.includes(tries)) {
      target.link.reset();
      if (await target.until(halted, RESET_MS, signal)) return { stopped: true, spare: tries };
    }
    target.link.breakIn();
    if (await target.until(halted, BREAK_AGAIN_MS, signal)) return { stopped: true, spare: tries };
  }
  return { stopped: halted(), spare: 0 };
}
