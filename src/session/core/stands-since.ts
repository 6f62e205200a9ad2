import type { SessionState } from './state.js';

// Since when the target has been halted, as far as kd's text tells. It is an estimate, not a measurement.

/**
 * Microsoft's kd sends a break-in when the line has been silent for so long, or when it meets a command that prints a stack.
 * Source: its engine of 2026, measured.
 */
export const SILENCE_MS = 4000;
/** Reading who the target is takes kd no longer than this. */
const LINK_MS = 3000;

/**
 * kd prints only when it has read what it wants over the link: by then the target has stood for a while.
 * @param now when kd printed, in milliseconds
 * @returns since when the target stands: the moment at which our break-in reached it, as far as that can be told
 */
export function standsSince({ target, hits, breakIn }: SessionState, now: number): number {
  if (target.stop?.kind === 'cut') return hits.lastAt ?? now;
  const { sentAt, heardBefore, linkedAt } = breakIn ?? {};
  if (sentAt === undefined) return now;
  // It may have been off when the break-in was sent: kd speaks of a connection soon after it has one.
  if (heardBefore === undefined) return linkedAt === undefined ? now : Math.max(sentAt, linkedAt - LINK_MS);
  const heard = Math.max(sentAt, heardBefore + SILENCE_MS);
  return heard <= now ? heard : sentAt;
}
