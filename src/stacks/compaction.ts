import type { HitAggregator } from './hit-aggregator.js';
import type { HitIntake } from './read/hit-intake.js';
import type { Scanner } from './scanner/scanner.js';
import type { CallSites } from './stack-table.js';

/** Different stacks that a report keeps apart. */
export const MOST_STACKS = 131_072;
/** What the tables of a reader may take for each stack that it keeps, and for none at all. */
const BYTES_PER_STACK = 1024;
const LEAST_BYTES = 8 * 1024 * 1024;
/** Kd itself prints no more frames. */
const DEEPEST = 65_535;

/** What a reader learns of a log. */
export interface Learned {
  readonly scanner: Scanner;
  readonly sites: CallSites;
  readonly aggregator: HitAggregator;
  readonly intake: HitIntake;
}

/** Keeps what a reader learns within bounds: when there is too much, the rare stacks are added up, and what only they need is forgotten. */
export class Compaction {
  /** Bytes of the tables at which it is due. */
  #bytes: number;

  /** @param most different stacks, drivers and callers that are kept apart; after a compaction half as many stacks */
  constructor(
    private readonly learned: Learned,
    private readonly most: number,
  ) {
    this.#bytes = this.#limit;
  }

  get isDue(): boolean {
    return this.learned.aggregator.apart > this.most || this.#taken > this.#bytes;
  }

  run(): void {
    const { scanner, sites, aggregator, intake } = this.learned;
    // No stack is so deep: one that goes on for ever is given up.
    if (scanner.code.depth.value > DEEPEST) scanner.code.close(false, false);
    intake.take();
    const kept = aggregator.mergeRare(this.most >> 1);
    const frames = new Set(scanner.framesOf(scanner.code.node.value));
    for (const stack of kept) for (const frame of stack.frames) frames.add(frame);
    sites.keep(frames);
    aggregator.moved(kept, scanner.forget(kept.map(({ node }) => node)));
    // What cannot be given up must not be looked at again for every line.
    this.#bytes = Math.max(this.#limit, 2 * this.#taken);
  }

  get #limit(): number {
    return LEAST_BYTES + this.most * BYTES_PER_STACK;
  }

  get #taken(): number {
    return Math.max(this.learned.sites.characters, this.learned.scanner.code.allocated());
  }
}
