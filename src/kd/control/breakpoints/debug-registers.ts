import type { LineQuality } from '../../wire/line-quality.js';
import type { Architecture } from '../architecture.js';
import { writeSpecial } from '../control-space.js';
import type { Wire } from '../requests.js';

// The four debug registers of the processors: which are taken, and what DR7 and DR6 say. They are not the breakpoints' list.

/** What a hardware breakpoint waits for: execution, a write, or any access. */
export type HardwareAccess = 'execute' | 'write' | 'access';

/** Bit 10 of DR7 is always set; with nothing else it stops nothing. */
export const IDLE_DR7 = 0x400n;
const SLOTS = 4;
const RW_BITS: Readonly<Record<HardwareAccess, bigint>> = { execute: 0n, write: 1n, access: 3n };
const LENGTH_BITS: Readonly<Record<number, bigint>> = { 1: 0n, 2: 1n, 4: 3n, 8: 2n };

export interface HardwareBreakpoint {
  readonly address: bigint;
  readonly access: HardwareAccess;
  /** Bytes watched: 1, 2, 4, or 8; always 1 for execution. */
  readonly bytes: number;
}

/** A register that is taken; one that is not armed yet is in no DR7. */
interface Slot extends HardwareBreakpoint {
  readonly armed: boolean;
}

/** The DR7 that arms these slots. Source: the layout of DR7 in the processor's manual. */
export function dr7Of(slots: readonly (HardwareBreakpoint | undefined)[]): bigint {
  let value = IDLE_DR7;
  slots.forEach((slot, index) => {
    if (!slot) return;
    const length = slot.access === 'execute' ? 0n : (LENGTH_BITS[slot.bytes] ?? 0n);
    value |= 1n << BigInt(index * 2);
    value |= (RW_BITS[slot.access] | (length << 2n)) << BigInt(16 + index * 4);
  });
  return value;
}

/** The slot that DR6 says was hit; undefined for none. */
export function slotHit(dr6: bigint): number | undefined {
  for (let slot = 0; slot < SLOTS; slot++) if ((dr6 & (1n << BigInt(slot))) !== 0n) return slot;
  return undefined;
}

/** True when DR6 says that the trap flag stopped the processor. */
export function wasSingleStep(dr6: bigint): boolean {
  return (dr6 & 0x4000n) !== 0n;
}

/** DR0 to DR3 of every processor. DR7 travels with every Continue2, and is not written here. */
export class DebugRegisters {
  readonly slots: (Slot | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  /** What the target's registers hold, as far as it is known. */
  #held: ({ readonly address: bigint; readonly processors: number } | undefined)[] = Array.from(
    { length: SLOTS },
    () => undefined,
  );

  constructor(
    private readonly wire: Wire,
    private readonly architecture: Architecture,
    private readonly quality: LineQuality,
  ) {}

  /** Takes a slot; undefined when all are taken. @param armed it stops the target from its next resume on */
  take(breakpoint: HardwareBreakpoint, armed = true): number | undefined {
    const slot = this.slots.indexOf(undefined);
    if (slot < 0) return undefined;
    this.slots[slot] = { ...breakpoint, armed };
    return slot;
  }

  /**
   * Writes the address of a slot that is not armed to one processor more, and arms it when all have it: what a hit costs then does
   * not grow with the number of processors.
   * @returns whether it is armed
   */
  async prepare(slot: number, processors: number): Promise<boolean> {
    const breakpoint = this.slots[slot];
    if (!breakpoint) return false;
    const loaded = this.#loaded(slot, breakpoint.address);
    if (loaded < processors) await this.#write(slot, breakpoint.address, loaded);
    const armed = loaded + 1 >= processors;
    this.slots[slot] = { ...breakpoint, armed };
    return armed;
  }

  free(slot: number): void {
    this.slots[slot] = undefined;
  }

  /** Writes the addresses that the target does not have yet, to every processor. */
  async load(processors: number): Promise<void> {
    for (const [slot, breakpoint] of this.slots.entries()) {
      if (!breakpoint?.armed) continue;
      for (let each = this.#loaded(slot, breakpoint.address); each < processors; each++)
        await this.#write(slot, breakpoint.address, each);
    }
  }

  #loaded(slot: number, address: bigint): number {
    const held = this.#held[slot];
    return held?.address === address ? held.processors : 0;
  }

  async #write(slot: number, address: bigint, processor: number): Promise<void> {
    const { special, pointerBytes } = this.architecture;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(address);
    const offset = special.dr0 + slot * pointerBytes;
    const value = bytes.subarray(0, pointerBytes);
    await writeSpecial(this.wire, this.architecture, this.quality, processor, offset, value);
    this.#held[slot] = { address, processors: processor + 1 };
  }

  /** DR7 with everything armed, but for execution breakpoints at that address. */
  dr7(without?: bigint): bigint {
    const passed = (slot: Slot): boolean => slot.access === 'execute' && slot.address === without;
    return dr7Of(this.slots.map((slot) => (slot?.armed && !passed(slot) ? slot : undefined)));
  }

  /** Whether the target still holds an address is not known any more. */
  unload(): void {
    this.#held.fill(undefined);
  }

  /** The target has begun anew: its registers are empty. */
  forget(): void {
    this.slots.fill(undefined);
    this.#held.fill(undefined);
  }
}
