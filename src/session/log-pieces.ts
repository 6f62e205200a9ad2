import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RunRecord } from './run-record.js';

// Finds the pieces of a log that was rotated. It reads no log.

/** `debug.log` and what rotation has made of it, oldest first: `debug.1.log`, `debug.2.log`, …, `debug.log`. Only what is there. */
export function piecesOf(log: string): string[] {
  const { dir, name, ext } = path.parse(path.resolve(log));
  const numbered = namesIn(dir).flatMap((each) => {
    const number =
      each.startsWith(`${name}.`) && each.endsWith(ext) ? each.slice(name.length + 1, -ext.length || undefined) : '';
    return /^[1-9]\d*$/.test(number) ? [{ file: path.join(dir, each), number: Number(number) }] : [];
  });
  const older = numbered.sort((a, b) => a.number - b.number).map(({ file }) => file);
  return [...older, path.resolve(log)].filter(isThere);
}

/**
 * The logs of a run, oldest first.
 * @param directory where the run directory is now: it may have been copied from another host
 */
export function logsOfRun(directory: string, record: RunRecord | undefined): string[] {
  const own = piecesOf(path.join(directory, 'debug.log'));
  if (own.length > 0 || record === undefined) return own;
  // Beside a log that --log put elsewhere may lie those of other runs: what the record names is known, and what is no older than the run.
  const since = Date.parse(record.started);
  const named = new Set(record.logs ?? []);
  return piecesOf(record.log).filter(
    (file) => named.has(file) || file === path.resolve(record.log) || changed(file) >= since,
  );
}

/** The names in a folder; none where there is no such folder, or nobody may look into it. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function changed(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
