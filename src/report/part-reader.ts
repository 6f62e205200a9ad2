import { readSync } from 'node:fs';
import { HitReader } from '../stacks/hit-reader.js';
import type { LogPart } from './log-parts.js';

/** Bytes that are read between two chances for the rest of the program. */
const STRIDE = 32 * 1024 * 1024;

/** Reads one part of a file, a stride at a time. @param size bytes of the whole log */
export class PartReader {
  readonly reader: HitReader;
  #at: number;

  constructor(
    private readonly descriptor: number,
    private readonly part: LogPart,
    size: number,
  ) {
    this.reader = new HitReader({ size, from: part.from });
    this.#at = part.from;
  }

  /** @returns the bytes read; 0 at the end of the part */
  stride(): number {
    const before = this.#at;
    while (this.#at - before < STRIDE) {
      const count = this.reader.pull((into) => {
        const length = Math.min(into.length, this.part.to - this.#at);
        return length === 0 ? 0 : readSync(this.descriptor, into, 0, length, this.#at);
      });
      if (count === 0) break;
      this.#at += count;
    }
    return this.#at - before;
  }
}
