import { lstatSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { isAlive } from '../platform/processes.js';
import { runsDirectory, sessionsDirectory } from './home.js';
import { logsOfRun, namesIn } from './log-pieces.js';
import { loadRunRecord, type RunRecord } from './run-record.js';

// The runs of this host, for listing and pruning. It removes none whose target is not known to run.

/** A run on this host: its session may be alive, over, or lost. */
export interface Run {
  readonly run: string;
  readonly directory: string;
  /** Undefined where run.json cannot be read. */
  readonly record: RunRecord | undefined;
}

/** Why a run has to stay. */
export type Keeping = 'alive' | 'target-unknown' | 'no-record';

/** The runs of this host, oldest first: those below the program's home, and those that --run-dir put elsewhere. */
export function knownRuns(): Run[] {
  const runs = new Map<string, Run>();
  const home = runsDirectory();
  for (const name of namesIn(home)) {
    const place = path.join(home, name);
    // A link may lead anywhere, and what it leads to is nobody's to clean up.
    if (lstatSync(place, { throwIfNoEntry: false })?.isDirectory())
      runs.set(name, { run: name, directory: place, record: loadRunRecord(path.join(place, 'run.json')) });
  }
  for (const pointer of [...pointersIn(home), ...pointersIn(sessionsDirectory())]) {
    const record = loadRunRecord(path.join(pointer.directory, 'run.json'));
    if (record?.run === pointer.run && !runs.has(pointer.run)) runs.set(pointer.run, { ...pointer, record });
  }
  return [...runs.values()].sort((a, b) => (a.run < b.run ? -1 : 1));
}

/** Why a run must not be removed; undefined where nothing depends on it any more. */
export function whyKept({ record }: Run): Keeping | undefined {
  if (record === undefined) return 'no-record';
  if (record.freed !== undefined) return undefined;
  // A session of another host that shares this folder cannot be looked at: it is over when it says so.
  if (record.ended === undefined) return isAlive(record.pid, record.pid_start) ? 'alive' : 'target-unknown';
  if (record.exit_code === 20) return 'target-unknown';
  const { left, disposition } = record;
  // What was never reached, or never touched, stands as it stood before.
  const known = left === 'freed' || left === 'unreached' || left === 'untouched' || disposition === 'running';
  return known ? undefined : 'target-unknown';
}

/** Bytes of a run on disk, its logs included wherever they lie. */
export function sizeOfRun({ directory, record }: Run): number {
  const logs = logsOfRun(directory, record).filter((file) => path.dirname(file) !== path.resolve(directory));
  return bytesOf([...filesIn(directory), ...logs]);
}

/** Bytes that the removal of a run gives back: a log that --log put elsewhere stays, and so does what is none of ours. */
export function removableBytes(run: Run): number {
  return bytesOf(filesIn(run.directory).filter((file) => isBelowHome(run) || isOurs(file)));
}

/** When a run was over, or last changed; ms since 1970. */
export function endOfRun({ directory, record }: Run): number {
  const time = Date.parse(record?.ended ?? record?.started ?? '');
  return Number.isNaN(time) ? (statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) : time;
}

/** What a session leaves in its run directory. */
const OURS =
  /^(?:(?:debug|kd)(?:\.\d+)?\.log|events\.ndjson|run\.json|livedebug\.log|rescue\.log|halted|report\.html)$/;

/** Removes a run. From a folder that somebody chose with --run-dir only what the session has left there. */
export function removeRun(of: Run): void {
  const { run, directory } = of;
  if (isBelowHome(of)) rmSync(directory, { recursive: true, force: true });
  else {
    for (const file of filesIn(directory)) if (isOurs(file)) rmSync(file, { force: true });
    if (namesIn(directory).length === 0) rmdirSync(directory);
  }
  for (const folder of [runsDirectory(), sessionsDirectory()])
    rmSync(path.join(folder, `${run}.json`), { force: true });
}

function isBelowHome({ directory }: Run): boolean {
  return path.dirname(path.resolve(directory)) === path.resolve(runsDirectory());
}

function isOurs(file: string): boolean {
  return OURS.test(path.basename(file));
}

function bytesOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Files that say where a run directory is: `{"run":…,"directory":…}`. */
function pointersIn(folder: string): { run: string; directory: string }[] {
  return namesIn(folder).flatMap((name) => {
    if (!name.endsWith('.json')) return [];
    try {
      const { run, directory } = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, unknown>;
      return typeof run === 'string' && typeof directory === 'string' ? [{ run, directory }] : [];
    } catch {
      return [];
    }
  });
}

function filesIn(folder: string): string[] {
  return namesIn(folder)
    .map((name) => path.join(folder, name))
    .filter((file) => lstatSync(file, { throwIfNoEntry: false })?.isFile());
}
