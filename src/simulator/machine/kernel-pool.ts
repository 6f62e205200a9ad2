import type { Bus } from './cpu/bus.js';
import type { ImageSet } from './images/image-set.js';
import type { KernelFamily } from './kernels.js';
import type { MachinePool } from './machine.js';
import { toAddress, toNumber } from './memory.js';
import type { EmulatedProcessor } from './processor.js';

/** Of ExpComputeHashForTag, as track.c and tags.c of the images have it. */
const HASH_FACTOR = 40_543n;

/** What the kernel of a machine says of its pool, from its own variables. */
export class KernelPool implements MachinePool {
  readonly routine: bigint | undefined;
  readonly #breaks: readonly { readonly from: number; readonly to: number }[];
  readonly #width: number;

  constructor(
    private readonly family: KernelFamily,
    private readonly set: ImageSet,
    private readonly bus: Bus,
    private readonly wide: boolean,
    private readonly processors: () => readonly EmulatedProcessor[],
  ) {
    this.routine = family.specialOnly ? toAddress(set.nt(family.allocator.routine), wide) : undefined;
    this.#breaks = family.hitBreaks.functions.map((name) => set.extent(name));
    this.#width = wide ? 8 : 4;
  }

  /** Allocations from special pool since the boot. */
  get specialAllocations(): number {
    return this.bus.read32(this.set.nt(this.family.counter)) >>> 0;
  }

  get hitTag(): number {
    return this.bus.read32(this.set.nt('PoolHitTag')) >>> 0;
  }

  usesOf(tag: number): number {
    const slot = this.#slotOf(tag);
    if (slot === undefined) return 0;
    const { entryBytes, allocs, frees } = this.family.tracker;
    let uses = 0;
    for (const { number } of this.processors()) {
      const entry = this.#pointer(this.set.nt('ExPoolTagTables') + number * this.#width) + slot * entryBytes;
      for (const field of [...allocs, ...frees]) uses += this.bus.read32(entry + field) >>> 0;
    }
    return uses;
  }

  isHitBreak(number: number): boolean {
    if (this.hitTag === 0) return false;
    const cpu = this.processors()[number]?.cpu;
    if (!cpu) return false;
    if (!this.family.hitBreaks.called) return this.#isInBreaks(cpu.ip);
    if (cpu.ip !== this.set.nt('DbgBreakPoint')) return false;
    // Asserting drivers call it, too: the return address says who did.
    const stack = this.processors()[number]?.get(this.wide ? 'rsp' : 'esp') ?? 0n;
    return this.#isInBreaks(this.#pointer(toNumber(stack, this.wide)));
  }

  #isInBreaks(at: number): boolean {
    return this.#breaks.some(({ from, to }) => at >= from && at < to);
  }

  /** The first table says which tag has which place. */
  #slotOf(tag: number): number | undefined {
    const table = this.#pointer(this.set.nt('PoolTrackTable'));
    const mask = this.bus.read32(this.set.nt('PoolTrackTableMask')) >>> 0;
    const product = BigInt(tag) * HASH_FACTOR;
    const first = Number((product ^ (product >> 32n)) & BigInt(mask));
    for (let probe = 0; probe <= mask; probe++) {
      const slot = (first + probe) & mask;
      const key = this.bus.read32(table + slot * this.family.tracker.entryBytes) >>> 0;
      if (key === tag) return slot;
      if (key === 0) return undefined;
    }
    return undefined;
  }

  #pointer(at: number): number {
    const low = this.bus.read32(at) >>> 0;
    return this.wide ? this.bus.read32(at + 4) * 4_294_967_296 + low : low;
  }
}
