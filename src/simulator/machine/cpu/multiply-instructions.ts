import { Mnemonic } from 'iced-x86';
import { reader, writer } from './addressing.js';
import type { Cpu } from './cpu.js';
import type { Compile, Family } from './family.js';
import { registerRead, registerWrite, type Size, sizeOf } from './operands.js';
import { joined, lowerOf } from './shift-instructions.js';
import { CPU_STATUS, CpuStop } from './stops.js';

/** rax and rdx, or as much of them as an operation of this size uses; 8 bits have ah for rdx. */
function pair(size: Size) {
  const low = { index: 0, size, high: false };
  const high = size === 8 ? { index: 0, size, high: true } : { index: 2, size, high: false };
  return {
    readLow: (cpu: Cpu) => joined(registerRead(low)(cpu), cpu.h, size),
    readHigh: (cpu: Cpu) => joined(registerRead(high)(cpu), cpu.h, size),
    write(cpu: Cpu, lower: bigint, upper: bigint) {
      registerWrite(low)(cpu, lowerOf(cpu, lower));
      registerWrite(high)(cpu, lowerOf(cpu, upper));
    },
  };
}

function product(cpu: Cpu, a: bigint, b: bigint, size: Size, signed: boolean): bigint {
  const result = signed ? BigInt.asIntN(size, a) * BigInt.asIntN(size, b) : a * b;
  const fits = result === (signed ? BigInt.asIntN(size, result) : BigInt.asUintN(size, result));
  cpu.cf = cpu.of = fits ? 0 : 1;
  return result;
}

function multiply(signed: boolean): Compile {
  return (instruction, wide) => {
    if (instruction.opCount > 1) return multiplyInto(instruction, wide);
    const size = sizeOf(instruction, 0);
    const source = reader(instruction, 0, wide);
    const registers = pair(size);
    return (cpu) => {
      const b = joined(source(cpu), cpu.h, size);
      const result = product(cpu, registers.readLow(cpu), b, size, signed);
      registers.write(cpu, result, result >> BigInt(size));
    };
  };
}

/** imul with two or three operands. */
const multiplyInto: Compile = (instruction, wide) => {
  const size = sizeOf(instruction, 0);
  const last = instruction.opCount - 1;
  const left = reader(instruction, last - 1, wide, size);
  const right = reader(instruction, last, wide, size);
  const store = writer(instruction, 0, wide);
  if (size === 32)
    return (cpu) => {
      const a = left(cpu);
      const b = right(cpu);
      const result = Math.imul(a, b);
      cpu.cf = cpu.of = a * b === result ? 0 : 1;
      store(cpu, result);
    };
  return (cpu) => {
    const a = joined(left(cpu), cpu.h, size);
    const b = joined(right(cpu), cpu.h, size);
    store(cpu, lowerOf(cpu, product(cpu, a, b, size, true)));
  };
};

function divide(signed: boolean): Compile {
  return (instruction, wide) => {
    const size = sizeOf(instruction, 0);
    const source = reader(instruction, 0, wide);
    const registers = pair(size);
    const bits = BigInt(size);
    return (cpu) => {
      const unsigned = joined(source(cpu), cpu.h, size);
      const divisor = signed ? BigInt.asIntN(size, unsigned) : unsigned;
      if (divisor === 0n) throw new CpuStop('fault', CPU_STATUS.divideByZero);
      const both = (registers.readHigh(cpu) << bits) | registers.readLow(cpu);
      const dividend = signed ? BigInt.asIntN(size * 2, both) : both;
      const quotient = dividend / divisor;
      const fits = signed ? BigInt.asIntN(size, quotient) : BigInt.asUintN(size, quotient);
      if (fits !== quotient) throw new CpuStop('fault', CPU_STATUS.integerOverflow);
      registers.write(cpu, quotient, dividend % divisor);
    };
  };
}

export const multiplying: Family = new Map<Mnemonic, Compile>([
  [Mnemonic.Mul, multiply(false)],
  [Mnemonic.Imul, multiply(true)],
  [Mnemonic.Div, divide(false)],
  [Mnemonic.Idiv, divide(true)],
]);
