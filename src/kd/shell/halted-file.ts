import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { formatHaltedFile, parseHaltedFile } from '../../kd-text/listings/halted-total.js';
import type { Running } from '../control/resume/run-state.js';
import type { Timers } from '../wire/timers.js';

/** So often it is written, ms: a session that shows it does so about once a second. */
const EVERY_MS = 250;

/**
 * Keeps a file that says how many milliseconds the target has stood still, those of earlier kds of the same session included:
 * the console has no place for it while the target runs. A file that cannot be written is no reason to disturb anything.
 * @param target what this kd knows of the target: how long it has stood still for it, in milliseconds, and whether it runs
 * @returns writes the last figure, and ends
 */
export function keepHaltedFile(
  file: string,
  target: { readonly haltedMs: number; readonly running: Running },
  timers: Timers,
): () => void {
  let { ms: before, stoodAt } = readBefore(file);
  let descriptor: number | undefined;
  let last: string | undefined;
  let cancel = (): void => {};
  const write = (): void => {
    const { haltedMs, running } = target;
    if (stoodAt !== undefined && running !== 'unknown') {
      // It stood when an earlier kd went, and stands when this one finds it: it has stood all the time.
      if (running === 'halted') before += Math.max(0, Date.now() - haltedMs - stoodAt);
      stoodAt = undefined;
    }
    const text = formatHaltedFile({ ms: before + haltedMs, stands: running === 'halted' });
    if (text === last) return;
    try {
      descriptor ??= openSync(file, 'w', 0o600);
      writeSync(descriptor, text, 0);
      last = text;
    } catch {
      // What is shown then is an estimate.
    }
  };
  const tick = (): void => {
    // The word of a kd that is gone stays until there is a better one.
    if (target.running !== 'unknown' || stoodAt === undefined) write();
    cancel = timers.after(EVERY_MS, tick);
  };
  tick();
  return () => {
    cancel();
    write();
    if (descriptor !== undefined) closeSync(descriptor);
  };
}

/** What an earlier kd has left: milliseconds of standstill, and when it wrote that the target stands (ms since 1970). */
function readBefore(file: string): { ms: number; stoodAt: number | undefined } {
  try {
    const { ms, stands } = parseHaltedFile(readFileSync(file, 'latin1')) ?? { ms: 0, stands: false };
    return { ms, stoodAt: stands ? statSync(file).mtimeMs : undefined };
  } catch {
    return { ms: 0, stoodAt: undefined };
  }
}
