import { readFileSync } from 'node:fs';
import { systemCode } from '../fault.js';

/**
 * Whether a process of that id runs; one that belongs to somebody else counts, one that only waits to be reaped does not.
 * @param start what `processStart` gave of it: an id is given to another process one day
 */
export function isAlive(pid: number, start?: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) !== 'EPERM') return false;
  }
  const stat = statOf(pid);
  if (stat === undefined) return true;
  return stat.state !== 'Z' && (start === undefined || start === stat.start);
}

/** When a process was started, in a form of the system's own that is only to be compared; undefined where it cannot be had. */
export function processStart(pid: number): string | undefined {
  return statOf(pid)?.start;
}

// Source: proc(5), fields 3 (state) and 22 (starttime, clock ticks since boot); the name in field 2 may hold anything.
function statOf(pid: number): { readonly state: string; readonly start: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', start: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}
