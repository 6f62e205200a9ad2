import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endKept } from '../debugger/kept-kd.js';
import { isAlive } from '../processes.js';
import { removeControl } from '../session/control.js';
import { forgetRun, keeperPipe } from '../session/run-directory.js';
import { loadRunRecord, type RunRecord } from '../session/run-record.js';

const LOOK_EVERY_MS = 50;
/** A kd of ours that is told to end frees its target first, and takes no longer for that. */
const FREEING_MS = 65_000;
const ENDING_MS = 5000;

/** The wreck's target is free: takes it off the list, and ends its kd, which holds the port for nothing. */
export async function buryWreck(record: RunRecord): Promise<void> {
  forgetRun(record.run);
  removeControl(record.run);
  const { pid, pid_start } = record.kd;
  const kept = await endKept(keeperPipe(record.run));
  const ended = !kept && pid !== undefined && pid_start !== undefined && isAlive(pid, pid_start);
  if (ended) await end(pid, pid_start, 'SIGKILL', ENDING_MS);
  if (kept || ended)
    process.stderr.write(
      `Ended the kd of the wreck${pid === undefined ? '' : ` (process ${pid})`}; the port is free.\n`,
    );
  else if (pid !== undefined && pid_start === undefined && process.platform !== 'linux')
    process.stderr.write(`If kd (process ${pid}) is still open, leave it with Ctrl+B, Enter: the target is free.\n`);
}

/**
 * Ends what is left of a session whose pipe was no way to its target: the session itself where it hangs, and its kd, which holds
 * the port. A kd of ours is asked first, and frees its target if it can.
 */
export async function endWrecksKd({ run, directory, ...known }: RunRecord): Promise<void> {
  if (await endKept(keeperPipe(run))) return;
  const record = loadRunRecord(path.join(directory, 'run.json')) ?? known;
  const { kd, pid, pid_start } = record;
  if (record.ended === undefined && pid !== process.pid && pid_start !== undefined && isAlive(pid, pid_start)) {
    process.stderr.write(`The session (process ${pid}) does not answer: ending it.\n`);
    await end(pid, pid_start, 'SIGKILL', ENDING_MS);
  }
  if (kd.pid === undefined || kd.pid_start === undefined || !isAlive(kd.pid, kd.pid_start)) return;
  if (record.plan.vouches) {
    process.stderr.write(
      `The kd of the wreck (process ${kd.pid}) is told to free the target and to end; it may take a minute.\n`,
    );
    if (await end(kd.pid, kd.pid_start, 'SIGTERM', FREEING_MS)) return;
  }
  process.stderr.write(
    `The kd of the wreck (process ${kd.pid}) holds the port and is no way to the target: ending it.\n`,
  );
  await end(kd.pid, kd.pid_start, 'SIGKILL', ENDING_MS);
}

/** @returns whether the process is gone */
async function end(pid: number, start: string, signal: 'SIGKILL' | 'SIGTERM', limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  try {
    process.kill(pid, signal);
    // One that is stopped ends only when it goes on.
    if (signal === 'SIGTERM') process.kill(pid, 'SIGCONT');
  } catch {
    // It has gone meanwhile, or is somebody else's.
  }
  while (isAlive(pid, start)) {
    if (performance.now() > until) return false;
    await pause(LOOK_EVERY_MS);
  }
  return true;
}
