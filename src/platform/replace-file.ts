import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { systemCode } from '../fault.js';

/** Waits between two tries, in milliseconds: about one second in all, and the first of them are hardly felt. */
const WAITS = [2, 4, 8, 16, 32, 64, 128, 256, 512];
/** What Windows answers while somebody looks at a fresh file: a virus scanner, an indexer, a backup, another reader. */
const LOCKED: ReadonlySet<string | undefined> = new Set(['EPERM', 'EBUSY', 'EACCES']);

/**
 * Does something to a file that others on Windows may hold for a moment. It blocks: what is waited for is short, and nothing may
 * come between the tries.
 * @throws what the last try threw; on other systems, and for other errors, the first
 */
export function despiteLocks<T>(attempt: () => T, platform: NodeJS.Platform = process.platform): T {
  for (const wait of WAITS) {
    try {
      return attempt();
    } catch (error) {
      if (platform !== 'win32' || !LOCKED.has(systemCode(error))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
    }
  }
  return attempt();
}

/** Writes a file so that a reader sees the old text or the new one, never half of it. */
export function replaceFile(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  try {
    despiteLocks(() => renameSync(fresh, file));
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}
