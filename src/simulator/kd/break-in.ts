import type { SimulatedSession } from './session-state.js';

/** Somebody asks for a break-in: at once, later, or in vain, as it is with kd. */
export function requestBreak(session: SimulatedSession): void {
  const { kd } = session;
  kd.statistics.books.presses++;
  if (kd.cancel) kd.cancel.abort();
  else if (session.interruptible && kd.scenario.kd.cut === 'anywhere') kd.cut = true;
  else if (session.interruptible) kd.cutNext = true;
  else if (session.mode === 'running' && isDeaf(session)) {
    session.swallow = Math.max(0, session.swallow - 1);
    kd.statistics.books.breaks_swallowed++;
    kd.statistics.touch();
  } else {
    // At a prompt it is remembered, and fires after the next resume.
    session.breakWanted = true;
    session.waiter.notify();
  }
}

/** Just after a resume a break-in gets lost. */
function isDeaf({ kd, swallow, resumedAt }: SimulatedSession): boolean {
  return swallow > 0 || kd.clock.now() - resumedAt < kd.clock.real(kd.scenario.kd.break_deaf_ms);
}
