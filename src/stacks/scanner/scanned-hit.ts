import type { ArgumentValues } from '../attribute/pool-request.js';
import type { LogPlace } from '../findings.js';
import type { Hit } from '../hit.js';
import { FRAME_FLAGS } from './frame-number.js';

/** Bytes of a hit in the scanner's memory; where its places, sums and arguments are, in words of eight or four bytes. */
export const HIT_BYTES = 192;
const NEWEST = 4;
const COUNT = 14;
const FIRST = 8;
const SUMS = 11;
const ARGS = 26;
const REQUEST = 46;
const ARGS_WORDS = 10;
/** Bits of a hit's flags; the number of frames that have given their arguments is above them. */
const FLAG = { prompted: 1, again: 2, stood: 4 } as const;
const ARGUED_SHIFT = 3;

/** A hit as it stands in the scanner's memory, which must not grow as long as it is looked at. */
export class ScannedHit implements Hit, ArgumentValues {
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  #args = 0;
  #sums = 0;

  index = 0;
  node = 0;
  stop = 0;
  symbol = 0;
  processor = -1;
  prompted = false;
  again = false;
  stood = false;
  argued = 0;
  /** What the reader noted at the stop, 0 for nothing. */
  note = 0;
  /** The number of what a line of the stop said that was asked for, 0 for nothing. */
  request = 0;
  count = 0;
  readonly first: LogPlace = { log: 0, line: 0, offset: 0, length: 0 };
  readonly last: LogPlace = { log: 0, line: 0, offset: 0, length: 0 };

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
    const flags = words[word + 5] as number;
    this.prompted = (flags & FLAG.prompted) !== 0;
    this.again = (flags & FLAG.again) !== 0;
    this.stood = (flags & FLAG.stood) !== 0;
    this.argued = flags >>> ARGUED_SHIFT;
    this.note = words[word + 7] as number;
    this.request = words[word + REQUEST] as number;
    this.count = words[word + COUNT] as number;
    this.#readPlace(this.first, word / 2 + FIRST);
    this.#readPlace(this.last, word / 2 + NEWEST);
    this.#sums = word / 2 + SUMS;
    this.#args = word + ARGS;
  }

  #readPlace(to: LogPlace, at: number): void {
    const from = this.#doubles[at] as number;
    to.offset = from;
    to.length = (this.#doubles[at + 1] as number) - from;
    to.line = this.#doubles[at + 2] as number;
  }

  sum(nth: number): number {
    return this.#doubles[this.#sums + nth] as number;
  }

  siteOf(nth: number): number {
    return (this.#words[this.#args + nth * ARGS_WORDS] as number) >>> FRAME_FLAGS;
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
