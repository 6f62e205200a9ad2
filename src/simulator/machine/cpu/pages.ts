import type { Decoded } from './decoded.js';

export const PAGE = 4096;

/** A page of memory: here every virtual page has a physical one of its own. Numbers are addresses divided by 4096. */
export class Page {
  readonly bytes: Buffer = Buffer.alloc(PAGE);
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, PAGE);
  /** What has been decoded here, by offset; undefined as long as nothing has. */
  code: (Decoded | undefined)[] | undefined;

  constructor(
    readonly virtual: number,
    readonly physical: number,
    readonly writable: boolean,
  ) {}

  /** Forgets what was decoded from these bytes: an instruction has up to 15, so those shortly before them too. */
  changed(offset: number, length: number): void {
    if (this.code) for (let at = Math.max(0, offset - 14); at < offset + length; at++) this.code[at] = undefined;
  }
}

/** Thrown where no page is, or where it must not be written. */
export class PageFault {
  constructor(
    readonly address: number,
    readonly write: boolean,
  ) {}
}
