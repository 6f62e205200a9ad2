import { executeLine } from '../commands/index.js';
import { halt, plant, printLines, resume } from '../halting.js';
import { local } from '../inbox.js';
import type { SimulatedStop } from '../kd.js';
import { comeOnline, idle, type SimulatedSession } from '../session-state.js';
import { shutdownLines } from '../text-connect.js';
import { announcement, assertionLines, assertionPrompt, bugCheckLines, stopPlaceLines } from '../text-stop.js';
import type { EventNamed, TimelineEvent } from './scenario.js';

const unscheduled = { on: 'start', after_ms: 0, times: 1 } as const;

/** What `.reboot` does. */
export const typedReboot: EventNamed<'reboot'> = {
  ...unscheduled,
  event: 'reboot',
  announced: true,
  seen: true,
  down_ms: 2000,
};

/** The bug check of a target that was found dead. */
export const foundBugCheck: EventNamed<'bug-check'> = {
  ...unscheduled,
  event: 'bug-check',
  code: 0xc4,
  parameters: [0x62, 0, 0, 0],
};

/** Something befalls the running target. Gives the stop it ends in, or nothing when the target runs on. */
export async function runScenarioEvent(
  session: SimulatedSession,
  event: TimelineEvent,
): Promise<SimulatedStop | 'reset' | undefined> {
  const { kd, target } = session;
  if (event.event === 'reboot') return event.seen ? reset(session, event) : rebootUnseen(session, event);
  if (event.event === 'standstill') return standStill(session, event);
  if (event.event === 'bug-check') return runBugCheck(session, event);
  if (event.event === 'assertion' && event.style === 'prompt') return ask(session, event);
  if (event.event === 'print') {
    kd.console.line(event.text);
    session.heardAt = kd.clock.now();
    return undefined;
  }
  if (event.event === 'int3') return breakInstruction(session, target.stopAt('int3', event.symbol));
  const stop = target.stopAt('assertion', 'mydrv!DispatchRead+0x9c');
  await halt(session, stop);
  return stop;
}

/** A driver's own int3 goes by the filter of break instructions. */
async function breakInstruction(session: SimulatedSession, stop: SimulatedStop): Promise<SimulatedStop | undefined> {
  const { kd } = session;
  const command = kd.filters.get('bpe')?.command;
  await halt(session, stop, command === undefined ? undefined : announcement(kd, stop));
  if (command === undefined) return stop;
  const goesOn = (await executeLine(kd, command, local)) === 'go';
  if (!goesOn) printLines(session, stopPlaceLines(kd, stop));
  if (goesOn) await resume(session);
  return goesOn ? undefined : stop;
}

/** The target reboots: its memory is new, and kd's breakpoints are gone. */
export function reset(session: SimulatedSession, event: EventNamed<'reboot'>): 'reset' {
  const { kd } = session;
  if (event.announced) for (const line of shutdownLines()) kd.console.line(line);
  kd.statistics.resumed('waiting-boot');
  kd.forgetTarget();
  session.target.allocated.forget();
  session.happenings.length = 0;
  session.breakWanted = false;
  session.online = false;
  kd.statistics.save();
  kd.clock.after(event.down_ms, () => comeOnline(session));
  return 'reset';
}

/**
 * A reboot of which kd itself prints nothing: the new boot finds the debugger there, which puts its breakpoints in again at the
 * first image that is loaded. Measured with 10.0.29507; all that shows is what drivers print while they start.
 */
async function rebootUnseen(session: SimulatedSession, event: EventNamed<'reboot'>): Promise<undefined> {
  const { kd, target } = session;
  kd.statistics.resumed('waiting-boot');
  kd.memory.clear();
  kd.statistics.planted([]);
  kd.statistics.books.target.pool_hit_tag = 0;
  target.allocated.forget();
  kd.statistics.save();
  await lasts(session, event.down_ms);
  for (const line of kd.scenario.target.boot_text) kd.console.line(line);
  kd.modulesKnown = true;
  kd.statistics.resumed();
  plant(session);
  target.resumed();
  return undefined;
}

