import { readSync } from 'node:fs';
import { HitReader } from '../../stacks/read/hit-reader.js';

/** Bytes that are read between two chances for the rest of the program. */
const STRIDE = 16 * 1024 * 1024;

/** Reads a log, or a part of it, from a file, a stride at a time. */
export class PartReader {
  readonly reader: HitReader;
  /** Where the part ends; it may come nearer while the part is read. */
  to = Number.POSITIVE_INFINITY;

  /**
   * @param size bytes of the whole log
   * @param exportsOnly what the part before says of modules
   * @param most as of `HitReader`
   */
  constructor(
    private readonly descriptor: number,
    private readonly from: number,
    size: number,
    exportsOnly: Iterable<string> = [],
    most?: number,
  ) {
    this.reader = new HitReader({ size, from, exportsOnly, ...(most !== undefined && { most }) });
  }

  /** The next byte of the file to be read. */
  get at(): number {
    return this.from + this.reader.bytes;
  }

  /** @returns the bytes read; 0 at the end of the part */
  stride(): number {
    const before = this.at;
    const fill = (into: Uint8Array): number => {
      const length = Math.min(into.length, this.to - this.at);
      return length === 0 ? 0 : readSync(this.descriptor, into, 0, length, this.at);
    };
    while (this.at - before < STRIDE && this.reader.pull(fill) > 0);
    return this.at - before;
  }
}
