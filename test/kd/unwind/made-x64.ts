import type { ReadStack } from '../../../src/kd/unwind/read-stack.js';
import type { FunctionEntry } from '../../../src/kd/unwind/unwind-info.js';
import type { UnwindSource } from '../../../src/kd/unwind/unwind-source.js';
import { type ModuleAt, walkX64 } from '../../../src/kd/unwind/x64.js';

export const BASE = 0xfffff800_00400000n;
export const STACK = 0xfffff880_02c00000n;

export interface MadeInfo {
  readonly version?: 1 | 2;
  readonly flags?: number;
  readonly prologue?: number;
  readonly frame?: readonly [register: number, offset: number];
  /** `[offset, operation, argument]`, then further slots as plain numbers. */
  readonly codes?: readonly (readonly [number, number, number] | number)[];
  readonly chained?: FunctionEntry;
}

export function makeInfo({
  version = 1,
  flags = 0,
  prologue = 0,
  frame = [0, 0],
  codes = [],
  chained,
}: MadeInfo): Buffer {
  const slots = codes.map((code) => (typeof code === 'number' ? code : code[0] | (code[1] << 8) | (code[2] << 12)));
  const padded = slots.length % 2 === 1 ? [...slots, 0] : slots;
  const bytes = Buffer.alloc(4 + padded.length * 2 + (chained ? 12 : 0));
  bytes.set([version | ((flags | (chained ? 4 : 0)) << 3), prologue, slots.length, frame[0] | ((frame[1] / 16) << 4)]);
  padded.forEach((slot, index) => {
    bytes.writeUInt16LE(slot, 4 + index * 2);
  });
  if (chained)
    [chained.begin, chained.end, chained.unwind].forEach((value, index) => {
      bytes.writeUInt32LE(value, 4 + padded.length * 2 + index * 4);
    });
  return bytes;
}

export interface MadeFunction {
  readonly begin: number;
  readonly end: number;
  readonly info: MadeInfo;
  /** Its code from its begin; nops without. */
  readonly code?: Buffer;
}

/** A module of made-up functions; the unwind RVA of each is its begin plus 0x100000. */
export function makeModule(functions: readonly MadeFunction[]): ModuleAt {
  const unwind = (begin: number) => begin + 0x10_0000;
  const source: UnwindSource = {
    async entry(rva) {
      const found = functions.find(({ begin, end }) => rva >= begin && rva < end);
      return found && { begin: found.begin, end: found.end, unwind: unwind(found.begin) };
    },
    async info(rva) {
      const found = functions.find(({ begin }) => unwind(begin) === rva);
      return found ? makeInfo(found.info) : Buffer.alloc(0);
    },
    async code(rva, length) {
      const found = functions.find(({ begin, end }) => rva >= begin && rva < end);
      if (!found?.code) return Buffer.alloc(length, 0x90);
      return found.code.subarray(rva - found.begin, rva - found.begin + length);
    },
  };
  return async (address) =>
    address >= BASE && address < BASE + 0x10_0000n ? { base: BASE, unwind: source } : undefined;
}

/** Memory of words from STACK on. */
export function makeStack(words: readonly bigint[], base = STACK): ReadStack {
  const bytes = Buffer.alloc(words.length * 8);
  words.forEach((word, index) => {
    bytes.writeBigUInt64LE(BigInt.asUintN(64, word), index * 8);
  });
  return {
    async read(address, length) {
      const from = Number(address - base);
      return from >= 0 && from + length <= bytes.length ? bytes.subarray(from, from + length) : undefined;
    },
    entering: () => {},
  };
}

/** General registers: all 0x1000 plus their number but for RSP, which is at STACK. */
export function registers(changes: Readonly<Record<number, bigint>> = {}): bigint[] {
  return Array.from({ length: 16 }, (_, index) => changes[index] ?? (index === 4 ? STACK : 0x1000n + BigInt(index)));
}

export const at = (rva: number) => BASE + BigInt(rva);

export function walkMade(
  functions: readonly MadeFunction[],
  rva: number,
  words: readonly bigint[],
  { changes = {}, limit = 20, user = false }: { changes?: Record<number, bigint>; limit?: number; user?: boolean } = {},
) {
  return walkX64({ rip: at(rva), gp: registers(changes) }, makeStack(words), makeModule(functions), { limit, user });
}
