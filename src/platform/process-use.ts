import { readdirSync, readFileSync } from 'node:fs';
import { EXIT, Fault } from '../fault.js';
import { windowsUse } from './windows/process-use.js';

/** What a process takes up. */
export interface ProcessUse {
  /** Memory that is its own; on Windows with the nonpaged pool of the whole system, where a pipe of kd's hides. */
  readonly bytes: number;
  /** Handles, or file descriptors. */
  readonly handles: number;
}

/** @throws Fault `no-process-use` where the platform does not tell, or the process is gone */
export async function processUse(pid: number): Promise<ProcessUse> {
  if (process.platform === 'win32') {
    const use = await windowsUse(pid);
    if (use) return use;
    throw unseen(pid);
  }
  try {
    const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return { bytes: Number(kilobytes ?? 0) * 1024, handles: readdirSync(`/proc/${pid}/fd`).length };
  } catch (error) {
    throw unseen(pid, error);
  }
}

function unseen(pid: number, cause?: unknown): Fault {
  return new Fault(
    'no-process-use',
    EXIT.missing,
    `Cannot read the memory use of process ${pid}.`,
    'Look at its memory and its handles yourself, on Windows in Task Manager.',
    cause === undefined ? undefined : { cause },
  );
}
