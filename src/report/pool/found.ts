import type { FoundBlock } from '../../kd-text/pool/found-blocks.js';

/** What searches for a tag have found. */
export interface FoundTag {
  readonly tag: string;
  /** Blocks that are allocated, and their bytes, in the last search. */
  blocks: number;
  bytes: number;
  /** Blocks that were given back, and still bear the tag. */
  free: number;
  /** Blocks of each size. */
  readonly sizes: Map<number, number>;
  /** Blocks in sizes that there was no room for. */
  otherSizes: number;
  /** A block to look at: the first that is allocated. */
  example: bigint | undefined;
  /** How often it was searched for, and what the first search found. */
  searches: number;
  first: { readonly blocks: number; readonly bytes: number } | undefined;
}

const MOST_SIZES = 4096;
const MOST_TAGS = 10_000;

/** Counts the blocks that `!poolfind` lists, by tag and size. */
export class FoundBlocks {
  readonly #tags = new Map<string, FoundTag>();
  #search = 0;
  readonly #seen = new Map<string, number>();

  get tags(): FoundTag[] {
    return [...this.#tags.values()];
  }

  /** Another search begins: what it finds stands for itself. */
  begin(): void {
    this.#search++;
  }

  /** @returns false where there is no room for one more tag */
  add({ tag, size, free, address }: FoundBlock): boolean {
    const found = this.#tagOf(tag);
    if (!found) return false;
    if (free) {
      found.free++;
      return true;
    }
    found.blocks++;
    found.bytes += size;
    found.example ??= address;
    const before = found.sizes.get(size);
    if (before !== undefined || found.sizes.size < MOST_SIZES) found.sizes.set(size, (before ?? 0) + 1);
    else found.otherSizes++;
    return true;
  }

  #tagOf(tag: string): FoundTag | undefined {
    let found = this.#tags.get(tag);
    if (!found) {
      if (this.#tags.size >= MOST_TAGS) return undefined;
      const nothing = { blocks: 0, bytes: 0, free: 0, otherSizes: 0, searches: 0 };
      found = { tag, ...nothing, sizes: new Map(), example: undefined, first: undefined };
      this.#tags.set(tag, found);
    }
    if (this.#seen.get(tag) !== this.#search) {
      if (found.searches === 1) found.first = { blocks: found.blocks, bytes: found.bytes };
      found.blocks = found.bytes = found.free = found.otherSizes = 0;
      found.example = undefined;
      found.sizes.clear();
      found.searches++;
      this.#seen.set(tag, this.#search);
    }
    return found;
  }
}
