import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT, Fault, messageOf } from '../fault.js';
import { checkFileName } from '../platform/file-name.js';
import { checkPipeDirectory } from '../platform/pipes/pipe-path.js';
import { despiteLocks } from '../platform/replace-file.js';
import { runsDirectory, sessionsDirectory } from './home.js';

// The files of one run, and this host's list of runs. What is in run.json is in run-record.ts.

/** The places of one session on disk. */
export interface RunDirectory {
  /** Sorts by time and says what the session was for: `20261123-093012-Ddk-4f1a`. */
  readonly run: string;
  readonly directory: string;
  readonly log: string;
  readonly kdLog: string;
  /** How many milliseconds the target has stood still, as a kd of ours measures it. */
  readonly halted: string;
  readonly events: string;
  readonly record: string;
  readonly diagnostics: string;
  /** What the rescue said that a supervisor started because the session had died. */
  readonly rescueLog: string;
}

/** The pipe of the supervisor of a session's kd. */
export function supervisorPipe(run: string): string {
  return `keeper-${run}`;
}

/** Room for a file of the run directory: kd keeps its own log there, and starts in it. */
const LONGEST_NAME = '\\events.ndjson'.length;

/**
 * Makes the run directory of a new session and enters it in this host's list of sessions.
 * @param wanted `--run-dir`; default: a new folder below the program's home
 * @throws Fault `pipe-directory`, `run-directory`, `bad-file-name`, `path-too-long`
 */
export function createRunDirectory(label: string, now: Date, wanted?: string, logFile?: string): RunDirectory {
  const run = `${stamp(now)}-${label.trim().replace(/[^A-Za-z0-9]+/g, '_') || 'tag'}-${randomBytes(2).toString('hex')}`;
  const directory = path.resolve(wanted ?? path.join(runsDirectory(), run));
  const sessions = sessionsDirectory();
  checkPipeDirectory();
  checkFileName(directory, LONGEST_NAME);
  if (logFile !== undefined) checkFileName(logFile);
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const pointers = [sessions, ...(wanted === undefined ? [] : [runsDirectory()])];
    for (const folder of pointers) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(path.join(folder, `${run}.json`), `${JSON.stringify({ run, directory })}\n`, { mode: 0o600 });
    }
  } catch (error) {
    throw new Fault(
      'run-directory',
      EXIT.missing,
      `The run directory ${directory} cannot be made: ${messageOf(error)}.`,
      'Name a place you may write to with --run-dir, or set LIVEDEBUG_HOME.',
      { cause: error },
    );
  }
  return {
    run,
    directory,
    log: path.resolve(logFile ?? path.join(directory, 'debug.log')),
    kdLog: path.join(directory, 'kd.log'),
    halted: path.join(directory, 'halted'),
    events: path.join(directory, 'events.ndjson'),
    record: path.join(directory, 'run.json'),
    diagnostics: path.join(directory, 'livedebug.log'),
    rescueLog: path.join(directory, 'rescue.log'),
  };
}

/** Takes a session off this host's list; its run directory stays. An entry that is held is taken off the next time. */
export function forgetRun(run: string): void {
  try {
    despiteLocks(() => rmSync(path.join(sessionsDirectory(), `${run}.json`), { force: true }));
  } catch (error) {
    if (process.platform !== 'win32') throw error;
  }
}

function stamp(now: Date): string {
  return now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
}
