import { executeLine } from './commands/index.js';
import { halt, printLines, resume } from './halting.js';
import { local } from './inbox.js';
import type { Kd, SimulatedBreakpoint, SimulatedStop } from './kd.js';
import { runScenarioEvent } from './scenario/run-events.js';
import { idle, type SimulatedSession } from './session-state.js';
import { buildFloodBlock, type FloodBlock, stackAndGo } from './target/flood.js';
import { announcement, breakBox, stopPlaceLines } from './text-stop.js';

/** Lets the target run until it stops in front of a prompt or is reset. */
export async function runTarget(session: SimulatedSession): Promise<SimulatedStop | 'reset'> {
  for (;;) {
    session.mode = 'running';
    const stopped = await runABit(session);
    if (stopped) return stopped;
  }
}

async function runABit(session: SimulatedSession): Promise<SimulatedStop | 'reset' | undefined> {
  const { target, happenings } = session;
  const happening = happenings.shift();
  if (happening) return runScenarioEvent(session, happening);
  const breaks = untilBreak(session);
  if (breaks === 0) return breakIn(session);
  const follows = target.allocated.untilStop;
  if (follows === 0) return followUp(session);
  const wait = Math.min(target.untilHit(), follows, breaks);
  if (wait > 0) await idle(session, wait);
  else if (!(await floods(session))) return hit(session);
  return undefined;
}

/** Real milliseconds until a break-in that somebody asked for leaves: the engine waits until its line has been silent for a while. */
function untilBreak({ kd, breakWanted, heardAt }: SimulatedSession): number {
  if (!breakWanted) return Number.POSITIVE_INFINITY;
  return Math.max(0, heardAt + kd.clock.real(kd.scenario.kd.break_silence_ms) - kd.clock.now());
}

async function breakIn(session: SimulatedSession): Promise<SimulatedStop> {
  const { kd, target, timeline } = session;
  await kd.link.up();
  session.breakWanted = false;
  const stop = target.stopAt('break', target.breakSite);
  kd.statistics.books.breaks++;
  const command = kd.filters.get('bpe')?.command;
  await halt(session, stop, command === undefined ? undefined : announcement(kd, stop));
  if (command !== undefined) {
    // What is to be done at an int3 is done at this one too; a `g` in it does nothing but say it again, as a break-in is still pending.
    const outcome = await executeLine(kd, command, local);
    printLines(session, [...(outcome === 'go' ? breakBox(kd, stop) : []), ...stopPlaceLines(kd, stop)]);
  }
  timeline.trigger('break');
  return stop;
}

/** One hit: its stop, and the commands that stand behind its breakpoint. Nothing when they let the target go on. */
async function hit(session: SimulatedSession): Promise<SimulatedStop | undefined> {
  const { kd, target, timeline } = session;
  const next = target.nextHit();
  const { stop } = next;
  session.mode = 'hit';
  session.interruptible = true;
  kd.statistics.hits(1, [[next.hit.driver, 1]]);
  timeline.hits(1);
  // A stop without a breakpoint of ours is an exception, and goes by its filter.
  const filter = stop.breakpoint ? undefined : kd.filters.get('bpe');
  const passes = filter !== undefined && filter.mode !== 'e';
  const command = stop.breakpoint ? stop.breakpoint.command : filter?.command;
  await halt(
    session,
    stop,
    filter?.mode === 'i' ? [] : command === undefined && !passes ? undefined : announcement(kd, stop),
  );
  const goesOn = (passes && !kd.cut) || (await carryOut(session, stop, passes ? '' : command));
  if (stop.breakpoint) target.allocated.goesOn(stop, next.hit);
  session.interruptible = false;
  if (!goesOn) return stays(session, stop);
  await resume(session);
  return undefined;
}

/** The target stays at a hit: where a break-in has cut what the hit was about to do, that was the break-in. */
function stays({ kd, timeline }: SimulatedSession, stop: SimulatedStop): SimulatedStop {
  if (!kd.cut) return stop;
  kd.cut = false;
  kd.cutNext = false;
  kd.statistics.books.breaks++;
  timeline.trigger('break');
  return stop;
}

/** What stands behind a breakpoint or a filter. @returns whether it lets the target go on; if not, kd says where it stands */
async function carryOut(session: SimulatedSession, stop: SimulatedStop, command: string | undefined): Promise<boolean> {
  const { kd } = session;
  if (command === undefined) return false;
  if (kd.cutNext && kd.scenario.kd.cut === 'before-header') kd.cut = true;
  const outcome = await executeLine(kd, command, local);
  await kd.console.drained();
  const goesOn = outcome === 'go' && !kd.cut;
  if (!goesOn) printLines(session, stopPlaceLines(kd, stop));
  return goesOn;
}

/** An allocation returns, or is freed: a stop if there is a breakpoint in its way, of which nobody counts hits. */
async function followUp(session: SimulatedSession): Promise<SimulatedStop | undefined> {
  const { kd, target } = session;
  const stop = target.allocated.take();
  if (!stop) return undefined;
  session.mode = 'hit';
  session.interruptible = true;
  if (stop.breakpoint?.once) kd.breakpoints = kd.breakpoints.filter((bp) => bp !== stop.breakpoint);
  const command = stop.breakpoint?.command;
  await halt(session, stop, command === undefined ? undefined : announcement(kd, stop));
  const goesOn = await carryOut(session, stop, command);
  session.interruptible = false;
  if (!goesOn) return stays(session, stop);
  await resume(session, false);
  return undefined;
}

/** Writes hits by the block while nothing else wants attention; false when this hit needs the long way. */
async function floods(session: SimulatedSession): Promise<boolean> {
  const { kd, target, timeline, happenings } = session;
  const breakpoint = kd.breakpoints.find((bp) => bp.enabled && bp.address === target.trap);
  const word = stackAndGo(breakpoint?.command);
  const free = kd.scenario.link.cost === 'none' && kd.scenario.hits.per_second === 'max';
  if (!breakpoint || word === undefined || !free) return false;
  const block = blockFor(session, kd, breakpoint, word);
  while (target.left > 0 && !session.breakWanted && happenings.length === 0 && !kd.link.down) {
    const count = Math.min(block.count, target.left, timeline.hitsUntilNext());
    kd.console.printBytes(block.bytes(count));
    kd.statistics.hits(count, block.drivers(count));
    timeline.hits(count);
    await kd.console.drained();
    await new Promise((resolve) => setImmediate(resolve));
  }
  kd.statistics.save();
  return true;
}

const blocks = new WeakMap<SimulatedSession, { readonly key: string; readonly block: FloodBlock }>();

function blockFor(session: SimulatedSession, kd: Kd, breakpoint: SimulatedBreakpoint, word: string): FloodBlock {
  const key = `${breakpoint.id} ${breakpoint.symbol} ${word}`;
  const known = blocks.get(session);
  if (known?.key === key) return known.block;
  const block = buildFloodBlock(kd, session.target.hits, breakpoint, word);
  blocks.set(session, { key, block });
  return block;
}
