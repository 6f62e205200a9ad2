import { Mnemonic } from 'iced-x86';
import { changed, reader } from './addressing.js';
import { setResult } from './arithmetic.js';
import type { Cpu } from './cpu.js';
import type { Compile, Family } from './family.js';
import type { Size } from './operands.js';

/** Shifts are few in the images: a BigInt each keeps them plain. The count is already cut to 5 or 6 bits, and not 0. */
type Shift = (cpu: Cpu, value: bigint, count: number, size: Size) => bigint;

const shl: Shift = (cpu, value, count, size) => {
  const wide = value << BigInt(count);
  const result = BigInt.asUintN(size, wide);
  cpu.cf = Number((wide >> BigInt(size)) & 1n);
  cpu.of = top(result, size) ^ cpu.cf;
  return result;
};

const shr: Shift = (cpu, value, count, size) => {
  cpu.cf = Number((value >> BigInt(count - 1)) & 1n);
  cpu.of = top(value, size);
  return value >> BigInt(count);
};

const sar: Shift = (cpu, value, count, size) => {
  const signed = BigInt.asIntN(size, value);
  cpu.cf = Number((signed >> BigInt(count - 1)) & 1n);
  cpu.of = 0;
  return BigInt.asUintN(size, signed >> BigInt(count));
};

const rol: Shift = (cpu, value, count, size) => {
  const by = BigInt(count % size);
  const result = BigInt.asUintN(size, (value << by) | (value >> (BigInt(size) - by)));
  cpu.cf = Number(result & 1n);
  cpu.of = top(result, size) ^ cpu.cf;
  return result;
};

const ror: Shift = (cpu, value, count, size) => {
  const result = rol(cpu, value, size - (count % size), size);
  cpu.cf = top(result, size);
  cpu.of = cpu.cf ^ Number((result >> BigInt(size - 2)) & 1n);
  return result;
};

function top(value: bigint, size: Size): number {
  return Number((value >> BigInt(size - 1)) & 1n);
}

export function joined(low: number, high: number, size: Size): bigint {
  const value = BigInt(low >>> 0);
  return size === 64 ? value | (BigInt(high >>> 0) << 32n) : BigInt.asUintN(size, value);
}

export function lowerOf(cpu: Cpu, value: bigint): number {
  cpu.h = Number(BigInt.asIntN(32, value >> 32n));
  return Number(BigInt.asIntN(32, value));
}

function shifting(shift: Shift, rotates = false): Compile {
  return (instruction, wide) => {
    const target = changed(instruction, 0, wide);
    const { size } = target;
    const counted = reader(instruction, 1, wide, 8);
    return (cpu) => {
      const count = counted(cpu) & (size === 64 ? 63 : 31);
      const low = target.load(cpu);
      if (count === 0) return target.store(cpu, low);
      const result = shift(cpu, joined(low, cpu.h, size), count, size);
      const cut = lowerOf(cpu, result);
      target.store(cpu, cut);
      if (!rotates) setResult(cpu, size, cut, cpu.h);
    };
  };
}

/** shld and shrd: what moves in comes from a second operand. */
function double(left: boolean): Compile {
  return (instruction, wide) => {
    const target = changed(instruction, 0, wide);
    const { size } = target;
    const filler = reader(instruction, 1, wide, size);
    const counted = reader(instruction, 2, wide, 8);
    return (cpu) => {
      const count = counted(cpu) & (size === 64 ? 63 : 31);
      const b = joined(filler(cpu), cpu.h, size);
      const low = target.load(cpu);
      if (count === 0) return target.store(cpu, low);
      const a = joined(low, cpu.h, size);
      const both = left ? (a << BigInt(size)) | b : (b << BigInt(size)) | a;
      const moved = left ? both << BigInt(count) : both >> BigInt(count);
      const result = BigInt.asUintN(size, left ? moved >> BigInt(size) : moved);
      cpu.cf = Number((left ? moved >> BigInt(2 * size) : a >> BigInt(count - 1)) & 1n);
      cpu.of = top(result, size) ^ top(a, size);
      const cut = lowerOf(cpu, result);
      target.store(cpu, cut);
      setResult(cpu, size, cut, cpu.h);
    };
  };
}

export const shiftingFamily: Family = new Map<Mnemonic, Compile>([
  [Mnemonic.Shl, shifting(shl)],
  [Mnemonic.Sal, shifting(shl)],
  [Mnemonic.Shr, shifting(shr)],
  [Mnemonic.Sar, shifting(sar)],
  [Mnemonic.Rol, shifting(rol, true)],
  [Mnemonic.Ror, shifting(ror, true)],
  [Mnemonic.Shld, double(true)],
  [Mnemonic.Shrd, double(false)],
]);
