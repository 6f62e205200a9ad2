import { Mnemonic } from 'iced-x86';
import type { Cpu } from './cpu.js';
import type { Compile, Family } from './family.js';

const RCX = 1;
const RSI = 6;
const RDI = 7;

/** Repeats a step for as long as the counter says, keeping the registers right should a step fault. */
function repeated(step: (cpu: Cpu) => void): Compile {
  return (instruction) => {
    if (!instruction.hasRepPrefix) return step;
    return (cpu) => {
      for (let count = cpu.address(RCX); count !== 0; count--) {
        step(cpu);
        cpu.setAddress(RCX, count - 1);
      }
    };
  };
}

function advance(cpu: Cpu, register: number, by: number): void {
  const next = cpu.address(register) + (cpu.df ? -by : by);
  cpu.setAddress(register, cpu.wide ? next : next >>> 0);
}

function copy(size: 1 | 2 | 4 | 8) {
  return repeated((cpu) => {
    const from = cpu.address(RSI);
    const to = cpu.address(RDI);
    const { bus } = cpu;
    if (size === 1) bus.write8(to, bus.read8(from));
    else if (size === 2) bus.write16(to, bus.read16(from));
    else bus.write32(to, bus.read32(from));
    if (size === 8) bus.write32(to + 4, bus.read32(from + 4));
    advance(cpu, RSI, size);
    advance(cpu, RDI, size);
  });
}

function fill(size: 1 | 2 | 4 | 8) {
  return repeated((cpu) => {
    const to = cpu.address(RDI);
    const value = cpu.lo[0] as number;
    if (size === 1) cpu.bus.write8(to, value & 0xff);
    else if (size === 2) cpu.bus.write16(to, value & 0xffff);
    else cpu.bus.write32(to, value);
    if (size === 8) cpu.bus.write32(to + 4, cpu.hi[0] as number);
    advance(cpu, RDI, size);
  });
}

export const strings: Family = new Map<Mnemonic, Compile>([
  [Mnemonic.Movsb, copy(1)],
  [Mnemonic.Movsw, copy(2)],
  [Mnemonic.Movsd, copy(4)],
  [Mnemonic.Movsq, copy(8)],
  [Mnemonic.Stosb, fill(1)],
  [Mnemonic.Stosw, fill(2)],
  [Mnemonic.Stosd, fill(4)],
  [Mnemonic.Stosq, fill(8)],
]);
