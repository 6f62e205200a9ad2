import { readFileSync, statSync } from 'node:fs';
import { EXIT, type ExitCode } from '../../fault.js';
import { cleanLines } from '../../platform/clean-text.js';
import type { LiveSession } from '../../session/live-session.js';
import type { SessionRecord } from '../../session/records.js';
import { forgetRun } from '../../session/run-directory.js';
import type { RunRecord } from '../../session/run-record.js';
import { internalFault, printFault } from '../json-records.js';
import { printText } from '../terminal-text.js';
import { lastWords, rescueSteps } from './end.js';
import { connectOperator, type OperatedSession, sessionOver } from './operator-input.js';
import { writePage } from './page.js';
import { SessionScreen } from './screen.js';
import { ReportSnapshot } from './snapshot.js';

const WORDS = 1500;

/** The end of what kd said: with a session that never collected, that is where the reason stands. */
function kdsWords(log: string): string {
  try {
    if (!statSync(log).isFile()) return '';
    const text = readFileSync(log, 'latin1').slice(-WORDS).trim();
    return text === '' ? '' : `kd said:\n${cleanLines(text).replace(/^/gm, '  ')}\n`;
  } catch {
    return '';
  }
}

/** A fault of ours in the middle of a session: nothing can be trusted any more, and nobody may be left in the dark. */
function crash(session: LiveSession, error: unknown, json: boolean): never {
  const { armed, target, phase } = session.status();
  const untouched =
    !armed && target !== 'halted' && (phase === 'starting' || phase === 'waiting' || phase === 'connected');
  const fault = internalFault(error);
  printText(`livedebug: internal error: ${fault.message}`);
  if (!untouched) printText(rescueSteps('livedebug itself has failed; kd still runs', session.record));
  if (session.kept) printText(`Rescue started automatically; its output is in ${session.kept}`);
  const exitCode = untouched ? EXIT.fault : EXIT.maybeHalted;
  if (json) printFault({ ...fault, exitCode });
  process.exit(exitCode);
}

/** Whether a key may disturb an armed target. A status that cannot be made up must not end a session. */
function mayBeArmed(session: LiveSession): boolean {
  try {
    return session.status().armed;
  } catch {
    return true;
  }
}

/**
 * Shows and operates a session until its end.
 * @param words what is said at its end
 * @returns its result record
 */
export async function runSession(
  session: LiveSession,
  json: boolean,
  words: (result: SessionRecord, run: RunRecord) => string = lastWords,
): Promise<SessionRecord> {
  const screen = new SessionScreen(json, () => session.status());
  session.onRecord((record) => screen.record(record));
  const snapshot = new ReportSnapshot(session.record.directory, (line) => screen.say(line));
  const operated: OperatedSession = {
    breakIn: () => session.breakIn(),
    release: (reason, exitCode) => session.release(reason, exitCode),
    leave: () => session.leave(),
    isArmed: () => mayBeArmed(session),
    snapshot: () => snapshot.take(),
  };
  const untie = connectOperator(operated, (line) => screen.say(line));
  if (process.stdin.isTTY && process.stderr.isTTY) screen.say('Press ? for the keys.');
  const crashed = (error: unknown): void => crash(session, error, json);
  process.once('uncaughtException', crashed);
  const result = await session.run();
  process.off('uncaughtException', crashed);
  untie();
  snapshot.close();
  screen.close();
  const exitCode = Number(result.exit_code) as ExitCode;
  if (exitCode !== EXIT.maybeHalted) forgetRun(session.record.run);
  if (exitCode !== EXIT.done && Number(result.hits) === 0) process.stderr.write(kdsWords(session.record.log));
  printText(words(result, session.record));
  if (Number(result.hits) > 0 && exitCode !== EXIT.maybeHalted) {
    sessionOver(exitCode);
    printText(await writePage(session, String(result.directory)));
  }
  return result;
}
