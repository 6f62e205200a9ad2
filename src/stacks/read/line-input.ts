import type { Scanner } from '../scanner/scanner.js';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
/** A log without a line feed in so many bytes ends its lines with returns alone, if it has any. */
const ENDS_SEEN = 4096;
/** Longest line that is read as one; more of it is counted and listed, but not kept. */
export const LONGEST_LINE = 65_536;
/** Bytes that are taken at once: what stays in a core's own cache. */
export const ROOM = 256 * 1024;

/** What takes the lines. */
export interface LineSink {
  /** The lines up to `end` are complete; they begin where the scanner's position is. */
  readonly lines: (end: number) => void;
  /** One line that is longer than `LONGEST_LINE`: its front stands at `from`. */
  readonly overlong: (from: number) => void;
}

/** The scanner's input: takes bytes however they are cut, gives complete lines, and keeps no more than one line. */
export class LineInput {
  /** Bytes that are not read yet, as their line is not complete. */
  #rest = 0;
  #overlong = false;
  /** What ends a line; undefined until that is known. */
  #ends: 'feeds' | 'returns' | undefined;
  /** Nothing of it was looked at yet. */
  #fresh = true;

  constructor(
    private readonly scanner: Scanner,
    private readonly sink: LineSink,
  ) {}

  /** Where the next `length` bytes go, at most `ROOM`; `added` says how many came. */
  room(length: number): Uint8Array {
    const { input, bytes } = this.scanner;
    return bytes.subarray(input + this.#rest, input + this.#rest + length);
  }

  feed(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; from += ROOM) {
      const piece = chunk.subarray(from, from + ROOM);
      this.room(piece.length).set(piece);
      this.added(piece.length);
    }
  }

  added(count: number): void {
    const added = this.scanner.input + this.#rest;
    const filled = added + count;
    this.#decide(filled, false);
    this.#lines(this.#ends === 'returns' ? this.#returnsToFeeds(added, filled) : added, filled);
  }

  /** The input is over: a short log may still have to show what ends its lines. */
  finish(): void {
    const { input } = this.scanner;
    if (this.#ends !== undefined || this.#rest === 0) return;
    this.#decide(input + this.#rest, true);
    if (this.#ends === 'returns') this.#lines(this.#returnsToFeeds(input, input + this.#rest), input + this.#rest);
  }

  #decide(filled: number, over: boolean): void {
    if (this.#ends !== undefined) return;
    const { input, bytes } = this.scanner;
    const head = bytes.subarray(input, Math.min(filled, input + ENDS_SEEN));
    if (head.includes(LINE_FEED)) this.#ends = 'feeds';
    else if (over || head.length === ENDS_SEEN) this.#ends = head.includes(RETURN) ? 'returns' : 'feeds';
  }

  /** A return at the end waits for what follows. @returns from where line feeds have to be looked for */
  #returnsToFeeds(added: number, filled: number): number {
    const { input, bytes } = this.scanner;
    const from = this.#rest === 0 || this.#fresh ? input : Math.max(input, added - 1);
    this.#fresh = false;
    for (let at = from; at < filled - 1; at++) {
      const next = bytes[at + 1];
      if (bytes[at] === RETURN && next !== LINE_FEED && next !== RETURN) bytes[at] = LINE_FEED;
    }
    return from;
  }

  #lines(added: number, filled: number): void {
    const { code, input, bytes } = this.scanner;
    // What was left over has no line end in it.
    const end = added + bytes.subarray(added, filled).lastIndexOf(LINE_FEED) + 1;
    let from = input;
    if (end > added) {
      if (this.#overlong) from = bytes.indexOf(LINE_FEED, input) + 1;
      this.#overlong = false;
      code.position.value = from;
      this.sink.lines(end);
      from = end;
    }
    // What is longer than any line is not kept; its end has still to come.
    if (filled - from > LONGEST_LINE && !this.#overlong) {
      this.#overlong = true;
      this.sink.overlong(from);
    }
    if (this.#overlong) from = filled;
    this.#rest = filled - from;
    if (from > input) this.scanner.bytes.copyWithin(input, from, filled);
    code.base.value += from - input;
  }

  /** What is left when the input is over: where the unfinished line stands, if there is one that was kept. */
  rest(): 'overlong' | { readonly from: number; readonly to: number } | undefined {
    if (this.#overlong) return 'overlong';
    if (this.#rest === 0) return undefined;
    const { input } = this.scanner;
    return { from: input, to: input + this.#rest };
  }
}
