import { between } from '../random.js';
import type { SimulatedStop } from './kd.js';
import type { SimulatedSession } from './session-state.js';
import { hex16 } from './target/hits.js';
import { stopLines } from './text-stop.js';

/**
 * The target stands still from here on; kd finds out why, and says so.
 * @param lines what it says
 */
export async function halt(
  session: SimulatedSession,
  stop: SimulatedStop,
  lines = stopLines(session.kd, stop),
): Promise<void> {
  const { kd, random } = session;
  const byTag = stop.reason === 'hit' || stop.reason === 'pool-hit';
  if (session.mode !== 'hit') session.mode = 'halted';
  kd.stop = stop;
  kd.processor = between(random, 0, kd.scenario.target.processors - 1);
  kd.statistics.halted(stop.reason, stop.site);
  if (!byTag) kd.statistics.save();
  await kd.spend(session.firstStop ? 'first_stop' : byTag ? 'hit' : 'stop');
  // The first time that a kd stops a target it clears what an earlier one left there.
  if (session.firstStop) plant(session);
  session.firstStop = false;
  printLines(session, lines);
  await kd.console.drained();
}

export function printLines({ kd }: SimulatedSession, lines: readonly string[]): void {
  if (lines.length > 0) kd.console.print(`${lines.join('\n')}\n`);
}

/**
 * The target runs again, with kd's breakpoints in it.
 * @param anew the time until the next allocation begins anew
 */
export async function resume(session: SimulatedSession, anew = true): Promise<void> {
  const { kd, timeline } = session;
  await kd.spend('resume');
  kd.stop = undefined;
  plant(session);
  kd.statistics.resumed();
  // A hit that goes on by itself deafens nobody: only a resume that somebody typed does.
  if (session.mode === 'halted') session.resumedAt = kd.clock.now();
  session.heardAt = kd.clock.now();
  session.mode = 'running';
  if (anew) session.target.resumed();
  timeline.trigger('resume');
  if (kd.statistics.armed) timeline.trigger('armed');
}

/** What kd's list says is in the target now. */
export function plant({ kd }: SimulatedSession): void {
  kd.statistics.planted(kd.armedAddresses().map(hex16));
}
