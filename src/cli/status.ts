import type { Command } from 'commander';
import { EXIT } from '../fault.js';
import { connectControl } from '../session/control.js';
import { type KnownSession, knownSessions } from '../session/sessions.js';
import type { SessionStatus } from '../session/status.js';
import { statusLine } from './session-view.js';

export function define(program: Command): void {
  program
    .command('status')
    .description('all sessions on this host, and wrecks that need a rescue')
    .option('--json', 'NDJSON records on stdout, the last one a result')
    .action(async (flags: { json?: boolean }) => {
      const sessions = knownSessions();
      for (const session of sessions) {
        const status = session.standing === 'live' ? await statusOf(session) : undefined;
        process.stdout.write(flags.json ? `${JSON.stringify(record(session, status))}\n` : text(session, status));
      }
      if (flags.json) {
        const result = { v: 1, event: 'result', exit_code: EXIT.done, sessions: sessions.length };
        process.stdout.write(`${JSON.stringify(result)}\n`);
      } else if (sessions.length === 0) process.stdout.write('No session is running.\n');
    });
}

async function statusOf({ record }: KnownSession): Promise<SessionStatus | undefined> {
  const control = await connectControl(record.run);
  if (!control) return undefined;
  control.request({ do: 'status' });
  for await (const message of control.messages) {
    control.close();
    return message.status as SessionStatus;
  }
  return undefined;
}

function record({ record: run, standing }: KnownSession, status: SessionStatus | undefined): object {
  const { pipe, tag, directory, pid, phase, disposition, armed, hits, started } = run;
  const known = { phase, target: disposition, armed, hits, ...status };
  return { v: 1, event: 'session', run: run.run, standing, pipe, tag, directory, pid, started, ...known };
}

function text({ record: run, standing }: KnownSession, status: SessionStatus | undefined): string {
  const head = `${run.run}  tag ${run.tag.trim()}  pipe ${run.pipe}  process ${run.pid}`;
  if (standing === 'live') return `${head}\n  ${status ? statusLine(status, 100) : run.phase}\n`;
  return `${head}\n  ${standing.toUpperCase()}: the target was ${run.armed ? 'armed' : 'not armed'} and ${run.disposition}. livedebug rescue --pipe ${run.pipe}\n`;
}
