import { closeSync, fstatSync, openSync } from 'node:fs';
import os from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { EXIT, Fault, messageOf, systemCode } from '../fault.js';
import type { Findings } from '../stacks/findings.js';
import { FindingsSum } from '../stacks/findings-sum.js';
import { HitReader } from '../stacks/hit-reader.js';
import { type LogPart, partsOf } from './log-parts.js';
import { PartReader } from './part-reader.js';
import type { PartTask } from './part-worker.js';

/** Below this a second thread costs more than it brings. */
const PARALLEL_FROM = 48 * 1024 * 1024;
/** Each thread has memory of its own; more of them than this would not be flat any more. */
const MOST_PARTS = 4;
// The worker is a file of its own, which exists compiled only; this place is as far from there as its compiled form is.
const WORKER = new URL('../../dist/report/part-worker.js', import.meta.url);

export interface ReadOptions {
  /** Called now and then with the bytes read so far, and those there are. */
  readonly onProgress?: (done: number, size: number) => void;
  /** Threads to use; by default as many as there are cores, if the log is large. */
  readonly threads?: number;
}

/** Reads a whole log from a file. @throws Fault `log-unreadable` that says why */
export async function readLogFile(file: string, options: ReadOptions = {}): Promise<Findings> {
  try {
    const descriptor = openSync(file, 'r');
    try {
      return await readDescriptor(file, descriptor, options);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadable(file, error);
  }
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
  const threads = options.threads ?? (size < PARALLEL_FROM ? 1 : Math.min(os.availableParallelism(), MOST_PARTS));
  const parts =
    threads > 1 && isPlain(descriptor)
      ? partsOf(descriptor, size, threads)
      : [{ from: 0, to: Number.POSITIVE_INFINITY }];
  const progress = new Float64Array(new SharedArrayBuffer(8 * parts.length));
  const others = parts
    .slice(1)
    .map((part, i) => startWorker({ file, part, size, progress: progress.buffer, index: i + 1 }));
  try {
    const own = new PartReader(descriptor, parts[0] as LogPart, size);
    while (own.stride() > 0) {
      progress[0] = own.reader.bytes;
      options.onProgress?.(
        progress.reduce((sum, bytes) => sum + bytes, 0),
        size,
      );
      await setImmediate();
    }
    own.reader.end();
    return summed([own.reader.findings(), ...(await Promise.all(others.map(({ findings }) => findings)))]);
  } finally {
    for (const { worker } of others) void worker.terminate();
  }
}

function startWorker(task: PartTask): { readonly worker: Worker; readonly findings: Promise<Findings> } {
  const worker = new Worker(WORKER, { workerData: task });
  const findings = new Promise<Findings>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a reading thread ended with ${code}`)));
  });
  // Until somebody waits for it, a failure is nobody's.
  findings.catch(() => undefined);
  return { worker, findings };
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
  const reader = new PartReader(descriptor, { from: 0, to: 4096 }, 4096);
  reader.stride();
  return reader.reader.findings().encoding === 'plain';
}

function unreadable(path: string, error: unknown): Fault {
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
