import type { Findings } from './findings.js';

const LIMIT = 512;
const SMALLEST = 1024;

interface Counts {
  hits: number;
  allocations: number;
}

/**
 * Counts of drivers by position in a log: at most 512 stretches of one length, which doubles when the log outgrows them.
 * Only stretches in which a driver has hits are kept for it: a log may have a hundred thousand drivers with one hit each.
 */
export class PositionBuckets {
  /** Bytes of a stretch; a power of two. */
  width: number;
  /** By driver and stretch. */
  #counts = new Map<number, Counts>();

  /** @param size bytes of the log if that is known, so that several readers of one log use the same stretches */
  constructor(size = 0) {
    this.width = widthFor(size);
  }

  /** Adds to a driver's counts where the log has come to `at` bytes. */
  add(driver: number, at: number, hits: number, allocations: number): void {
    while (at >= this.width * LIMIT) this.#double();
    addTo(this.#counts, driver * LIMIT + Math.floor(at / this.width), hits, allocations);
  }

  /** Makes the stretches as long as `width`, which is theirs or a larger power of two. */
  widen(width: number): void {
    while (this.width < width) this.#double();
  }

  /** The counts as plain data. @param names those of the drivers, by number */
  byDriver(names: readonly string[]): Findings['positions'] {
    const counts = [...this.#counts].map(([key, of]) => ({
      driver: Math.floor(key / LIMIT),
      stretch: key % LIMIT,
      ...of,
    }));
    counts.sort((a, b) => a.stretch - b.stretch || a.driver - b.driver);
    return { width: this.width, drivers: names, counts };
  }

  /** The drivers have other numbers now, several of them perhaps the same. */
  renumber(drivers: readonly number[]): void {
    const before = this.#counts;
    this.#counts = new Map();
    for (const [key, { hits, allocations }] of before) {
      const stretch = key % LIMIT;
      addTo(this.#counts, (drivers[(key - stretch) / LIMIT] as number) * LIMIT + stretch, hits, allocations);
    }
  }

  #double(): void {
    this.width *= 2;
    const before = this.#counts;
    this.#counts = new Map();
    for (const [key, { hits, allocations }] of before) {
      const stretch = key % LIMIT;
      addTo(this.#counts, key - stretch + (stretch >> 1), hits, allocations);
    }
  }
}

function addTo(to: Map<number, Counts>, key: number, hits: number, allocations: number): void {
  const counts = to.get(key);
  if (counts) {
    counts.hits += hits;
    counts.allocations += allocations;
  } else to.set(key, { hits, allocations });
}

function widthFor(size: number): number {
  let width = SMALLEST;
  while (size > width * LIMIT) width *= 2;
  return width;
}
