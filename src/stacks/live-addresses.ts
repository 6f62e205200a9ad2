import type { LogPlace } from './findings.js';

/** An allocation whose address is known, or will be. */
export interface LiveAllocation {
  /** The number of its stack. */
  readonly stack: number;
  /** Bytes asked for; negative where nothing told. */
  readonly bytes: number;
  /** Where its hit stands. */
  readonly at?: Readonly<LogPlace>;
}

/** A return from the allocator: where its stack ended then, and what it gave; 0 for nothing. */
export interface Return {
  readonly stackPointer: number;
  readonly wide: boolean;
  readonly address: number;
}

/** What became of the allocations whose addresses a part of a log shows: plain data. */
export interface AddressFindings {
  /** Not freed at the end, by address; below zero those that a reboot has ended, whose addresses say nothing any more. */
  readonly live: ReadonlyMap<number, LiveAllocation>;
  /** Freed before they were allocated in this part: an earlier part may know them. */
  readonly freedFirst: ReadonlySet<number>;
  /** Allocated before they were freed in this part: an earlier part's allocation of them must have gone unnoticed. */
  readonly allocatedFirst: ReadonlySet<number>;
  /** Hits that have not returned from the allocator, by the end of their stack at its first instruction. */
  readonly entered: ReadonlyMap<number, LiveAllocation>;
  /** Returns of hits that this part does not have: an earlier part may. */
  readonly strayReturns: readonly StrayReturn[];
  /** Frees are shown, if there are any. */
  readonly watched: boolean;
  readonly rebooted: boolean;
  /** Of `live`, those that a reboot has ended. */
  readonly endedByReboot: number;
  readonly tracked: number;
  readonly freed: number;
  readonly reused: number;
  readonly unmatchedFrees: number;
}

/** A return of a hit that this part does not have. */
export interface StrayReturn extends Return {
  /** It came after an allocation of this part at its address, and nothing became of that address any more. */
  last: boolean;
}

/** What a return takes off the stack: on x64 its address, on x86 its arguments as well. */
const TAKEN = { wide: [8], narrow: [4, 8, 12, 16, 20, 24] } as const;
/** So many threads are not in the allocator at once. */
const MOST_STRAYS = 64;
const MOST_ENTERED = 65_536;

/** Follows allocations by address, in the order of the log. Memory follows the number of different addresses. */
export class LiveAddresses implements AddressFindings {
  readonly live = new Map<number, LiveAllocation>();
  readonly freedFirst = new Set<number>();
  readonly allocatedFirst = new Set<number>();
  readonly entered = new Map<number, LiveAllocation>();
  readonly strayReturns: StrayReturn[] = [];
  watched = false;
  rebooted = false;
  endedByReboot = 0;
  /** Allocations whose address is known. */
  tracked = 0;
  /** Of these, the ones that were freed later. */
  freed = 0;
  /** Addresses allocated anew though nothing showed that they had been freed. */
  reused = 0;
  unmatchedFrees = 0;

  /** @param most allocations that are followed at a time: the oldest are given up, and their frees match nothing */
  constructor(private readonly most = Number.POSITIVE_INFINITY) {}

  /** The stacks have other numbers now. */
  renumber(stacks: readonly number[]): void {
    for (const map of [this.live, this.entered])
      for (const [key, allocation] of map) {
        const stack = stacks[allocation.stack] as number;
        if (stack !== allocation.stack) map.set(key, { ...allocation, stack });
      }
  }

  #limit(addresses: { readonly size: number; keys(): Iterator<number>; delete(key: number): boolean }): void {
    while (addresses.size > this.most) addresses.delete(addresses.keys().next().value as number);
  }

  /** A hit at the allocator's first instruction: the end of its stack tells which return is its own, whatever threads do meanwhile. */
  enter(stackPointer: number, allocation: LiveAllocation): void {
    if (this.entered.size >= MOST_ENTERED) this.entered.clear();
    this.entered.set(stackPointer, allocation);
  }

  /** @returns whether the hit is known that returns here */
  returns(of: Return): boolean {
    const entry = TAKEN[of.wide ? 'wide' : 'narrow']
      .map((bytes) => of.stackPointer - bytes)
      .find((stackPointer) => this.entered.has(stackPointer));
    const allocation = entry === undefined ? undefined : this.entered.get(entry);
    if (entry === undefined || !allocation) return false;
    this.entered.delete(entry);
    if (of.address !== 0) this.allocate(of.address, allocation);
    return true;
  }

  stray(of: Return): void {
    if (!this.rebooted && this.strayReturns.length < MOST_STRAYS)
      this.strayReturns.push({ ...of, last: this.live.has(of.address) });
  }

  allocate(address: number, allocation: LiveAllocation): void {
    if (this.live.has(address)) this.reused++;
    else if (!this.rebooted && !this.freedFirst.has(address)) this.allocatedFirst.add(address);
    this.tracked++;
    this.live.set(address, allocation);
    this.#limit(this.live);
    this.#limit(this.allocatedFirst);
    this.#overtake(address);
  }

  /** What a stray return says of an address is not the last word any more. */
  #overtake(address: number): void {
    for (const stray of this.strayReturns) if (stray.address === address) stray.last = false;
  }

  free(address: number): void {
    this.#overtake(address);
    if (this.live.delete(address)) {
      this.freed++;
      return;
    }
    this.unmatchedFrees++;
    if (!this.rebooted && !this.allocatedFirst.has(address)) this.freedFirst.add(address);
    this.#limit(this.freedFirst);
  }

  /** The target's memory is new: what was not freed never will be, and addresses begin anew. */
  reboot(): void {
    this.rebooted = true;
    this.entered.clear();
    for (const [address, allocation] of [...this.live].filter(([key]) => key >= 0)) {
      this.live.delete(address);
      this.#ended(allocation);
    }
  }

  #ended(allocation: LiveAllocation): void {
    this.live.set(-++this.endedByReboot, allocation);
    this.#limit(this.live);
  }

  /**
   * Takes in what the part after this one found.
   * @param moved gives an allocation of that part its place and the number of its stack here
   */
  append(next: AddressFindings, moved: (allocation: LiveAllocation) => LiveAllocation): void {
    this.tracked += next.tracked;
    this.freed += next.freed;
    this.reused += next.reused;
    this.unmatchedFrees += next.unmatchedFrees;
    this.watched ||= next.watched;
    for (const of of next.strayReturns) if (!of.last && !this.returns(of)) this.stray(of);
    for (const address of next.freedFirst) {
      if (!this.live.delete(address)) continue;
      this.freed++;
      this.unmatchedFrees--;
    }
    for (const address of next.allocatedFirst) if (this.live.delete(address)) this.reused++;
    if (next.rebooted) this.reboot();
    for (const [address, allocation] of next.live) {
      if (address < 0) this.#ended(moved(allocation));
      else this.live.set(address, moved(allocation));
    }
    for (const of of next.strayReturns) if (of.last && !this.returns(of)) this.stray(of);
    for (const [stackPointer, allocation] of next.entered) this.enter(stackPointer, moved(allocation));
  }
}

/** An address as a number that is exact: kernel addresses differ in their low 48 bits only. */
export function addressKey(address: bigint): number {
  return Number(BigInt.asUintN(48, address));
}
