import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { EXIT, Fault, systemCode } from '../fault.js';

/**
 * Claims a log for this process by a file beside it, so that two sessions never mix their bytes. A claim whose owner is gone is void.
 * @returns what gives the claim back
 * @throws Fault `log-busy` when a live process holds it
 */
export function lockLog(log: string): () => void {
  const lock = `${log}.lock`;
  for (let attempt = 0; ; attempt++) {
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      return () => remove(lock);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      const owner = ownerOf(lock);
      if (owner !== undefined && isAlive(owner)) throw logBusy(log, owner);
      if (attempt > 1) throw logBusy(log, owner);
      remove(lock);
    }
  }
}

function ownerOf(lock: string): number | undefined {
  try {
    const pid = Number(readFileSync(lock, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Whether a process of that id runs; one that belongs to somebody else counts, one that only waits to be reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

function logBusy(log: string, owner: number | undefined): Fault {
  const who = owner === undefined ? 'another session' : `process ${owner}`;
  return new Fault('log-busy', EXIT.busy, `${log} is being written by ${who}.`, 'Name another file with --log.');
}
