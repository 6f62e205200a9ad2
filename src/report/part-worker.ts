import { closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type PartsTask, takeParts } from './part-reader.js';

const task = workerData as PartsTask;
const descriptor = openSync(task.file, 'r');
try {
  for (const read of takeParts(descriptor, task)) if (read) parentPort?.postMessage(read);
} finally {
  closeSync(descriptor);
}
