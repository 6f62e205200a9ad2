import type { Findings } from './findings.js';

const LIMIT = 512;
const SMALLEST = 1024;

/** Counts by position in a log: at most 512 stretches of one length, which doubles when the log outgrows them. */
export class PositionBuckets {
  /** Bytes of a stretch; a power of two. */
  width: number;
  readonly counts: Float64Array[] = [];

  /** @param size bytes of the log if that is known, so that several readers of one log use the same stretches */
  constructor(size = 0) {
    this.width = widthFor(size);
  }

  /** Adds to row `row` where the log has come to `at` bytes. */
  add(row: number, at: number, count = 1): void {
    while (at >= this.width * LIMIT) this.#double();
    const counts = this.counts[row] ?? this.row(row);
    const bucket = Math.floor(at / this.width);
    counts[bucket] = (counts[bucket] as number) + count;
  }

  row(row: number): Float64Array {
    const known = this.counts[row];
    if (known) return known;
    this.counts[row] = new Float64Array(LIMIT);
    return this.counts[row] as Float64Array;
  }

  /** Makes the stretches as long as `width`, which is theirs or a larger power of two. */
  widen(width: number): void {
    while (this.width < width) this.#double();
  }

  #double(): void {
    this.width *= 2;
    for (const counts of this.counts) {
      for (let i = 0; i < LIMIT; i++)
        counts[i] = i < LIMIT / 2 ? (counts[2 * i] as number) + (counts[2 * i + 1] as number) : 0;
    }
  }
}

/** The counts of drivers, who have two rows each: hits, and of these the allocations. */
export function byDriver(positions: PositionBuckets, names: readonly string[]): Findings['positions'] {
  const drivers = names.map((name, driver) => ({
    name,
    hits: positions.row(driver * 2),
    allocations: positions.row(driver * 2 + 1),
  }));
  return { width: positions.width, drivers };
}

function widthFor(size: number): number {
  let width = SMALLEST;
  while (size > width * LIMIT) width *= 2;
  return width;
}
