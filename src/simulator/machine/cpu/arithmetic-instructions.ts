import { Mnemonic } from 'iced-x86';
import { changed, reader } from './addressing.js';
import { type Arithmetic, addition, setResult, subtraction } from './arithmetic.js';
import type { Compile, Family } from './family.js';
import { type Size, sizeOf } from './operands.js';

type Table = Record<Size, Arithmetic>;

function arithmetic(table: Table, carry: boolean): Compile {
  return (instruction, wide) => {
    const target = changed(instruction, 0, wide);
    const source = reader(instruction, 1, wide, target.size);
    const calculate = table[target.size];
    return (cpu) => {
      const b = source(cpu);
      const bh = cpu.h;
      const a = target.load(cpu);
      target.store(cpu, calculate(cpu, a, cpu.h, b, bh, carry ? cpu.cf : 0));
    };
  };
}

const compare: Compile = (instruction, wide) => {
  const size = sizeOf(instruction, 0);
  const left = reader(instruction, 0, wide);
  const right = reader(instruction, 1, wide, size);
  const calculate = subtraction[size];
  return (cpu) => {
    const b = right(cpu);
    const bh = cpu.h;
    calculate(cpu, left(cpu), cpu.h, b, bh, 0);
  };
};

function logic(combine: (a: number, b: number) => number): Compile {
  return (instruction, wide) => {
    const target = changed(instruction, 0, wide);
    const { size } = target;
    const source = reader(instruction, 1, wide, size);
    return (cpu) => {
      const b = source(cpu);
      const bh = cpu.h;
      const low = combine(target.load(cpu), b);
      const high = combine(cpu.h, bh);
      cpu.h = high;
      target.store(cpu, low);
      cpu.cf = cpu.of = cpu.af = 0;
      setResult(cpu, size, low, high);
    };
  };
}

const test: Compile = (instruction, wide) => {
  const size = sizeOf(instruction, 0);
  const left = reader(instruction, 0, wide);
  const right = reader(instruction, 1, wide, size);
  return (cpu) => {
    const b = right(cpu);
    const bh = cpu.h;
    const low = left(cpu) & b;
    cpu.cf = cpu.of = cpu.af = 0;
    setResult(cpu, size, low, cpu.h & bh);
  };
};

/** inc and dec leave CF alone. */
function byOne(table: Table): Compile {
  return (instruction, wide) => {
    const target = changed(instruction, 0, wide);
    const calculate = table[target.size];
    return (cpu) => {
      const carry = cpu.cf;
      const a = target.load(cpu);
      target.store(cpu, calculate(cpu, a, cpu.h, 1, 0, 0));
      cpu.cf = carry;
    };
  };
}

const negate: Compile = (instruction, wide) => {
  const target = changed(instruction, 0, wide);
  const calculate = subtraction[target.size];
  return (cpu) => {
    const b = target.load(cpu);
    target.store(cpu, calculate(cpu, 0, 0, b, cpu.h, 0));
  };
};

const invert: Compile = (instruction, wide) => {
  const target = changed(instruction, 0, wide);
  return (cpu) => {
    const value = ~target.load(cpu);
    cpu.h = ~cpu.h;
    target.store(cpu, value);
  };
};

export const calculating: Family = new Map<Mnemonic, Compile>([
  [Mnemonic.Add, arithmetic(addition, false)],
  [Mnemonic.Adc, arithmetic(addition, true)],
  [Mnemonic.Sub, arithmetic(subtraction, false)],
  [Mnemonic.Sbb, arithmetic(subtraction, true)],
  [Mnemonic.Cmp, compare],
  [Mnemonic.And, logic((a, b) => a & b)],
  [Mnemonic.Or, logic((a, b) => a | b)],
  [Mnemonic.Xor, logic((a, b) => a ^ b)],
  [Mnemonic.Test, test],
  [Mnemonic.Inc, byOne(addition)],
  [Mnemonic.Dec, byOne(subtraction)],
  [Mnemonic.Neg, negate],
  [Mnemonic.Not, invert],
]);
