import { type Instruction, Mnemonic, OpKind, Register } from 'iced-x86';
import { changed, displacement, effectiveAddress, reader, writer } from './addressing.js';
import { addition, subtraction } from './arithmetic.js';
import { conditions } from './conditions.js';
import type { Cpu } from './cpu.js';
import type { Compile, Family } from './family.js';
import { type ReadOperand, registerPlace, registerWrite, sizeOf } from './operands.js';
import { segmentRead, segmentWrite } from './segments.js';

const HIGH = 4_294_967_296;

function segmentOf(instruction: Instruction, operand: number): Register | undefined {
  if (instruction.opKind(operand) !== OpKind.Register) return undefined;
  const register = instruction.opRegister(operand);
  return register >= Register.ES && register <= Register.GS ? register : undefined;
}

const move: Compile = (instruction, wide) => {
  const to = segmentOf(instruction, 0);
  const from = segmentOf(instruction, 1);
  if (to !== undefined) {
    const selector = reader(instruction, 1, wide);
    return (cpu) => segmentWrite(cpu, to, selector(cpu) & 0xffff);
  }
  const store = writer(instruction, 0, wide);
  if (from !== undefined)
    return (cpu) => {
      const selector = segmentRead(cpu, from);
      cpu.h = 0;
      store(cpu, selector);
    };
  const load = reader(instruction, 1, wide, sizeOf(instruction, 0));
  return (cpu) => store(cpu, load(cpu));
};

const zeroExtend: Compile = (instruction, wide) => {
  const load = reader(instruction, 1, wide);
  const store = writer(instruction, 0, wide);
  return (cpu) => {
    const value = load(cpu);
    cpu.h = 0;
    store(cpu, value);
  };
};

const signExtend: Compile = (instruction, wide) => {
  const load = reader(instruction, 1, wide);
  const shift = 32 - Math.min(32, sizeOf(instruction, 1));
  const store = writer(instruction, 0, wide);
  return (cpu) => {
    const value = (load(cpu) << shift) >> shift;
    cpu.h = value >> 31;
    store(cpu, value);
  };
};

/** Exact for any values, unlike an address that need only be exact where memory can be. */
const loadAddress: Compile = (instruction, wide) => {
  const store = writer(instruction, 0, wide);
  if (sizeOf(instruction, 0) !== 64) return narrowAddress(instruction, wide, store);
  const base = registerPlace(instruction.memoryBase)?.index;
  const index = registerPlace(instruction.memoryIndex)?.index;
  const scale = instruction.memoryIndexScale;
  const offset = displacement(instruction);
  const offsetLow = offset | 0;
  const offsetHigh = Math.floor(offset / HIGH);
  return (cpu) => {
    let low = offsetLow >>> 0;
    let high = offsetHigh;
    if (base !== undefined) {
      low += (cpu.lo[base] as number) >>> 0;
      high += cpu.hi[base] as number;
    }
    if (index !== undefined) {
      low += ((cpu.lo[index] as number) >>> 0) * scale;
      high += (cpu.hi[index] as number) * scale;
    }
    cpu.h = (high + Math.floor(low / HIGH)) | 0;
    store(cpu, low | 0);
  };
};

function narrowAddress(instruction: Instruction, wide: boolean, store: (cpu: Cpu, value: number) => void) {
  const base = registerPlace(instruction.memoryBase)?.index;
  const index = registerPlace(instruction.memoryIndex)?.index;
  const scale = instruction.memoryIndexScale;
  const offset = displacement(instruction);
  if (!wide) {
    const address: ReadOperand = effectiveAddress(instruction, wide);
    return (cpu: Cpu) => store(cpu, address(cpu) | 0);
  }
  return (cpu: Cpu) => {
    const from = base === undefined ? 0 : (cpu.lo[base] as number);
    const by = index === undefined ? 0 : (cpu.lo[index] as number) * scale;
    store(cpu, (from + by + offset) | 0);
  };
}

const exchange: Compile = (instruction, wide) => {
  const target = changed(instruction, 0, wide);
  const load = reader(instruction, 1, wide);
  const store = writer(instruction, 1, wide);
  return (cpu) => {
    const b = load(cpu);
    const bh = cpu.h;
    const a = target.load(cpu);
    const ah = cpu.h;
    cpu.h = bh;
    target.store(cpu, b);
    cpu.h = ah;
    store(cpu, a);
  };
};

const exchangeAdd: Compile = (instruction, wide) => {
  const target = changed(instruction, 0, wide);
  const load = reader(instruction, 1, wide);
  const store = writer(instruction, 1, wide);
  const add = addition[target.size];
  return (cpu) => {
    const b = load(cpu);
    const bh = cpu.h;
    const a = target.load(cpu);
    const ah = cpu.h;
    target.store(cpu, add(cpu, a, ah, b, bh, 0));
    cpu.h = ah;
    store(cpu, a);
  };
};

const compareExchange: Compile = (instruction, wide) => {
  const target = changed(instruction, 0, wide);
  const load = reader(instruction, 1, wide);
  const { size } = target;
  const accumulator = registerWrite({ index: 0, size, high: false });
  const mask = size < 32 ? 2 ** size - 1 : -1;
  return (cpu) => {
    const old = target.load(cpu);
    const oldHigh = cpu.h;
    subtraction[size](cpu, (cpu.lo[0] as number) & mask, cpu.hi[0] as number, old, oldHigh, 0);
    if (cpu.zf) return target.store(cpu, load(cpu));
    cpu.h = oldHigh;
    accumulator(cpu, old);
  };
};

function conditional(condition: (cpu: Cpu) => boolean): Compile {
  return (instruction, wide) => {
    const load = reader(instruction, 1, wide);
    const old = reader(instruction, 0, wide);
    const store = writer(instruction, 0, wide);
    return (cpu) => {
      const value = load(cpu);
      // Even when it does not move, 32 bits clear the upper half.
      store(cpu, condition(cpu) ? value : old(cpu));
    };
  };
}

const swapBytes: Compile = (instruction, wide) => {
  const target = changed(instruction, 0, wide);
  const swap = (v: number) => ((v & 0xff) << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24);
  return (cpu) => {
    const low = swap(target.load(cpu));
    const high = swap(cpu.h);
    cpu.h = low;
    target.store(cpu, target.size === 64 ? high : low);
  };
};

export const moving: Family = new Map<Mnemonic, Compile>([
  [Mnemonic.Mov, move],
  [Mnemonic.Movzx, zeroExtend],
  [Mnemonic.Movsx, signExtend],
  [Mnemonic.Movsxd, signExtend],
  [Mnemonic.Lea, loadAddress],
  [Mnemonic.Xchg, exchange],
  [Mnemonic.Xadd, exchangeAdd],
  [Mnemonic.Cmpxchg, compareExchange],
  [Mnemonic.Bswap, swapBytes],
  ...conditions.map(({ cmov, holds }): [Mnemonic, Compile] => [cmov, conditional(holds)]),
]);
