import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { PoolReader } from './pool-reader.js';

const CHUNK = 1024 * 1024;

/**
 * Reads what a file says of pool besides stacks. A file that cannot be read any more is left out: whoever reads its stacks says so.
 * @returns when the file was written, in milliseconds since 1970; undefined where that is not known
 */
export async function readPoolFile(file: string, reader: PoolReader): Promise<number | undefined> {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const chunk = Buffer.alloc(CHUNK);
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      reader.push(chunk.subarray(0, read));
      await setImmediate();
    }
    return statSync(file).mtimeMs;
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** A stream whose bytes are read for pool as they pass: it can be read but once. */
export async function* readingPool(stream: AsyncIterable<Uint8Array>, reader: PoolReader): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    reader.push(chunk);
    yield chunk;
  }
}
