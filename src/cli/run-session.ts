import { readFileSync, statSync } from 'node:fs';
import { EXIT } from '../fault.js';
import type { LiveSession } from '../session/live-session.js';
import { forgetRun } from '../session/run-directory.js';
import { operate } from './operate.js';
import { lastWords } from './session-end.js';
import { SessionScreen } from './session-screen.js';

const WORDS = 1500;

/** The end of what kd said: with a session that never collected, that is where the reason stands. */
function kdsWords(log: string): string {
  try {
    if (!statSync(log).isFile()) return '';
    const text = readFileSync(log, 'latin1').slice(-WORDS).trim();
    return text === '' ? '' : `kd said:\n${text.replace(/^/gm, '  ')}\n`;
  } catch {
    return '';
  }
}

/** Shows and operates a session until its end. @returns its exit code */
export async function runSession(session: LiveSession, json: boolean): Promise<number> {
  const screen = new SessionScreen(json, () => session.status());
  session.onRecord((record) => screen.record(record));
  const untie = operate(session, (line) => screen.say(line));
  const result = await session.run();
  untie();
  screen.close();
  const exitCode = Number(result.exit_code);
  if (exitCode !== EXIT.maybeHalted) forgetRun(session.record.run);
  if (exitCode !== EXIT.done && Number(result.hits) === 0) process.stderr.write(kdsWords(session.record.log));
  process.stderr.write(`${lastWords(result, session.record)}\n`);
  return exitCode;
}
