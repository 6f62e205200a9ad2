const LINE_FEED = 0x0a;
/** Longest line that is read as one; more of it is counted and listed, but not kept. */
export const LONGEST_LINE = 65_536;

/** What takes the lines: whole stretches of a chunk as long as possible, single lines where a chunk border cuts one. */
export interface LineSink {
  /** Complete lines in `bytes[from, to)`; each ends with a line feed that is inside. */
  readonly lines: (bytes: Uint8Array, from: number, to: number) => void;
  /** One line that is longer than `LONGEST_LINE`: its front. */
  readonly overlong: (bytes: Uint8Array, from: number, to: number) => void;
  /** The last line, if the input does not end with a line feed; one is put behind it in `bytes[from, to)`. */
  readonly cutOff: (bytes: Uint8Array, from: number, to: number) => void;
}

/** Cuts chunks into lines, however the chunks are cut. Keeps no more than one line; chunks may be reused after `push`. */
export class LineSplitter {
  #carry = new Uint8Array(1024);
  #length = 0;
  #overlong = false;

  constructor(private readonly sink: LineSink) {}

  push(chunk: Uint8Array): void {
    let from = 0;
    if (this.#length > 0) {
      const feed = chunk.indexOf(LINE_FEED);
      this.#keep(chunk, 0, feed < 0 ? chunk.length : feed + 1);
      if (feed < 0) return;
      from = feed + 1;
      this.#flush();
    }
    const last = chunk.lastIndexOf(LINE_FEED) + 1;
    if (last > from) this.sink.lines(chunk, from, last);
    this.#keep(chunk, Math.max(last, from), chunk.length);
  }

  end(): void {
    if (this.#length === 0) return;
    if (!this.#overlong) this.#keep(new Uint8Array([LINE_FEED]), 0, 1);
    const length = this.#length;
    this.#length = 0;
    if (this.#overlong) this.sink.overlong(this.#carry, 0, LONGEST_LINE);
    else this.sink.cutOff(this.#carry, 0, length);
    this.#overlong = false;
  }

  #flush(): void {
    const length = this.#length;
    this.#length = 0;
    if (this.#overlong) this.sink.overlong(this.#carry, 0, LONGEST_LINE);
    else this.sink.lines(this.#carry, 0, length);
    this.#overlong = false;
  }

  #keep(chunk: Uint8Array, from: number, to: number): void {
    const room = LONGEST_LINE + 1 - this.#length;
    const taken = chunk.subarray(from, Math.min(to, from + room));
    if (to - from > room) this.#overlong = true;
    const needed = this.#length + taken.length;
    if (needed > this.#carry.length) {
      const larger = new Uint8Array(Math.min(LONGEST_LINE + 1, Math.max(needed, this.#carry.length * 2)));
      larger.set(this.#carry.subarray(0, this.#length));
      this.#carry = larger;
    }
    this.#carry.set(taken, this.#length);
    this.#length = needed;
  }
}
