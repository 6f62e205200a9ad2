import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { EXIT, Fault, systemCode } from '../fault.js';
import { isAlive, processStart } from '../platform/processes.js';

/**
 * Claims a log for this process by a file beside it, so that two sessions never mix their bytes. A claim whose owner is gone is void.
 * @returns what gives the claim back
 * @throws Fault `log-busy` when a live process holds it
 */
export function lockLog(log: string): () => void {
  const claim = claimFile(`${log}.lock`);
  if (claim.held) return claim.release;
  throw logBusy(log, claim.owner);
}

export type Claim =
  | { readonly held: true; readonly release: () => void }
  /** Process id of the one that holds it, where it can be read. */
  | { readonly held: false; readonly owner: number | undefined };

/**
 * Makes a lock file of this process. One whose owner is gone is void.
 * @throws the system's error when the file can neither be made nor read
 */
export function claimFile(lock: string): Claim {
  for (let attempt = 0; ; attempt++) {
    try {
      const file = openSync(lock, 'wx', 0o600);
      writeSync(file, `${process.pid} ${processStart(process.pid) ?? ''}\n`);
      closeSync(file);
      return { held: true, release: () => remove(lock) };
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      const owner = ownerOf(lock);
      if ((owner && isAlive(owner.pid, owner.start)) || attempt > 1) return { held: false, owner: owner?.pid };
      remove(lock);
    }
  }
}

function ownerOf(lock: string): { readonly pid: number; readonly start?: string } | undefined {
  try {
    const [id, start] = readFileSync(lock, 'utf8').trim().split(' ');
    const pid = Number(id);
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    return { pid, ...(start && { start }) };
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

function logBusy(log: string, owner: number | undefined): Fault {
  const who = owner === undefined ? 'another session' : `process ${owner}`;
  return new Fault('log-busy', EXIT.busy, `${log} is being written by ${who}.`, 'Name another file with --log.');
}
