import { type FunctionEntry, readUnwindEntry } from './unwind-info.js';
import { type ExceptionDirectory, type ReadImage, UnwindUnreadable } from './unwind-source.js';

const ENTRY_BYTES = 12;
/** Entries per request: 96 bytes, about half of what the request itself costs. */
const WINDOW = 8;
/** Guesses before the search halves what is left: functions of very different sizes mislead guessing. */
const GUESSES = 4;

interface Bound {
  readonly index: number;
  readonly rva: number;
}

/** The sorted RUNTIME_FUNCTIONs of a module, fetched a window at a time where they are looked for. */
export class FunctionTable {
  readonly #count: number;
  /** What has been seen, by index, and the indices in order. */
  readonly #entries = new Map<number, FunctionEntry>();
  readonly #seen: number[] = [];

  constructor(
    private readonly read: ReadImage,
    private readonly directory: ExceptionDirectory,
    private readonly imageSize: number,
  ) {
    this.#count = Math.floor(directory.size / ENTRY_BYTES);
  }

  /** The entry whose function holds the address. @throws UnwindUnreadable */
  async find(rva: number): Promise<FunctionEntry | undefined> {
    for (let guesses = 0; ; guesses++) {
      const [low, high] = this.#around(rva);
      const entry = this.#entries.get(low.index);
      if (entry && rva < entry.end) return entry;
      if (high.index - low.index <= 1) return undefined;
      const part = guesses < GUESSES && high.rva > low.rva ? (rva - low.rva) / (high.rva - low.rva) : 0.5;
      const guess = low.index + Math.floor((high.index - low.index) * Math.min(Math.max(part, 0), 1));
      await this.#fetch(low.index + 1, high.index, guess - WINDOW / 2);
    }
  }

  /** The nearest entries seen that begin at or before the address, and after it. */
  #around(rva: number): readonly [Bound, Bound] {
    let [first, last] = [0, this.#seen.length];
    while (first < last) {
      const middle = (first + last) >>> 1;
      if (this.#begin(this.#seen[middle] as number) <= rva) first = middle + 1;
      else last = middle;
    }
    const low = this.#seen[first - 1];
    const high = this.#seen[first];
    return [
      low === undefined ? { index: -1, rva: 0 } : { index: low, rva: this.#begin(low) },
      high === undefined ? { index: this.#count, rva: this.imageSize } : { index: high, rva: this.#begin(high) },
    ];
  }

  #begin(index: number): number {
    return (this.#entries.get(index) as FunctionEntry).begin;
  }

  /** Fetches a window near `wanted`, from those between the bounds: none is fetched twice. */
  async #fetch(from: number, to: number, wanted: number): Promise<void> {
    const start = Math.max(from, Math.min(wanted, to - WINDOW));
    const count = Math.min(WINDOW, to - start);
    const at = this.directory.rva + start * ENTRY_BYTES;
    const bytes = await this.read(at, count * ENTRY_BYTES);
    if (bytes.length < count * ENTRY_BYTES) throw new UnwindUnreadable(at);
    const indices = Array.from({ length: count }, (_, index) => start + index);
    for (const index of indices) this.#entries.set(index, readUnwindEntry(bytes, (index - start) * ENTRY_BYTES));
    const place = this.#seen.findIndex((seen) => seen > start);
    this.#seen.splice(place < 0 ? this.#seen.length : place, 0, ...indices);
  }
}
