import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ReadLog } from '../report/build.js';
import { readLogFile, readLogStream } from '../report/read-log.js';
import { sessionTimes } from '../report/session-events.js';
import { readingProgress } from './reading-progress.js';

/** Logs that were read, and where the text of each can be read again. */
export interface ReadLogs {
  readonly logs: readonly ReadLog[];
  readonly files: readonly (string | undefined)[];
}

export interface LogOptions {
  readonly threads?: number | undefined;
  /** kd's text will be asked for: standard input has to be kept. */
  readonly keepText?: boolean;
}

/** Reads logs by their names, `-` for standard input, with a progress bar for long work. */
export async function withLogs<T>(
  names: readonly string[],
  { threads, keepText = false }: LogOptions,
  use: (read: ReadLogs) => Promise<T>,
): Promise<T> {
  const folder = keepText && names.includes('-') ? await mkdtemp(path.join(os.tmpdir(), 'livedebug-')) : undefined;
  const progress = readingProgress(await sizeOf(names));
  try {
    const logs: ReadLog[] = [];
    const files: (string | undefined)[] = [];
    for (const name of names) {
      const file = name === '-' ? folder && (await spool(folder)) : name;
      const options = { ...(threads !== undefined && { threads }), onProgress: progress.show };
      const findings = file === undefined ? await readLogStream(process.stdin) : await readLogFile(file, options);
      logs.push({ name, findings, events: sessionTimes(name, findings.bytes) });
      files.push(file);
      progress.next();
    }
    progress.end();
    return await use({ logs, files });
  } finally {
    progress.end();
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

async function spool(folder: string): Promise<string> {
  const file = path.join(folder, 'standard-input.log');
  await pipeline(process.stdin, createWriteStream(file));
  return file;
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
