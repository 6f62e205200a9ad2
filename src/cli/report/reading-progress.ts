import { performance } from 'node:perf_hooks';
import { formatBytes, formatMs } from '../units.js';

const AFTER_MS = 400;
const EVERY_MS = 100;
const HEARTBEAT_MS = 10_000;
const BAR = 24;

export interface ReadingProgress {
  /** So many bytes of the log at hand are read. */
  readonly show: (done: number) => void;
  /** The log at hand is done. */
  readonly next: () => void;
  readonly end: () => void;
}

/** Shows on standard error how far reading has come, if it takes long: a bar at a terminal, a line now and then in a pipe. */
export function readingProgress(size: number): ReadingProgress {
  const started = performance.now();
  const terminal = process.stderr.isTTY;
  let shown = started + (terminal ? AFTER_MS : HEARTBEAT_MS);
  let before = 0;
  let newest = 0;
  let drawn = false;
  const show = (done: number): void => {
    newest = done;
    const now = performance.now();
    if (now < shown || size === 0) return;
    shown = now + (terminal ? EVERY_MS : HEARTBEAT_MS);
    const text = lineOf(before + done, size, now - started);
    process.stderr.write(terminal ? `\r${text}\x1b[K` : `${text}\n`);
    drawn = terminal;
  };
  return {
    show,
    next: () => {
      before += newest;
      newest = 0;
    },
    end: () => {
      if (drawn) process.stderr.write('\r\x1b[K');
      drawn = false;
    },
  };
}

function lineOf(done: number, size: number, ms: number): string {
  const part = Math.min(1, done / size);
  const filled = Math.round(part * BAR);
  const left = part > 0 ? `, ${formatMs((ms / part) * (1 - part))} left` : '';
  return `Reading [${'#'.repeat(filled)}${' '.repeat(BAR - filled)}] ${Math.floor(part * 100)} % of ${formatBytes(size)}${left}`;
}
