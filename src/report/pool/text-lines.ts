import { EncodingGate, textOf, withoutReturns } from '../../stacks/read/line-text.js';

const LINE_FEED = 0x0a;
/** No row of a table is longer; what goes on behind is left out. */
const LONGEST = 4096;
/** Words of which a table or listing has one. In a large log what is far from them is counted and not looked at: most logs hold nothing but stacks. */
const TELLING = ['Allocs', 'pool allocation table', 'Driver Verification List'].map((word) => Buffer.from(word));
/** So much of a log is looked at whatever it has: a table may have lost its heading. */
export const LOOKED_AT = 512 * 1024;
/** Where a chunk ends, a word may be cut: so many bytes of it are looked at with the next. */
const OVERLAP = 32;

/** Cuts a log, which comes in chunks of any size, into lines, and leaves out what lies far from any table. */
export class TextLines {
  readonly #gate = new EncodingGate();
  /** What was not looked at, because nothing said that it had to be. */
  #waiting: Buffer = Buffer.alloc(0);
  /** The front of a line whose end has not come; it began before `#waiting`. */
  #front: Buffer = Buffer.alloc(0);
  #number = 0;
  #seen = 0;

  /**
   * @param onLine takes a line without its end, and its number, counted from 1
   * @param isOpen whether a table has begun and may go on: then everything is looked at
   * @param onGap is told when lines were left out
   */
  constructor(
    private readonly onLine: (text: string, number: number) => void,
    private readonly isOpen: () => boolean,
    private readonly onGap: () => void = () => {},
  ) {}

  /** Takes the next bytes; the chunk may be reused afterwards. */
  push(chunk: Uint8Array): void {
    const bytes = this.#gate.push(chunk);
    this.#add(Buffer.from(bytes));
  }

  /** The log is over. */
  end(): void {
    this.#add(Buffer.from(this.#gate.end()));
    if (this.isOpen() || tells(this.#waiting, Buffer.alloc(0))) this.#read(this.#waiting);
    else this.#skip(this.#waiting);
    if (this.#front.length > 0) this.#line(this.#front);
    this.#waiting = this.#front = Buffer.alloc(0);
  }

  #add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const early = this.#seen < LOOKED_AT;
    this.#seen += bytes.length;
    if (early || this.isOpen() || tells(this.#waiting, bytes)) {
      this.#read(this.#waiting);
      this.#read(bytes);
      this.#waiting = Buffer.alloc(0);
      return;
    }
    this.#skip(this.#waiting);
    this.#waiting = bytes;
  }

  #read(bytes: Buffer): void {
    let from = 0;
    for (let feed = bytes.indexOf(LINE_FEED); feed >= 0; feed = bytes.indexOf(LINE_FEED, from)) {
      const line = bytes.subarray(from, feed);
      this.#line(this.#front.length === 0 ? line : Buffer.concat([this.#front, line]));
      this.#front = Buffer.alloc(0);
      from = feed + 1;
    }
    this.#keep(bytes.subarray(from));
  }

  #skip(bytes: Buffer): void {
    if (bytes.length > 0) this.onGap();
    const last = bytes.lastIndexOf(LINE_FEED);
    if (last < 0) {
      this.#keep(bytes);
      return;
    }
    for (let at = 0; at <= last; at++) if (bytes[at] === LINE_FEED) this.#number++;
    this.#front = Buffer.from(bytes.subarray(last + 1).subarray(0, LONGEST));
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0 || this.#front.length >= LONGEST) return;
    this.#front = Buffer.concat([this.#front, rest.subarray(0, LONGEST)]);
  }

  #line(bytes: Buffer): void {
    this.#number++;
    const cut = bytes.subarray(0, LONGEST);
    const text = textOf(cut, 0, withoutReturns(cut, 0, cut.length));
    if (!text.includes('\r')) this.onLine(text, this.#number);
    // Returns without line feeds end lines as well.
    else for (const piece of text.split(/\r+/)) this.onLine(piece, this.#number);
  }
}

/** Whether a part of a log has a word of a table; `before` are the bytes in front of it. */
export function tells(before: Buffer, bytes: Buffer): boolean {
  const border = Buffer.concat([before.subarray(Math.max(0, before.length - OVERLAP)), bytes.subarray(0, OVERLAP)]);
  return TELLING.some((word) => bytes.includes(word) || border.includes(word));
}
