import path from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../fault.js';
import { connectControl } from '../session/control.js';
import { loadRunRecord } from '../session/run-record.js';
import { type KnownSession, knownSessions } from '../session/sessions.js';
import { targetWords } from './session-end.js';

interface StopFlags {
  readonly pipe?: string;
  readonly json?: boolean;
}

export function define(program: Command): void {
  program
    .command('stop')
    .description('release the target of a running session, from any terminal')
    .option('--pipe <name>', 'only the session with this pipe')
    .option('--json', 'NDJSON records on stdout')
    .addHelpText('after', '\nWith no session running there is nothing to do, and that is no error.\n')
    .action(async (flags: StopFlags) => {
      process.exitCode = await stop(flags);
    });
}

async function stop(flags: StopFlags): Promise<number> {
  const sessions = knownSessions().filter(({ record }) => flags.pipe === undefined || record.pipe === flags.pipe);
  let worst: number = EXIT.done;
  for (const session of sessions) {
    const end = session.standing === 'live' ? await endOf(session) : wreck(session);
    if (flags.json) process.stdout.write(`${JSON.stringify({ v: 1, event: 'stopped', ...end })}\n`);
    process.stderr.write(`${end.run}: ${end.text}\n`);
    if (end.exit_code === EXIT.maybeHalted) worst = EXIT.maybeHalted;
  }
  if (sessions.length === 0) process.stderr.write('No session is running.\n');
  if (flags.json) {
    const result = { v: 1, event: 'result', exit_code: worst, sessions: sessions.length };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  return worst;
}

interface End {
  readonly run: string;
  readonly exit_code: number;
  readonly text: string;
}

/** Asks a live session to release, and waits until it has. */
export async function endOf({ record }: KnownSession): Promise<End> {
  const control = await connectControl(record.run);
  if (control) {
    control.request({ do: 'watch' });
    control.request({ do: 'release', reason: 'livedebug stop' });
    for await (const message of control.messages) {
      const { event, exit_code, left } = (message.record ?? {}) as {
        event?: string;
        exit_code?: number;
        left?: string;
      };
      if (event === 'result') {
        control.close();
        return ended(record.run, exit_code ?? EXIT.fault, left);
      }
    }
  }
  const last = loadRunRecord(path.join(record.directory, 'run.json'));
  return ended(record.run, last?.ended === undefined ? EXIT.maybeHalted : (last.exit_code ?? EXIT.fault));
}

function ended(run: string, exitCode: number, left?: string): End {
  const text =
    exitCode === EXIT.maybeHalted
      ? 'THE TARGET MAY STAND STILL. Run "livedebug rescue".'
      : left === undefined || left === 'freed'
        ? 'released; the target runs without a breakpoint.'
        : `ended. The target: ${targetWords(left)}.`;
  return { run, exit_code: exitCode, text };
}

function wreck({ record, standing }: KnownSession): End {
  const text = `its controller is gone (${standing}), the target may be armed or stand still. Run "livedebug rescue --pipe ${record.pipe}".`;
  return { run: record.run, exit_code: EXIT.maybeHalted, text };
}
