import { Worker } from 'node:worker_threads';
import type { Findings } from '../../stacks/findings.js';
import { partsOf } from './log-parts.js';
import type { PartReader } from './part-reader.js';
import type { PartOrder, SharedLog } from './part-worker.js';

/**
 * More different stacks than this in what was read so far, and the threads would find the same ones over and over,
 * each for itself, and then have to put them together: one thread is faster.
 */
const MANY_STACKS = 10_000;
// The worker is a file of its own, which exists compiled only; this place is as far from there as its compiled form is.
const WORKER = new URL('../../../dist/report/read/part-worker.js', import.meta.url);

/** Threads that take over parts of a log that is being read already, once they are ready. */
export class ReadingThreads {
  readonly #workers: Worker[];
  readonly #progress: Float64Array;
  readonly #findings: Promise<Findings>[] = [];
  /** Resolves when all threads can begin. */
  readonly ready: Promise<unknown>;
  #state: 'starting' | 'ready' | 'at work' = 'starting';

  constructor(
    private readonly descriptor: number,
    file: string,
    private readonly size: number,
    count: number,
  ) {
    const log: SharedLog = { file, size, progress: new SharedArrayBuffer(8 * count) };
    this.#progress = new Float64Array(log.progress);
    this.#workers = Array.from({ length: count }, () => new Worker(WORKER, { workerData: log }));
    this.ready = Promise.all(this.#workers.map((worker) => messageOf(worker)));
    this.ready.then(
      () => {
        this.#state = 'ready';
      },
      // Without them the log is read all the same.
      () => undefined,
    );
  }

  /** Bytes that the threads have read. */
  get done(): number {
    return this.#progress.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Gives parts of what `own` has not read yet to the threads, if all are ready and that is worth while. */
  share(own: PartReader): void {
    if (this.#state !== 'ready') return;
    this.#state = 'at work';
    if (own.reader.aggregator.stacks.length > MANY_STACKS) return;
    const [first, ...others] = partsOf(this.descriptor, own.at, this.size, this.#workers.length + 1);
    own.to = first?.to ?? own.to;
    const exportsOnly = [...own.reader.exportsOnly];
    for (const [thread, part] of others.entries()) this.#findings.push(this.#start({ ...part, thread, exportsOnly }));
  }

  /** What the threads found, in the order of the log. */
  findings(): Promise<Findings[]> {
    return Promise.all(this.#findings);
  }

  end(): void {
    for (const worker of this.#workers) void worker.terminate();
  }

  #start(order: PartOrder): Promise<Findings> {
    const worker = this.#workers[order.thread] as Worker;
    const findings = messageOf(worker) as Promise<Findings>;
    // Until somebody waits for it, a failure is nobody's.
    findings.catch(() => undefined);
    worker.postMessage(order);
    return findings;
  }
}

/** The next message of a worker; it fails with the worker. */
function messageOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a reading thread ended with ${code}`)));
  });
}
