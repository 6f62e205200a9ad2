import type { KdTarget } from '../kd-target.js';

// Watches a target that was let go until it has been seen to run. It does not let it go.

/** What a target that is near, and stands, needs to be heard after it was let go, or asked by a RESET, ms. */
const ANSWER_MS = 400;
/** RESETs that nothing may answer: on a line that shows errors, one gets lost in six. */
const RESETS = { sound: 2, troubled: 6 };
/** A target that boots may be this long between two of its modules, ms. */
const BOOT_MS = 5000;

/**
 * Watches a target that was told to go on. It runs when nothing is heard of it, although it was asked by RESETs: one that stands
 * answers them, and one that runs does not hear them. Whatever does come is no silence, damaged or not, but for what it prints.
 * @param lateMs a stop may take so long to show
 * @returns `quiet` when it was silent for long enough; `unclear` when the signal fired first
 */
export async function seeItRun(
  target: KdTarget,
  lateMs: number,
  signal: AbortSignal,
): Promise<'stands' | 'quiet' | 'unclear'> {
  const { link, signs } = target;
  const stands = (): boolean => target.running === 'halted';
  const answerMs = ANSWER_MS + 2 * signs.reportMs;
  const since = signs.now;
  for (let quiet = 0; !signal.aborted; ) {
    const from = signs.now;
    const resets = RESETS[link.quality.isDegraded ? 'troubled' : 'sound'];
    if (quiet > resets) return 'quiet';
    if (quiet > 0) link.reset();
    const late = Math.max(since + lateMs, signs.bootedAt + BOOT_MS + signs.reportMs) - from;
    if (await target.until(stands, quiet > 0 ? answerMs : Math.max(answerMs, late), signal)) return 'stands';
    const heard = link.heardAt > from && link.printedAt <= from;
    const boots = signs.bootedAt + BOOT_MS > signs.now;
    quiet = heard || boots || link.owing ? 0 : quiet + 1;
  }
  return stands() ? 'stands' : 'unclear';
}
