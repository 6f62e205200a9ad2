import type { Cpu } from './cpu.js';

/** The debug registers of one processor, as numbers; addresses as the bus has them. */
export class CpuDebugRegisters {
  readonly address: [number, number, number, number] = [0, 0, 0, 0];
  dr6 = 0xffff0ff0;
  #dr7 = 0x400;
  #executing: readonly number[] = [];
  #data: readonly { readonly bit: number; readonly from: number; readonly size: number; readonly reads: boolean }[] =
    [];

  constructor(readonly cpu: Cpu) {}

  get dr7(): number {
    return this.#dr7;
  }

  set dr7(value: number) {
    this.#dr7 = value >>> 0;
    this.refresh();
  }

  setAddress(register: 0 | 1 | 2 | 3, address: number): void {
    this.address[register] = address;
    this.refresh();
  }

  refresh(): void {
    const enabled = [0, 1, 2, 3].filter((n) => (this.#dr7 >>> (n * 2)) & 3);
    const kind = (n: number) => (this.#dr7 >>> (16 + n * 4)) & 3;
    this.#executing = enabled.filter((n) => kind(n) === 0);
    this.#data = enabled
      .filter((n) => kind(n) === 1 || kind(n) === 3)
      .map((n) => {
        const size = [1, 2, 8, 4][(this.#dr7 >>> (18 + n * 4)) & 3] as number;
        const address = this.address[n] as number;
        // The processor ignores the address bits below the length.
        return { bit: 1 << n, from: Math.floor(address / size) * size, size, reads: kind(n) === 3 };
      });
    this.cpu.breakpoints = enabled.length > 0;
    this.cpu.setSystem(this.cpu.system);
  }

  /** Adds to dr6 what a trap is for. */
  note(bits: number): void {
    this.dr6 = (this.dr6 | bits) >>> 0;
  }

  /** The bits of dr6 for an instruction about to be executed there. */
  executes(at: number): number {
    let bits = 0;
    for (const n of this.#executing) if (this.address[n] === at) bits |= 1 << n;
    return bits;
  }

  /** Notes what an access meets, or undefined while there are no data breakpoints. */
  get watch(): ((address: number, size: number, write: boolean) => void) | undefined {
    if (this.#data.length === 0) return undefined;
    return (address, size, write) => {
      for (const { bit, from, size: length, reads } of this.#data)
        if ((write || reads) && address < from + length && from < address + size) this.cpu.watched |= bit;
    };
  }
}
