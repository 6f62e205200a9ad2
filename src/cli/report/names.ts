import { statSync } from 'node:fs';
import path from 'node:path';
import { EXIT, Fault } from '../../fault.js';
import { runsDirectory } from '../../session/home.js';
import { logsOfRun } from '../../session/log-pieces.js';
import { loadRunRecord } from '../../session/run-record.js';
import { knownRuns, type Run } from '../../session/runs.js';
import { type LogSource, sourceOf } from './log-source.js';

/** What a report is made from. */
export interface NamedLogs {
  readonly sources: readonly LogSource[];
  /** The run directory, where all of them are of one run. */
  readonly directory?: string;
}

/**
 * The logs that were named: files, run directories and runs, each with all pieces of its log in their order.
 * A file of that name comes before a run of it.
 * @throws Fault `no-log-named`, `no-run`, `run-ambiguous`, `run-without-log`, `log-missing`
 */
export function logsNamed(names: readonly string[], last: boolean): NamedLogs {
  if (last && names.length > 0)
    throw usage('last-and-names', 'Both --last and a log were given.', 'Give one of the two.');
  if (last) return ofRun(lastRun());
  if (names.length === 0)
    throw usage(
      'no-log-named',
      'No log was named.',
      'Name a debug.log, a run directory or a run, or take the last run: livedebug report --last',
    );
  const all = names.map(logsOf);
  const [only] = all;
  return all.length === 1 && only ? only : { sources: all.flatMap(({ sources }) => sources) };
}

function logsOf(name: string): NamedLogs {
  const there = name === '-' ? undefined : statSync(name, { throwIfNoEntry: false });
  if (there?.isDirectory()) {
    const record = loadRunRecord(path.join(name, 'run.json'));
    const logs = logsOfRun(name, record);
    // A folder that is no run directory is refused by whoever reads it.
    if (logs.length > 0) return { sources: [{ name: path.resolve(name), files: logs }], directory: name };
    return record ? noLog(record.run, name) : { sources: [sourceOf(name)] };
  }
  if (name === '-' || there || /[\\/]/.test(name)) return { sources: [sourceOf(name)] };
  const run = runNamed(name);
  if (run) return ofRun(run);
  // What looks like a file is refused by whoever reads it.
  if (name.includes('.')) return { sources: [sourceOf(name)] };
  throw usage(
    'log-missing',
    `There is no file '${name}', and no run of that name.`,
    'A session leaves its log as debug.log in the run directory it names at the end; livedebug runs lists the runs.',
  );
}

/** By its whole name, or by a part that only one has. */
function runNamed(name: string): Run | undefined {
  const runs = knownRuns();
  const exact = runs.find(({ run }) => run === name);
  const like = runs.filter(({ run }) => run.includes(name));
  if (exact || like.length < 2) return exact ?? like[0];
  throw usage(
    'run-ambiguous',
    `'${name}' is part of the names of ${like.length} runs: ${like
      .slice(-5)
      .map(({ run }) => run)
      .join(', ')}${like.length > 5 ? ' and others' : ''}.`,
    'Name one of them; livedebug runs lists all.',
  );
}

/** A rescue collects nothing. */
function lastRun(): Run {
  const runs = knownRuns().filter(
    ({ record, directory }) =>
      record !== undefined && record.plan.goal !== 'release' && logsOfRun(directory, record).length > 0,
  );
  const last = runs.at(-1);
  if (last) return last;
  throw new Fault(
    'no-run',
    EXIT.usage,
    `There is no run with a log in ${runsDirectory()}.`,
    'Name a log, or the run directory of a session that had --run-dir or another LIVEDEBUG_HOME.',
  );
}

function ofRun({ run, directory, record }: Run): NamedLogs {
  const logs = logsOfRun(directory, record);
  return logs.length > 0 ? { sources: [{ name: directory, files: logs }], directory } : noLog(run, directory);
}

function noLog(run: string, directory: string): never {
  throw new Fault(
    'run-without-log',
    EXIT.usage,
    `The run ${run} has no log in ${directory} any more.`,
    'livedebug runs lists the runs that are there.',
  );
}

function usage(code: string, message: string, remedy: string): Fault {
  return new Fault(code, EXIT.usage, message, remedy);
}
