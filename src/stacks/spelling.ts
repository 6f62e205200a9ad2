/** A way to read a stretch of bytes four at a time: a byte at a time is what reading a log spends its time on. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes of something that comes again and again, kept to be recognised where it stands. At least four. */
export class Spelling {
  readonly length: number;
  readonly #words: Int32Array;

  constructor(view: DataView, from: number, to: number) {
    this.length = to - from;
    this.#words = new Int32Array((this.length + 3) >> 2);
    // The last word ends with the last byte, and so may overlap the one before it.
    for (let i = 0; i < this.#words.length; i++) this.#words[i] = view.getInt32(Math.min(from + i * 4, to - 4), true);
  }

  /** Whether these bytes stand at `at`, before `end`. */
  standsAt(view: DataView, at: number, end: number): boolean {
    const last = at + this.length - 4;
    if (last + 4 > end) return false;
    const words = this.#words;
    for (let i = 0, next = at; i < words.length - 1; i++, next += 4)
      if (view.getInt32(next, true) !== words[i]) return false;
    return view.getInt32(last, true) === words[words.length - 1];
  }
}

/** The spelling of `bytes[from, to)`; undefined if there are too few of them. */
export function spellingOf(bytes: Uint8Array, from: number, to: number): Spelling | undefined {
  return to - from < 4 ? undefined : new Spelling(viewOf(bytes), from, to);
}
