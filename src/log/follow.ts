import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { systemCode } from '../fault.js';

const BLOCK = 65_536;
const LOOK_EVERY_MS = 200;

/**
 * The bytes of a file that grows, from an offset on, until the signal aborts; then what was still unread.
 * @param from byte to begin at; negative: so many bytes before the present end
 */
export async function* followFile(file: string, from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  let at: number | undefined;
  while (true) {
    const last = signal.aborted;
    for (let block = readAt(file, at ?? from); block; block = readAt(file, at ?? from)) {
      at = block.next;
      yield block.bytes;
    }
    if (last) return;
    await pause(LOOK_EVERY_MS, signal);
  }
}

function readAt(file: string, from: number): { bytes: Buffer; next: number } | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const size = fstatSync(descriptor).size;
    const start = from < 0 ? Math.max(0, size + from) : from > size ? 0 : from;
    const bytes = Buffer.alloc(Math.min(BLOCK, size - start));
    const read = readSync(descriptor, bytes, 0, bytes.length, start);
    return read > 0 ? { bytes: bytes.subarray(0, read), next: start + read } : undefined;
  } finally {
    closeSync(descriptor);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
