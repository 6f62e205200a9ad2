import { readSync } from 'node:fs';
import type { Findings } from '../stacks/findings.js';
import { HitReader } from '../stacks/hit-reader.js';
import { Scanner } from '../stacks/scanner/scanner.js';
import type { LogPart } from './log-parts.js';

/** Bytes that are read between two chances for the rest of the program. */
const STRIDE = 32 * 1024 * 1024;

/** A log that several threads read, each taking the next part that nobody has taken. */
export interface PartsTask {
  readonly file: string;
  readonly parts: readonly LogPart[];
  /** Bytes of the whole log. */
  readonly size: number;
  /** The number of the next part to be taken. */
  readonly next: SharedArrayBuffer;
  /** Bytes read so far, by part. */
  readonly progress: SharedArrayBuffer;
}

export interface ReadPart {
  readonly index: number;
  readonly findings: Findings;
}

/** Reads parts until all are taken. Gives each that is done, and nothing now and then in between. */
export function* takeParts(descriptor: number, task: PartsTask): Generator<ReadPart | undefined> {
  const next = new Int32Array(task.next);
  const progress = new Float64Array(task.progress);
  const scanner = new Scanner();
  for (let index = Atomics.add(next, 0, 1); index < task.parts.length; index = Atomics.add(next, 0, 1)) {
    const part = task.parts[index] as LogPart;
    const reader = new HitReader({ size: task.size, from: part.from, scanner });
    while (readStride(descriptor, reader, part) > 0) {
      progress[index] = reader.bytes;
      yield undefined;
    }
    reader.end();
    yield { index, findings: reader.findings() };
  }
}

function readStride(descriptor: number, reader: HitReader, part: LogPart): number {
  const before = reader.bytes;
  while (reader.bytes - before < STRIDE) {
    const at = part.from + reader.bytes;
    const fill = (into: Uint8Array): number => {
      const length = Math.min(into.length, part.to - at);
      return length === 0 ? 0 : readSync(descriptor, into, 0, length, at);
    };
    if (reader.pull(fill) === 0) break;
  }
  return reader.bytes - before;
}
