import { closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { LogPart } from './log-parts.js';
import { PartReader } from './part-reader.js';

/** What a worker is given: one part of a log to read. */
export interface PartTask {
  readonly file: string;
  readonly part: LogPart;
  readonly size: number;
  /** Bytes read so far, by part; this worker's is at `index`. */
  readonly progress: SharedArrayBuffer;
  readonly index: number;
}

const task = workerData as PartTask;
const progress = new Float64Array(task.progress);
const descriptor = openSync(task.file, 'r');
try {
  const part = new PartReader(descriptor, task.part, task.size);
  for (let count = part.stride(); count > 0; count = part.stride()) progress[task.index] = part.reader.bytes;
  part.reader.end();
  parentPort?.postMessage(part.reader.findings());
} finally {
  closeSync(descriptor);
}
