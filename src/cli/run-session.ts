import { EXIT } from '../fault.js';
import type { LiveSession } from '../session/live-session.js';
import { forgetRun } from '../session/run-directory.js';
import { operate } from './operate.js';
import { lastWords } from './session-end.js';
import { SessionScreen } from './session-screen.js';

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
  process.stderr.write(`${lastWords(result, session.record)}\n`);
  return exitCode;
}
