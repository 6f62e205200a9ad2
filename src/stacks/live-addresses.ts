/** An allocation whose address is known. */
export interface LiveAllocation {
  /** The number of its stack. */
  readonly stack: number;
  /** Bytes asked for; negative where nothing told. */
  readonly bytes: number;
}

/** What became of the allocations whose addresses a part of a log shows: plain data. */
export interface AddressFindings {
  /** Not freed at the end. */
  readonly live: ReadonlyMap<number, LiveAllocation>;
  /** Freed before they were allocated in this part: an earlier part may know them. */
  readonly freedFirst: ReadonlySet<number>;
  /** Allocated before they were freed in this part: an earlier part's allocation of them must have gone unnoticed. */
  readonly allocatedFirst: ReadonlySet<number>;
  readonly tracked: number;
  readonly freed: number;
  readonly reused: number;
  readonly unmatchedFrees: number;
}

/** Follows allocations by address, in the order of the log. Memory follows the number of different addresses. */
export class LiveAddresses implements AddressFindings {
  readonly live = new Map<number, LiveAllocation>();
  readonly freedFirst = new Set<number>();
  readonly allocatedFirst = new Set<number>();
  /** Allocations whose address is known. */
  tracked = 0;
  /** Of these, the ones that were freed later. */
  freed = 0;
  /** Addresses allocated anew though nothing showed that they had been freed. */
  reused = 0;
  unmatchedFrees = 0;

  allocate(address: number, allocation: LiveAllocation): void {
    if (this.live.has(address)) this.reused++;
    else if (!this.freedFirst.has(address)) this.allocatedFirst.add(address);
    this.tracked++;
    this.live.set(address, allocation);
  }

  free(address: number): void {
    if (this.live.delete(address)) {
      this.freed++;
      return;
    }
    this.unmatchedFrees++;
    if (!this.allocatedFirst.has(address)) this.freedFirst.add(address);
  }

  /**
   * Takes in what the part after this one found.
   * @param renumber from the numbers of its stacks to those of this part
   */
  append(next: AddressFindings, renumber: (stack: number) => number): void {
    this.tracked += next.tracked;
    this.freed += next.freed;
    this.reused += next.reused;
    this.unmatchedFrees += next.unmatchedFrees;
    for (const address of next.freedFirst) {
      if (!this.live.delete(address)) continue;
      this.freed++;
      this.unmatchedFrees--;
    }
    for (const address of next.allocatedFirst) if (this.live.delete(address)) this.reused++;
    for (const [address, { stack, bytes }] of next.live) this.live.set(address, { stack: renumber(stack), bytes });
  }
}

/** An address as a number that is exact: kernel addresses differ in their low 48 bits only. */
export function addressKey(address: bigint): number {
  return Number(BigInt.asUintN(48, address));
}
