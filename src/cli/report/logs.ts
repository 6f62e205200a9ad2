import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ReadLog } from '../../report/build/build.js';
import { PoolReader } from '../../report/pool/pool-reader.js';
import { readingPool, readPoolFile } from '../../report/pool/read-pool.js';
import { readLogFile, readLogStream } from '../../report/read/read-log.js';
import { sessionTimes } from '../../report/read/session-events.js';
import { joinChunks, joinInto, type LogSource, sourceOf } from './log-source.js';
import { readingProgress } from './reading-progress.js';

/** Logs that were read, and where the text of each can be read again. */
export interface ReadLogs {
  readonly logs: readonly ReadLog[];
  readonly files: readonly (string | undefined)[];
  /** What they say of pool besides stacks. */
  readonly pool: PoolReader;
}

export interface ReportLogOptions {
  readonly threads?: number | undefined;
  /** kd's text will be asked for: standard input has to be kept. */
  readonly keepText?: boolean;
  /** Different stacks that are kept apart, for whoever has little memory. */
  readonly most?: number;
}

/** Reads logs, `-` for standard input, with a progress bar for long work. */
export async function withLogs<T>(
  given: readonly (LogSource | string)[],
  { threads, keepText = false, most }: ReportLogOptions,
  use: (read: ReadLogs) => Promise<T>,
): Promise<T> {
  const sources = given.map((each) => (typeof each === 'string' ? sourceOf(each) : each));
  const progress = readingProgress(await sizeOf(sources.flatMap((each) => each.files)));
  const copies = new Copies();
  const pool = new PoolReader();
  const passing = (stream: AsyncIterable<Uint8Array>) => readingPool(stream, pool);
  try {
    const logs: ReadLog[] = [];
    const files: (string | undefined)[] = [];
    for (const { name, files: pieces } of sources) {
      const last = pieces.at(-1) ?? name;
      const file = keepText ? await copies.fileOf(pieces) : pieces.length > 1 || last === '-' ? undefined : last;
      const options = {
        ...(threads !== undefined && { threads }),
        ...(most !== undefined && { most }),
        onProgress: progress.show,
        passing,
      };
      pool.begin();
      const findings =
        file !== undefined
          ? await readLogFile(file, options)
          : await readLogStream(passing(last === '-' ? process.stdin : joinChunks(pieces, progress.show)));
      pool.end(file !== undefined && (await isFile(file)) ? await readPoolFile(file, pool) : undefined);
      logs.push({ name, findings, events: sessionTimes(last, findings.bytes) });
      files.push(file);
      progress.next();
    }
    progress.end();
    return await use({ logs, files, pool });
  } finally {
    progress.end();
    await copies.remove();
  }
}

/** Copies of what can be read only once, standard input and pipes, and of what lies in pieces. */
class Copies {
  #folder: string | undefined;
  #count = 0;

  /** A file with the log in it: the log itself, or a copy. */
  async fileOf(pieces: readonly string[]): Promise<string> {
    const [name = ''] = pieces;
    if (pieces.length > 1) return joinInto(await this.#place(), `${++this.#count}.log`, pieces);
    const once =
      name === '-' ||
      (await stat(name).then(
        (of) => of.isFIFO(),
        () => false,
      ));
    if (!once) return name;
    const copy = path.join(await this.#place(), `${++this.#count}.log`);
    await pipeline(name === '-' ? process.stdin : createReadStream(name), createWriteStream(copy));
    return copy;
  }

  async #place(): Promise<string> {
    this.#folder ??= await mkdtemp(path.join(os.tmpdir(), 'livedebug-'));
    return this.#folder;
  }

  async remove(): Promise<void> {
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true });
  }
}

async function isFile(name: string): Promise<boolean> {
  return stat(name).then(
    (of) => of.isFile(),
    () => false,
  );
}

async function sizeOf(names: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    names.map((name) =>
      stat(name).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
