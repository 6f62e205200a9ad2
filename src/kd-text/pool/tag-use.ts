/** Which pool memory is from. */
export type Pool = 'nonpaged' | 'paged';

/** What a table says of one tag in one pool. */
export interface TagUse {
  /** Four characters, blanks included. Characters above 0x7f are bytes of the console's code page, where the log has it so. */
  readonly tag: string;
  readonly pool: Pool;
  /** Allocations that have not been freed. */
  readonly count: number;
  readonly bytes: number;
  /** All allocations since the target has started; undefined in a table that lacks them, as do frees. */
  readonly allocs?: number;
  readonly frees?: number;
  /** Whose the table says it is: what it has from its own pooltag.txt. */
  readonly says?: string;
}

/** A tag as tables have it: short ones are filled with blanks, as in memory. */
export function wholeTag(text: string): string {
  return text.slice(0, 4).padEnd(4);
}
