import { type Instruction, OpKind, Register } from 'iced-x86';
import type { Cpu } from './cpu.js';
import {
  memoryRead,
  memoryWrite,
  type OperandPlace,
  type ReadOperand,
  registerPlace,
  registerRead,
  registerWrite,
  type Size,
  sizeOf,
  type Write,
} from './operands.js';

const HIGH = 4_294_967_296;

/** The displacement as a signed number; relative to rip, iced has already made it the address. */
export function displacement(instruction: Instruction): number {
  return Number(BigInt.asIntN(64, instruction.memoryDisplacement));
}

/** Where the memory operand lies. */
export function effectiveAddress(instruction: Instruction, wide: boolean): ReadOperand {
  const offset = displacement(instruction);
  const base = registerPlace(instruction.memoryBase);
  const index = registerPlace(instruction.memoryIndex);
  const scale = instruction.memoryIndexScale;
  const segment = instruction.memorySegment;
  const plain = wide
    ? base?.size === 32 || index?.size === 32
      ? narrow(base?.index, index?.index, scale, offset)
      : wideAddress(base?.index, index?.index, scale, offset)
    : narrow(base?.index, index?.index, scale, offset);
  if (segment === Register.FS)
    return wide ? (cpu) => cpu.fsBase + plain(cpu) : (cpu) => (cpu.fsBase + plain(cpu)) >>> 0;
  if (segment === Register.GS)
    return wide ? (cpu) => cpu.gsBase + plain(cpu) : (cpu) => (cpu.gsBase + plain(cpu)) >>> 0;
  return plain;
}

function wideAddress(base: number | undefined, index: number | undefined, scale: number, offset: number): ReadOperand {
  if (base === undefined && index === undefined) return () => offset;
  if (index === undefined) {
    const only = base as number;
    return (cpu) => (cpu.hi[only] as number) * HIGH + ((cpu.lo[only] as number) >>> 0) + offset;
  }
  if (base === undefined) return (cpu) => cpu.address(index) * scale + offset;
  return (cpu) => cpu.address(base) + cpu.address(index) * scale + offset;
}

function narrow(base: number | undefined, index: number | undefined, scale: number, offset: number): ReadOperand {
  if (base === undefined && index === undefined) return () => offset >>> 0;
  if (index === undefined) {
    const only = base as number;
    return (cpu) => ((cpu.lo[only] as number) + offset) >>> 0;
  }
  if (base === undefined) return (cpu) => ((cpu.lo[index] as number) * scale + offset) >>> 0;
  return (cpu) => ((cpu.lo[base] as number) + (cpu.lo[index] as number) * scale + offset) >>> 0;
}

/** Reads an operand of whatever kind. An immediate is as wide as `size`, sign-extended. */
export function reader(instruction: Instruction, operand: number, wide: boolean, size?: Size): ReadOperand {
  const kind = instruction.opKind(operand);
  if (kind === OpKind.Register) {
    const place = registerPlace(instruction.opRegister(operand));
    if (!place) throw new Error(`register ${instruction.opRegister(operand)} is none that the interpreter reads`);
    return registerRead(place);
  }
  if (kind === OpKind.Memory)
    return memoryRead(size ?? sizeOf(instruction, operand), effectiveAddress(instruction, wide));
  return immediate(instruction.immediate(operand), size ?? sizeOf(instruction, operand));
}

export function immediate(value: bigint, size: Size): ReadOperand {
  const low = Number(BigInt.asIntN(32, value));
  if (size === 64) {
    const high = Number(BigInt.asIntN(32, value >> 32n));
    return (cpu) => {
      cpu.h = high;
      return low;
    };
  }
  const cut = size === 8 ? low & 0xff : size === 16 ? low & 0xffff : low;
  return () => cut;
}

export function writer(instruction: Instruction, operand: number, wide: boolean): Write {
  if (instruction.opKind(operand) === OpKind.Memory)
    return memoryWrite(sizeOf(instruction, operand), effectiveAddress(instruction, wide));
  const place = registerPlace(instruction.opRegister(operand));
  if (!place) throw new Error(`register ${instruction.opRegister(operand)} is none that the interpreter writes`);
  return registerWrite(place);
}

const stored = (cpu: Cpu) => cpu.at;

/** An operand to be changed. Its page is checked for writing before anything is: a fault must leave no trace. */
export function changed(instruction: Instruction, operand: number, wide: boolean): OperandPlace {
  const size = sizeOf(instruction, operand);
  if (instruction.opKind(operand) !== OpKind.Memory)
    return { size, load: reader(instruction, operand, wide), store: writer(instruction, operand, wide) };
  const address = effectiveAddress(instruction, wide);
  const read = memoryRead(size, stored);
  const load: ReadOperand = (cpu) => {
    cpu.at = address(cpu);
    cpu.bus.page(cpu.at, true);
    return read(cpu);
  };
  return { size, load, store: memoryWrite(size, stored) };
}
