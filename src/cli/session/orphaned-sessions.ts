import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endSupervisedKd } from '../../debugger/supervised-kd.js';
import { isAlive } from '../../platform/processes.js';
import { removeControl } from '../../session/control.js';
import { forgetRun, supervisorPipe } from '../../session/run-directory.js';
import { loadRunRecord, type RunRecord, saveRunRecord } from '../../session/run-record.js';
import { printText } from '../terminal-text.js';

const LOOK_EVERY_MS = 50;
/** A kd of ours that is told to end frees its target first, and takes no longer for that. */
const FREEING_MS = 65_000;
const ENDING_MS = 5000;

const recordFile = ({ directory }: RunRecord): string => path.join(directory, 'run.json');

/** What is on disk of it now. */
const fresh = (record: RunRecord): RunRecord => loadRunRecord(recordFile(record)) ?? record;

/** Whether its target has been seen to run free since: by the session itself, or by a rescue. */
export function wasFreed(record: RunRecord): boolean {
  const { freed, left } = fresh(record);
  return freed !== undefined || left === 'freed';
}

/**
 * The target of an orphaned session is free: takes it off the list, and ends its kd, which holds the port for nothing, and a session that hangs.
 */
export async function cleanUpOrphan(known: RunRecord): Promise<void> {
  const record = fresh(known);
  await endHanging(record);
  record.freed = new Date().toISOString();
  saveRunRecord(recordFile(record), record);
  forgetRun(record.run);
  removeControl(record.run);
  const { pid, pid_start } = record.kd;
  const kept = await endSupervisedKd(supervisorPipe(record.run));
  const ended = !kept && pid !== undefined && pid_start !== undefined && isAlive(pid, pid_start);
  if (ended) await end(pid, pid_start, 'SIGKILL', ENDING_MS);
  if (kept || ended)
    process.stderr.write(
      `Ended the kd of the orphaned session ${record.run}${pid === undefined ? '' : ` (process ${pid})`}; the port is free.\n`,
    );
  else if (pid !== undefined && pid_start === undefined && process.platform !== 'linux')
    printText(`If kd (process ${pid}) is still open, leave it with Ctrl+B, Enter: the target is free.`);
}

/**
 * Ends what is left of a session whose pipe was no way to its target: the session itself where it hangs, and its kd, which holds
 * the port. A kd of ours is asked first, and frees its target if it can.
 */
export async function endOrphansKd(known: RunRecord): Promise<void> {
  const record = fresh(known);
  await endHanging(record);
  if (await endSupervisedKd(supervisorPipe(record.run))) return;
  const { pid, pid_start } = record.kd;
  if (pid === undefined || pid_start === undefined || !isAlive(pid, pid_start)) return;
  if (record.plan.vouches) {
    printText(
      `The kd of the orphaned session ${record.run} (process ${pid}) was told to release the target and to exit; this may take a minute.`,
    );
    if (await end(pid, pid_start, 'SIGTERM', FREEING_MS)) return;
  }
  printText(
    `The kd of the orphaned session ${record.run} (process ${pid}) holds the port and does not reach the target: terminating it.`,
  );
  await end(pid, pid_start, 'SIGKILL', ENDING_MS);
}

/**
 * Ends a session that lives and does not answer. It reads nothing of what its kd prints, which brings that to a standstill before long,
 * and it would arm the target again when it goes on.
 */
export async function endHanging({ run, ended, pid, pid_start }: RunRecord): Promise<void> {
  if (ended !== undefined || pid === process.pid || pid_start === undefined || !isAlive(pid, pid_start)) return;
  printText(`The session ${run} (process ${pid}) does not respond: terminating it.`);
  await end(pid, pid_start, 'SIGKILL', ENDING_MS);
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
