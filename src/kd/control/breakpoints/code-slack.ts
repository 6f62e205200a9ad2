import { readImageHeaders, type SectionHeader } from '../../symbols/image/image.js';
import type { Architecture } from '../architecture.js';
import type { TargetMemory } from '../memory.js';
import type { Modules, TargetModule } from '../modules.js';
import { firstInstruction } from './iced.js';

// Copies of instructions in unused bytes behind code, to pass a breakpoint without a step. It writes to no code in use.

/** `jmp rel32` */
const JUMP = 0xe9;
const JUMP_BYTES = 5;
const MOST_JUMP = 0x7fff_ffffn;
/** Copies begin at multiples of this, and none is longer: an instruction has up to 15 bytes, those that are copied fewer. */
const PLACE_BYTES = 16;
/** What linkers fill up with: nothing, `nop`, `int 3`. */
const FILLERS = [0x00, 0x90, 0xcc];
const PAGE = 0x1000;

/**
 * Copies of instructions in unused bytes: a processor that stands at a breakpoint goes on through the copy of its first instruction
 * and a jump to the second, while the breakpoint stays armed. Nothing but the filler behind a module's code is written, and that stays
 * so until the next boot: a thread may be interrupted anywhere, and come back to it.
 */
export class CodeSlack {
  readonly #copies = new Map<bigint, bigint | undefined>();

  constructor(
    private readonly memory: TargetMemory,
    private readonly modules: Modules,
    private readonly architecture: Architecture,
  ) {}

  /**
   * Where the copy of an instruction is; it is written when somebody asks for the first time.
   * @param code what stands at the address
   * @returns undefined where there can be none: an instruction that depends on its place, no room, memory that does not take it
   * @throws LinkError
   */
  async copyOf(address: bigint, code: Buffer): Promise<bigint | undefined> {
    if (!this.#copies.has(address)) this.#copies.set(address, await this.#copy(address, code));
    return this.#copies.get(address);
  }

  /** Another boot, other memory. */
  forget(): void {
    this.#copies.clear();
  }

  async #copy(address: bigint, code: Buffer): Promise<bigint | undefined> {
    const length = movableBytes(code, this.architecture.bits);
    const module = length === undefined ? undefined : await this.modules.around(address, 1);
    if (length === undefined || !module) return undefined;
    const instruction = code.subarray(0, length);
    for (const place of await this.#places(module)) {
      const wanted = jumpingBack(instruction, place, address);
      if (!wanted) continue;
      const there = await this.memory.read(place, PLACE_BYTES);
      // Of an earlier session.
      if (there.subarray(0, wanted.length).equals(wanted)) return place;
      if (there.length < PLACE_BYTES || !isFiller(there)) continue;
      return (await this.#write(place, wanted)) ? place : undefined;
    }
    return undefined;
  }

  async #write(place: bigint, wanted: Buffer): Promise<boolean> {
    if ((await this.memory.write(place, wanted)) < wanted.length) return false;
    return (await this.memory.read(place, wanted.length)).equals(wanted);
  }

  /** The places behind the first code section of a module that stays in memory. */
  async #places({ base }: TargetModule): Promise<bigint[]> {
    const read = (rva: number, length: number): Promise<Buffer> => this.memory.read(base + BigInt(rva), length, true);
    const section = (await readImageHeaders(read))?.sections.find(staysInMemory);
    if (!section) return [];
    const begin = roundUp(section.rva + section.size, PLACE_BYTES);
    const count = (roundUp(begin, PAGE) - begin) / PLACE_BYTES;
    return Array.from({ length: count }, (_, index) => base + BigInt(begin + index * PLACE_BYTES));
  }
}

/**
 * Bytes of the first instruction, if it does the same at any other place. Undefined for one that jumps, calls, returns or traps, and
 * for one that reaches memory relative to its own place.
 */
export function movableBytes(code: Buffer, bits: 32 | 64): number | undefined {
  return firstInstruction(code, bits, ({ length, flowControl, isInvalid, isIpRelMemoryOperand }, { FlowControl }) => {
    const goesOn = !isInvalid && flowControl === FlowControl.Next;
    return goesOn && !isIpRelMemoryOperand && length + JUMP_BYTES <= PLACE_BYTES ? length : undefined;
  });
}

function jumpingBack(instruction: Buffer, place: bigint, original: bigint): Buffer | undefined {
  const distance = original - place - BigInt(JUMP_BYTES);
  if (distance > MOST_JUMP || distance < -MOST_JUMP) return undefined;
  const jump = Buffer.alloc(JUMP_BYTES, JUMP);
  jump.writeInt32LE(Number(distance), 1);
  return Buffer.concat([instruction, jump]);
}

/** Sections whose names begin with PAGE are paged out, and those of a boot are given back. Source: "Making Drivers Pageable". */
function staysInMemory({ name, executable, discardable }: SectionHeader): boolean {
  return executable && !discardable && !name.toUpperCase().startsWith('PAGE');
}

function isFiller(bytes: Buffer): boolean {
  return FILLERS.includes(bytes[0] as number) && bytes.every((byte) => byte === bytes[0]);
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
