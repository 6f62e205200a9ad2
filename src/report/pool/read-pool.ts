import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { PoolReader } from './pool-reader.js';
import { LOOKED_AT, tells } from './text-lines.js';

const CHUNK = 512 * 1024;

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
    const { size, mtimeMs } = statSync(file);
    const until = (await mayTell(descriptor)) ? size : LOOKED_AT;
    for await (const chunk of chunksOf(descriptor)) {
      reader.push(chunk.bytes);
      if (chunk.at + chunk.bytes.length >= until && until < size) break;
    }
    return mtimeMs;
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** Whether a file has to be read line by line. */
async function mayTell(descriptor: number): Promise<boolean> {
  let before = Buffer.alloc(0);
  for await (const { bytes, at } of chunksOf(descriptor)) {
    // UTF-16 has to be converted first.
    if (at === 0 && (bytes.subarray(0, 4).includes(0) || (bytes[0] ?? 0) >= 0xfe)) return true;
    if (tells(before, bytes)) return true;
    before = Buffer.from(bytes.subarray(-64));
  }
  return false;
}

/** The bytes of a file in turn; each chunk is valid until the next. */
async function* chunksOf(descriptor: number): AsyncGenerator<{ readonly bytes: Buffer; readonly at: number }> {
  const chunk = Buffer.alloc(CHUNK);
  let at = 0;
  for (
    let read = readSync(descriptor, chunk, 0, CHUNK, at);
    read > 0;
    read = readSync(descriptor, chunk, 0, CHUNK, at)
  ) {
    yield { bytes: chunk.subarray(0, read), at };
    at += read;
    await setImmediate();
  }
}

/** A stream whose bytes are read for pool as they pass: it can be read but once. */
export async function* readingPool(stream: AsyncIterable<Uint8Array>, reader: PoolReader): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    reader.push(chunk);
    yield chunk;
  }
}
