import { type Instruction, MemorySize, OpKind, Register } from 'iced-x86';
import type { Cpu } from './cpu.js';

/** Reads a value: the lower half, with the upper one of 64 bits in `cpu.h`. */
export type ReadOperand = (cpu: Cpu) => number;
export type Write = (cpu: Cpu, value: number) => void;
export type Size = 8 | 16 | 32 | 64;

/** An operand that is read, changed and written: `store` writes where the last `load` read. */
export interface OperandPlace {
  readonly size: Size;
  readonly load: ReadOperand;
  readonly store: Write;
}

interface RegisterPlace {
  readonly index: number;
  readonly size: Size;
  readonly high: boolean;
}

export function registerPlace(register: Register): RegisterPlace | undefined {
  if (register >= Register.RAX && register <= Register.R15) return place(register - Register.RAX, 64);
  if (register >= Register.EAX && register <= Register.R15D) return place(register - Register.EAX, 32);
  if (register >= Register.AX && register <= Register.R15W) return place(register - Register.AX, 16);
  if (register >= Register.AL && register <= Register.BL) return place(register - Register.AL, 8);
  if (register >= Register.AH && register <= Register.BH) return place(register - Register.AH, 8, true);
  if (register >= Register.SPL && register <= Register.R15L) return place(register - Register.SPL + 4, 8);
  return undefined;
}

function place(index: number, size: Size, high = false): RegisterPlace {
  return { index, size, high };
}

const SIZES = new Map<MemorySize, Size>([
  [MemorySize.UInt8, 8],
  [MemorySize.Int8, 8],
  [MemorySize.UInt16, 16],
  [MemorySize.Int16, 16],
  [MemorySize.UInt32, 32],
  [MemorySize.Int32, 32],
  [MemorySize.DwordOffset, 32],
  [MemorySize.UInt64, 64],
  [MemorySize.Int64, 64],
  [MemorySize.QwordOffset, 64],
]);

/** The size of an operand; of an immediate, that of operand 0. */
export function sizeOf(instruction: Instruction, operand: number): Size {
  const kind = instruction.opKind(operand);
  if (kind === OpKind.Register) {
    const found = registerPlace(instruction.opRegister(operand));
    if (found) return found.size;
  } else if (kind === OpKind.Memory) {
    const size = SIZES.get(instruction.memorySize);
    if (size) return size;
  } else if (operand > 0) {
    return sizeOf(instruction, 0);
  }
  throw new Error(`no size of operand ${operand}, kind ${kind}, memory size ${instruction.memorySize}`);
}

export function registerRead({ index, size, high }: RegisterPlace): ReadOperand {
  if (high) return (cpu) => ((cpu.lo[index] as number) >> 8) & 0xff;
  if (size === 8) return (cpu) => (cpu.lo[index] as number) & 0xff;
  if (size === 16) return (cpu) => (cpu.lo[index] as number) & 0xffff;
  if (size === 32) return (cpu) => cpu.lo[index] as number;
  return (cpu) => {
    cpu.h = cpu.hi[index] as number;
    return cpu.lo[index] as number;
  };
}

/** 32 bits clear the upper half, fewer leave the rest as it was. */
export function registerWrite({ index, size, high }: RegisterPlace): Write {
  const mask = high ? 0xff00 : size === 8 ? 0xff : 0xffff;
  const shift = high ? 8 : 0;
  if (size < 32)
    return (cpu, value) => {
      cpu.lo[index] = ((cpu.lo[index] as number) & ~mask) | ((value << shift) & mask);
    };
  if (size === 32)
    return (cpu, value) => {
      cpu.lo[index] = value;
      cpu.hi[index] = 0;
    };
  return (cpu, value) => {
    cpu.lo[index] = value;
    cpu.hi[index] = cpu.h;
  };
}

export function memoryRead(size: Size, address: ReadOperand): ReadOperand {
  if (size === 8) return (cpu) => cpu.bus.read8(address(cpu));
  if (size === 16) return (cpu) => cpu.bus.read16(address(cpu));
  if (size === 32) return (cpu) => cpu.bus.read32(address(cpu));
  return (cpu) => {
    const at = address(cpu);
    const low = cpu.bus.read32(at);
    cpu.h = cpu.bus.read32(at + 4);
    return low;
  };
}

export function memoryWrite(size: Size, address: ReadOperand): Write {
  if (size === 8) return (cpu, value) => cpu.bus.write8(address(cpu), value);
  if (size === 16) return (cpu, value) => cpu.bus.write16(address(cpu), value);
  if (size === 32) return (cpu, value) => cpu.bus.write32(address(cpu), value);
  return (cpu, value) => {
    const at = address(cpu);
    cpu.bus.write32(at, value);
    cpu.bus.write32(at + 4, cpu.h);
  };
}
