import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../../fault.js';
import { unreadable } from '../../report/read/read-log.js';

/** One log, in the pieces that rotation has made of it: a stack may begin in one and end in the next. */
export interface LogSource {
  /** What a report calls it. */
  readonly name: string;
  /** Oldest first; `-` alone is standard input. */
  readonly files: readonly string[];
}

/** A log of one piece, which is called as its file is. */
export function sourceOf(file: string): LogSource {
  return { name: file, files: [file] };
}

/** The bytes of all pieces, as if rotation had never been. @throws Fault `log-unreadable` that names the piece */
export async function* joinChunks(
  files: readonly string[],
  onBytes: (done: number) => void = () => {},
): AsyncGenerator<Buffer> {
  let done = 0;
  for (const file of files) {
    try {
      for await (const chunk of createReadStream(file)) {
        done += (chunk as Buffer).length;
        yield chunk as Buffer;
        onBytes(done);
      }
    } catch (error) {
      throw systemCode(error) === undefined ? error : unreadable(file, error);
    }
  }
}

/** Writes all pieces into one file in a folder. */
export async function joinInto(folder: string, name: string, files: readonly string[]): Promise<string> {
  const copy = path.join(folder, name);
  await pipeline(Readable.from(joinChunks(files)), createWriteStream(copy));
  return copy;
}
