import path from 'node:path';
import type { Command } from 'commander';
import { EXIT, Fault } from '../../fault.js';
import { ANSWER_MS, type ControlClient, connectControl } from '../../session/control.js';
import { loadRunRecord, type RunRecord } from '../../session/run-record.js';
import { type KnownSession, knownSessions } from '../../session/sessions.js';
import { JSON_HELP, printRecord, printResult } from '../json-records.js';
import { targetWords } from '../session/end.js';
import { printText } from '../terminal-text.js';
import { silentWords } from './status.js';

const ASK_EVERY_MS = 1000;

interface StopFlags {
  readonly session?: string;
  readonly pipe?: string;
  readonly json?: boolean;
}

const HELP = `
With no session running there is nothing to do, and that is no error. A name that no session has is one.

Examples:
  livedebug stop
  livedebug stop 20261123-093012-Ddk-4f1a
  livedebug stop --pipe livedebug
`;

export function define(program: Command): void {
  program
    .command('stop')
    .description('release the target of a running session, from any terminal')
    .argument('[session]', 'only this one, by the name that "livedebug status" shows')
    .option('--pipe <name>', 'only the session with this pipe')
    .option('--json', JSON_HELP)
    .addHelpText('after', HELP)
    .action(async (session: string | undefined, flags: StopFlags) => {
      process.exitCode = await stop({ ...flags, ...(session !== undefined && { session }) });
    });
}

async function stop(flags: StopFlags): Promise<number> {
  const { session: name, pipe } = flags;
  const sessions = knownSessions().filter(
    ({ record }) => (pipe === undefined || record.pipe === pipe) && (name === undefined || record.run === name),
  );
  let worst: number = EXIT.done;
  for (const session of sessions) {
    const end = session.standing === 'live' ? await endOf(session) : orphaned(session);
    if (flags.json) printRecord('stopped', end);
    printText(`${end.run}: ${end.text}`);
    if (end.exit_code === EXIT.maybeHalted) worst = EXIT.maybeHalted;
  }
  if (sessions.length === 0) worst = nothingToStop(flags);
  if (flags.json) printResult(worst, { sessions: sessions.length });
  return worst;
}

// Stopping again is no error; a name that nobody has is one.
function nothingToStop({ session, pipe }: StopFlags): number {
  if (session === undefined && pipe === undefined) {
    printText('No session is running.');
    return EXIT.done;
  }
  const others = knownSessions().map(({ record }) => `${record.run} (pipe ${record.pipe})`);
  throw new Fault(
    'no-such-session',
    EXIT.usage,
    `No session ${session === undefined ? `has the pipe ${pipe}` : `is called ${session}`}: nothing was stopped.`,
    others.length === 0 ? 'No session is running on this host.' : `There is: ${others.join(', ')}.`,
  );
}

interface End {
  readonly run: string;
  readonly exit_code: number;
  readonly text: string;
  /** It was asked, and says nothing. */
  readonly silent?: true;
  readonly left?: string;
}

/** Asks a live session to release, and waits until it has. */
export async function endOf({ record }: KnownSession): Promise<End> {
  const control = await connectControl(record.run, ANSWER_MS);
  const asking = setInterval(() => control?.request({ do: 'status' }), ASK_EVERY_MS);
  try {
    return await awaitEnd(record, control);
  } finally {
    clearInterval(asking);
    control?.close();
  }
}

async function awaitEnd(record: RunRecord, control: ControlClient | undefined): Promise<End> {
  if (control) {
    control.request({ do: 'watch' });
    control.request({ do: 'release', reason: 'livedebug stop' });
    for await (const message of control.messages) {
      if (message.silent)
        return {
          run: record.run,
          exit_code: EXIT.maybeHalted,
          text: `${silentWords(record)} The release that was asked for takes place when it goes on.`,
          silent: true,
        };
      const { event, exit_code, left } = (message.record ?? {}) as {
        event?: string;
        exit_code?: number;
        left?: string;
      };
      if (event === 'result') {
        return ended(record.run, exit_code ?? EXIT.fault, left);
      }
    }
  }
  const last = loadRunRecord(path.join(record.directory, 'run.json'));
  if (last?.ended === undefined) return ended(record.run, EXIT.maybeHalted);
  return ended(record.run, last.exit_code ?? EXIT.fault, last.left);
}

function ended(run: string, exitCode: number, left?: string): End {
  const text =
    exitCode === EXIT.maybeHalted
      ? 'THE TARGET MAY STAND STILL. Run "livedebug rescue".'
      : left === 'freed'
        ? 'released; the target runs without a breakpoint.'
        : `ended. The target: ${targetWords(left)}.`;
  return { run, exit_code: exitCode, text, ...(left !== undefined && { left }) };
}

function orphaned({ record, standing }: KnownSession): End {
  const text = `its controller is gone (${standing}), the target may be armed or halted. Run "livedebug rescue --pipe ${record.pipe}".`;
  return { run: record.run, exit_code: EXIT.maybeHalted, text };
}
