import type { Machine } from '../machine/machine.js';
import type { BreakPointTable } from './break-points.js';

const INT3 = 0xcc;

/** Everything in the target that stops code: KD's own breakpoints, int3s that a debugger wrote as data, armed debug registers. */
export class InjectedBreakpoints {
  /** Addresses of int3s that were written over something else, and what that was. */
  readonly #raw = new Map<bigint, number>();

  constructor(
    private readonly machine: Machine,
    private readonly table: BreakPointTable,
  ) {}

  /** A debugger is about to write there: keeps track of int3s that come and go in the code of images. */
  writing(address: bigint, bytes: Uint8Array): void {
    const image = this.machine.images.find(({ base, size }) => address >= base && address < base + BigInt(size));
    if (!image) return;
    const before = this.machine.memory.read(address, bytes.length);
    for (const [index, byte] of bytes.entries()) {
      const at = address + BigInt(index);
      const old = before[index];
      if (byte !== INT3) this.#raw.delete(at);
      else if (old !== undefined && old !== INT3) this.#raw.set(at, old);
    }
  }

  /** Addresses of int3s written as data that are still there. */
  raw(): bigint[] {
    for (const at of this.#raw.keys()) if (this.machine.memory.read(at, 1)[0] !== INT3) this.#raw.delete(at);
    return [...this.#raw.keys()];
  }

  /** Addresses that armed debug registers watch, on any processor. */
  hardware(): bigint[] {
    const found = new Set<bigint>();
    for (const { debug } of this.machine.processors)
      for (const [index, address] of [debug.dr0, debug.dr1, debug.dr2, debug.dr3].entries())
        if ((debug.dr7 >> BigInt(2 * index)) & 3n) found.add(address);
    return [...found];
  }

  /** All of them. */
  all(): bigint[] {
    return [...this.table.addresses(true), ...this.raw(), ...this.hardware()];
  }

  /** True when an int3 at that address is a debugger's. */
  isRaw(address: bigint): boolean {
    return this.#raw.has(address);
  }

  clear(): void {
    this.#raw.clear();
  }
}
