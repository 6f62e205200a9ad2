import type { Hit } from '../ledger.js';
import type { ArgumentValues } from '../pool-request.js';

/** Bytes of a hit in the scanner's memory, and where its arguments are: twice a frame, the digits of an address, four values. */
export const HIT_BYTES = 144;
const ARGS = 56;
const ARGS_WORDS = 10;

/** A hit as it stands in the scanner's memory, which must not grow as long as it is looked at. */
export class ScannedHit implements Hit, ArgumentValues {
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  #args = 0;

  index = 0;
  node = 0;
  stop = 0;
  symbol = 0;
  processor = -1;
  prompted = false;
  argued = 0;
  nth = 0;
  /** What the reader noted at the stop, 0 for nothing. */
  note = 0;
  from = 0;
  to = 0;
  line = 0;

  constructor(memory: ArrayBuffer) {
    this.#words = new Uint32Array(memory);
    this.#doubles = new Float64Array(memory);
  }

  read(at: number): void {
    const words = this.#words;
    const word = at / 4;
    this.index = words[word] as number;
    this.node = words[word + 1] as number;
    this.stop = words[word + 2] as number;
    this.symbol = words[word + 3] as number;
    this.processor = (words[word + 4] as number) | 0;
    this.prompted = ((words[word + 5] as number) & 1) === 1;
    this.argued = (words[word + 5] as number) >>> 1;
    this.nth = words[word + 6] as number;
    this.note = words[word + 7] as number;
    this.from = this.#doubles[word / 2 + 4] as number;
    this.to = this.#doubles[word / 2 + 5] as number;
    this.line = this.#doubles[word / 2 + 6] as number;
    this.#args = (at + ARGS) / 4;
  }

  siteOf(nth: number): number {
    return (this.#words[this.#args + nth * ARGS_WORDS] as number) >>> 1;
  }

  isWide(nth: number): boolean {
    return this.#words[this.#args + nth * ARGS_WORDS + 1] !== 8;
  }

  low(nth: number, argument: number): number {
    return this.#words[this.#args + nth * ARGS_WORDS + 2 + 2 * argument] as number;
  }

  high(nth: number, argument: number): number {
    return this.#words[this.#args + nth * ARGS_WORDS + 3 + 2 * argument] as number;
  }
}
