import { closeSync, createReadStream, fstatSync, openSync, readSync, statSync } from 'node:fs';
import os from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { EXIT, Fault, messageOf, systemCode } from '../../fault.js';
import type { Findings } from '../../stacks/findings.js';
import { FindingsSum } from '../../stacks/findings-sum.js';
import { HitReader } from '../../stacks/read/hit-reader.js';
import { EncodingGate } from '../../stacks/read/line-text.js';
import { PartReader } from './part-reader.js';
import { ReadingThreads } from './reading-threads.js';

/** Below this a second thread costs more than it brings. */
const PARALLEL_FROM = 48 * 1024 * 1024;
/** Each thread has memory of its own; more of them than this would not be flat any more. */
const MOST_THREADS = 4;
export interface ReadOptions {
  /** Called now and then with the bytes read so far, and those there are. */
  readonly onProgress?: (done: number, size: number) => void;
  /** Threads to use, and to wait for; by default as many as there are cores, if the log is large, as soon as they are ready. */
  readonly threads?: number;
  /** Different stacks that are kept apart, for whoever has little memory; one thread reads then. */
  readonly most?: number;
  /** Takes what comes from a pipe on its way: it can be read but once. */
  readonly passing?: (stream: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

/** Reads a whole log from a file. @throws Fault `log-unreadable` that says why */
export async function readLogFile(file: string, options: ReadOptions = {}): Promise<Findings> {
  try {
    // A pipe (`<(zcat debug.log.gz)`) has no places to read at, and can be opened but once.
    if (!statSync(file).isFile()) {
      const stream = createReadStream(file);
      return await readLogStream(options.passing?.(stream) ?? stream);
    }
    const descriptor = openSync(file, 'r');
    try {
      return await readDescriptor(file, descriptor, options);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw isOf(file, error) ? unreadable(file, error) : error;
  }
}

/** The system's refusal of this file; anything else is no matter of the log. */
function isOf(file: string, error: unknown): boolean {
  if (systemCode(error) === undefined) return false;
  return !(error instanceof Error && 'path' in error) || error.path === file;
}

/** Reads a log from a stream, to its end. */
export async function readLogStream(stream: AsyncIterable<Uint8Array>): Promise<Findings> {
  const reader = new HitReader();
  for await (const chunk of stream) reader.push(chunk);
  reader.end();
  return reader.findings();
}

async function readDescriptor(file: string, descriptor: number, options: ReadOptions): Promise<Findings> {
  const { size } = fstatSync(descriptor);
  const one = size < PARALLEL_FROM || options.most !== undefined;
  const wanted = options.threads ?? (one ? 1 : Math.min(os.availableParallelism(), MOST_THREADS));
  const threads =
    wanted > 1 && isPlain(descriptor) ? new ReadingThreads(descriptor, file, size, wanted - 1) : undefined;
  const own = new PartReader(descriptor, 0, size, [], options.most);
  try {
    while (own.stride() > 0) {
      options.onProgress?.(own.at + (threads?.done ?? 0), size);
      await (options.threads === undefined ? setImmediate() : threads?.ready);
      threads?.share(own);
    }
    own.reader.end();
    return summed([own.reader.findings(), ...((await threads?.findings()) ?? [])]);
  } finally {
    threads?.end();
  }
}

function summed(parts: readonly Findings[]): Findings {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const sum = new FindingsSum();
  for (const part of parts) sum.add(part);
  return sum.findings;
}

/** UTF-16 has to be read from its start, in one piece. */
function isPlain(descriptor: number): boolean {
  const head = Buffer.alloc(4);
  const gate = new EncodingGate();
  gate.push(head.subarray(0, readSync(descriptor, head, 0, head.length, 0)));
  gate.end();
  return gate.encoding === 'plain';
}

/** Why a log could not be read, and what to do. */
export function unreadable(path: string, error: unknown): Fault {
  const permission: [string, string] = [
    `'${path}' may not be read by you.`,
    'Ask for read permission, or copy the log with an account that has it.',
  ];
  const why: Readonly<Record<string, [string, string]>> = {
    ENOENT: [
      `There is no file '${path}'.`,
      'A session leaves its log as debug.log in the run directory it names at the end.',
    ],
    EISDIR: [`'${path}' is a folder.`, 'Name the log inside it; in a run directory that is debug.log.'],
    EACCES: permission,
    EPERM: permission,
  };
  const [message, remedy] = why[systemCode(error) ?? ''] ?? [
    `'${path}' could not be read: ${messageOf(error)}.`,
    'Copy the log to a local disk and try again.',
  ];
  return new Fault('log-unreadable', EXIT.usage, message, remedy, { cause: error });
}
