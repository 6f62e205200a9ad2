import type { Memory } from '../machine/machine.js';

const INT3 = 0xcc;
/** Entries of the kernel's table. */
export const TABLE_ENTRIES = 32;

interface Entry {
  readonly address: bigint;
  /** The byte that the int3 stands for; undefined while the page is not there ("owed"). */
  original: number | undefined;
}

/** The breakpoints that KD itself manages: 32 of them, each an int3 in the code. */
export class BreakPointTable {
  readonly #entries: (Entry | undefined)[] = new Array(TABLE_ENTRIES).fill(undefined);

  constructor(private readonly memory: Memory) {}

  /** Puts a breakpoint in. @returns its handle (1…32), or 0 when there is one already or no room; `owed` when its page is not there yet */
  add(address: bigint): { readonly handle: number; readonly owed: boolean } {
    if (this.#entries.some((entry) => entry?.address === address)) return { handle: 0, owed: false };
    const free = this.#entries.indexOf(undefined);
    if (free < 0) return { handle: 0, owed: false };
    const entry: Entry = { address, original: undefined };
    this.#entries[free] = entry;
    this.#plant(entry);
    return { handle: free + 1, owed: entry.original === undefined };
  }

  /** Takes a breakpoint out by its handle; false when there is none. */
  remove(handle: number): boolean {
    const entry = this.#entries[handle - 1];
    if (entry === undefined) return false;
    this.#entries[handle - 1] = undefined;
    if (entry.original !== undefined) this.memory.write(entry.address, Uint8Array.of(entry.original));
    return true;
  }

  /** Takes out every breakpoint in a range, as a report does with those around the program counter. */
  removeIn(from: bigint, bytes: number): number {
    let removed = 0;
    for (const [index, entry] of this.#entries.entries()) {
      if (entry && entry.address >= from && entry.address < from + BigInt(bytes) && this.remove(index + 1)) removed++;
    }
    return removed;
  }

  /** Tries again to put in what is owed: pages have come. */
  settle(): void {
    for (const entry of this.#entries) if (entry && entry.original === undefined) this.#plant(entry);
  }

  /** Addresses of all entries; those that are really in the code only with `injected`. */
  addresses(injected = false): bigint[] {
    return this.#entries.flatMap((entry) =>
      entry && (!injected || entry.original !== undefined) ? [entry.address] : [],
    );
  }

  /** Forgets all, without touching memory: the memory is a new one. */
  clear(): void {
    this.#entries.fill(undefined);
  }

  #plant(entry: Entry): void {
    const [original] = this.memory.read(entry.address, 1);
    if (original === undefined || this.memory.write(entry.address, Uint8Array.of(INT3)) !== 1) return;
    entry.original = original;
  }
}