/** The target stands, and its debugger says that it runs: measured on a slow line with 10.0.29507, 84 seconds long. */
async function standStill(session: SimulatedSession, event: EventNamed<'standstill'>): Promise<undefined> {
  const { kd, target } = session;
  const { books } = kd.statistics;
  kd.statistics.halted('orphan', target.trapSite);
  books.target.unreachable = true;
  kd.statistics.save();
  await lasts(session, event.ms ?? Number.POSITIVE_INFINITY);
  books.target.unreachable = false;
  kd.statistics.resumed();
  target.resumed();
  return undefined;
}

/** Nothing is heard of the target for so many simulated milliseconds. */
async function lasts(session: SimulatedSession, simulatedMs: number): Promise<void> {
  const until = session.kd.clock.now() + session.kd.clock.real(simulatedMs);
  while (session.kd.clock.now() < until) await idle(session, until - session.kd.clock.now());
}

/** Windows stops for good, and tells the debugger why. */
export async function runBugCheck(session: SimulatedSession, event: EventNamed<'bug-check'>): Promise<SimulatedStop> {
  const { kd, target } = session;
  const stop = target.stopAt('bug-check', target.breakSite);
  session.mode = 'halted';
  session.bugCheck = event;
  kd.stop = stop;
  kd.statistics.books.target.dead = true;
  kd.statistics.halted('bug-check', stop.site);
  plant(session);
  await kd.spend('stop');
  const command = kd.filters.get('bpe')?.command;
  kd.console.print(`${bugCheckLines(kd, event).join('\n')}\n`);
  // A filter that goes on runs over it for ever: it stops again and again, and nobody is asked. Measured with 10.0.29507, 37 times in 12 s.
  while (command !== undefined && (await executeLine(kd, command, local)) === 'go') {
    await lasts(session, BUG_CHECK_AGAIN_MS);
    kd.console.print(`${bugCheckLines(kd, event).join('\n')}\n`);
  }
  printLines(session, stopPlaceLines(kd, stop));
  return stop;
}

/** So long such a target takes until it stops again. */
const BUG_CHECK_AGAIN_MS = 320;

/** A bug check cannot be resumed from: it only stops again. Gives false for a target that lives. */
export async function bugChecksAgain(session: SimulatedSession): Promise<boolean> {
  const { kd } = session;
  if (!kd.statistics.books.target.dead) return false;
  await kd.spend('resume');
  await kd.spend('stop');
  kd.console.print(`${bugCheckLines(kd, session.bugCheck ?? foundBugCheck).join('\n')}\n`);
  return true;
}

/** A failed assertion of a checked build waits for one letter instead of stopping at the prompt. */
async function ask(session: SimulatedSession, event: EventNamed<'assertion'>): Promise<SimulatedStop | undefined> {
  const { kd, target, inbox } = session;
  const stop = target.stopAt('int3', 'nt!RtlAssert+0x1e');
  session.mode = 'halted';
  kd.statistics.halted('assertion', stop.site);
  kd.statistics.prompted();
  kd.console.print(`${assertionLines(event).join('\n')}\n${assertionPrompt}`);
  for (;;) {
    await kd.console.drained();
    const line = inbox.take();
    if (!line) {
      await idle(session, Number.POSITIVE_INFINITY);
      continue;
    }
    kd.statistics.command(line.text);
    kd.console.logCommand(line.text);
    const letter = line.text.trim().charAt(0).toLowerCase();
    if (/[ipt]/.test(letter)) {
      kd.statistics.resumed();
      return undefined;
    }
    if (/[bo]/.test(letter)) {
      await halt(session, stop);
      return stop;
    }
    kd.console.print(assertionPrompt);
  }
}
