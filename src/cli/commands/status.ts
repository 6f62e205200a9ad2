import path from 'node:path';
import type { Command } from 'commander';
import { EXIT, Fault } from '../../fault.js';
import { connectControl } from '../../session/control.js';
import { forgetRun } from '../../session/run-directory.js';
import { type RunRecord, saveRunRecord } from '../../session/run-record.js';
import { type KnownSession, knownSessions } from '../../session/sessions.js';
import type { SessionStatus } from '../../session/status.js';
import { JSON_HELP, printRecord, printResult } from '../json-records.js';
import { statusLine } from '../session/view.js';
import { printText } from '../terminal-text.js';

export function define(program: Command): void {
  program
    .command('status')
    .description('all sessions on this host, and orphaned ones that need a rescue')
    .option('--json', JSON_HELP)
    .option('--forget <run>', 'take an orphaned session off the list: you have seen its target run')
    .addHelpText(
      'after',
      '\nExamples:\n  livedebug status\n  livedebug status --json\n  livedebug status --forget 20261123-093012-Ddk-4f1a\n',
    )
    .action(async (flags: { json?: boolean; forget?: string }) => {
      if (flags.forget !== undefined) {
        forget(flags.forget);
        if (flags.json) printResult(EXIT.done, { forgotten: flags.forget });
        return;
      }
      const sessions = knownSessions();
      for (const session of sessions) {
        const status = session.standing === 'live' ? await statusOf(session) : undefined;
        if (flags.json) printRecord('session', facts(session, status));
        else process.stdout.write(text(session, status));
      }
      if (flags.json) printResult(EXIT.done, { sessions: sessions.length });
      else if (sessions.length === 0) process.stdout.write('No session is running.\n');
    });
}

/** A session that has just been started may not listen yet. */
const START_MS = 500;

// Nothing but a proof or a person takes an orphaned session off the list.
function forget(run: string): void {
  const known = knownSessions().find(({ record }) => record.run === run);
  if (!known)
    throw new Fault(
      'unknown-run',
      EXIT.usage,
      `There is no orphaned session ${run}.`,
      'livedebug status lists what there is.',
    );
  if (known.standing === 'live')
    throw new Fault(
      'session-lives',
      EXIT.busy,
      `The session ${run} is running (process ${known.record.pid}).`,
      `livedebug stop --pipe ${known.record.pipe} releases its target.`,
    );
  // Somebody has seen its target run.
  known.record.freed = new Date().toISOString();
  saveRunRecord(path.join(known.record.directory, 'run.json'), known.record);
  forgetRun(run);
  printText(`Forgotten: ${run}. Its run directory stays: ${known.record.directory}`);
}

/** A session that does not answer: what it may be, and what to type. */
export function silentWords({ pid, pipe }: RunRecord): string {
  return `does not answer (process ${pid}). Is it stopped (Ctrl+Z)? "fg", or "kill -CONT ${pid}", lets it go on; "livedebug rescue --pipe ${pipe}" ends it and frees the target.`;
}

async function statusOf({ record }: KnownSession): Promise<SessionStatus | 'silent' | undefined> {
  const control = await connectControl(record.run, START_MS);
  if (!control) return undefined;
  control.request({ do: 'status' });
  for await (const message of control.messages) {
    control.close();
    return message.silent ? 'silent' : (message.status as SessionStatus);
  }
  return undefined;
}

function facts({ record: run, standing }: KnownSession, status: SessionStatus | 'silent' | undefined): object {
  const { pipe, tag, directory, pid, phase, disposition, armed, hits, started } = run;
  const known = { phase, target: disposition, armed, hits, ...(status === 'silent' ? { silent: true } : status) };
  return { run: run.run, standing, pipe, tag, directory, pid, started, ...known };
}

function text({ record: run, standing }: KnownSession, status: SessionStatus | 'silent' | undefined): string {
  const head = `${run.run}  tag ${run.tag.trim()}  pipe ${run.pipe}  process ${run.pid}`;
  if (status === 'silent') return `${head}\n  ${silentWords(run)}\n`;
  if (standing === 'live') return `${head}\n  ${status ? statusLine(status, 100) : run.phase}\n`;
  return `${head}\n  ${standing.toUpperCase()}: the target was ${run.armed ? 'armed' : 'not armed'} and ${run.disposition}. livedebug rescue --pipe ${run.pipe}\n`;
}
