import { executeLine } from './commands/index.js';
import { resume } from './halting.js';
import { local, type ReceivedLine } from './inbox.js';
import type { CommandOutcome, SimulatedStop } from './kd.js';
import { refuseLine } from './refusal.js';
import { bugChecksAgain, reset, typedReboot } from './scenario/run-events.js';
import { foreign, idle, type SimulatedSession } from './session-state.js';

const forever = Number.POSITIVE_INFINITY;

/** Takes commands at the prompt until one of them resumes or resets the target, or ends kd. */
export async function promptAt(session: SimulatedSession, stop: SimulatedStop): Promise<'resumed' | 'reset'> {
  const { kd, inbox, happenings } = session;
  session.mode = 'halted';
  kd.stop = stop;
  kd.statistics.prompted();
  session.timeline.trigger('halted');
  kd.console.print(kd.prompt);
  let overdue = kd.scenario.kd.answer_limit_ms ?? forever;
  for (;;) {
    await kd.console.drained();
    // Somebody may press the reset button of a halted target.
    const pressed = happenings[0];
    if (pressed?.event === 'reboot' && !pressed.announced) return reset(session, pressed);
    const line = inbox.take();
    if (line) {
      const next = await obey(session, line);
      if (next) return next;
    } else {
      await idle(session, kd.clock.real(overdue));
      if (overdue < forever && !kd.statistics.answered && inbox.size === 0) overdue = unanswered(session);
    }
  }
}

async function obey(session: SimulatedSession, line: ReceivedLine): Promise<'resumed' | 'reset' | undefined> {
  const { kd, ends } = session;
  const outcome = await execute(session, line);
  if (outcome === 'go' && !(await bugChecksAgain(session))) {
    await resume(session);
    return 'resumed';
  }
  if (outcome === 'reboot') return reset(session, typedReboot);
  if (outcome === 'quit') await ends.finish('q', 0);
  if (outcome === 'quit-detached') {
    await resume(session);
    await ends.finish('qd', 0);
  }
  // Only who typed gets a new prompt; a stop of its own shows it to everybody.
  if (outcome === 'go') kd.console.print(kd.prompt);
  else if (!line.from.startsWith(foreign)) kd.console.print(kd.prompt, { only: line.from });
  return undefined;
}

async function execute(session: SimulatedSession, { text, from }: ReceivedLine): Promise<CommandOutcome> {
  const { kd } = session;
  kd.statistics.command(text);
  if (from === local) kd.console.logCommand(text);
  else
    kd.console.print(`[${from.startsWith(foreign) ? `${from.slice(foreign.length)} (npipe)` : from}] ${text}\n`, {
      except: from,
    });
  const refused = session.refusals > 0;
  if (refused) session.refusals--;
  const outcome = refused ? await refuseLine(kd, text, from) : await executeLine(kd, text, from);
  await kd.console.drained();
  return outcome;
}

function unanswered({ kd }: SimulatedSession): number {
  const text = `the target stood still for ${kd.scenario.kd.answer_limit_ms} ms, and no command was typed`;
  kd.statistics.violation({ kind: 'unanswered', text, at_ms: kd.statistics.atMs() });
  return forever;
}
