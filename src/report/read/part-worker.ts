import { closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { LogPart } from './log-parts.js';
import { PartReader } from './part-reader.js';

/** A log that other threads help to read. */
export interface SharedLog {
  readonly file: string;
  /** Bytes of the whole log. */
  readonly size: number;
  /** Bytes read so far, by thread. */
  readonly progress: SharedArrayBuffer;
}

/** What a thread is told when it is ready: its part, and its number in `progress`. */
export interface PartOrder extends LogPart {
  readonly thread: number;
  /** Modules of which kd has only the exports, as the log says before this part. */
  readonly exportsOnly: readonly string[];
}

const { file, size, progress } = workerData as SharedLog;
const done = new Float64Array(progress);
const descriptor = openSync(file, 'r');

parentPort?.once('message', ({ from, to, thread, exportsOnly }: PartOrder) => {
  const part = new PartReader(descriptor, from, size, exportsOnly);
  part.to = to;
  while (part.stride() > 0) done[thread] = part.reader.bytes;
  part.reader.end();
  closeSync(descriptor);
  parentPort?.postMessage(part.reader.findings());
});
parentPort?.postMessage('ready');
