import { Buffer } from 'node:buffer';
import { CpuDebugRegisters } from './cpu/breakpoints.js';
import type { Bus } from './cpu/bus.js';
import { Cpu } from './cpu/cpu.js';
import type { Hook } from './cpu/decode.js';
import { Executor } from './cpu/execute.js';
import { FLAG } from './cpu/flags.js';
import type { Processor } from './machine.js';
import { toAddress, toNumber } from './memory.js';

const GENERAL = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];
const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'gs', 'ss'] as const;
const NUMBERS = new Map([
  ...GENERAL.map((name, index): [string, number] => [`r${name}`, index]),
  ...Array.from({ length: 8 }, (_, index): [string, number] => [`r${index + 8}`, index + 8]),
]);
const NARROW_NUMBERS = new Map(GENERAL.map((name, index): [string, number] => [`e${name}`, index]));

/** Registers by kd's names around the interpreter's state. */
export class EmulatedProcessor implements Processor {
  readonly cpu: Cpu;
  readonly registers: CpuDebugRegisters;
  readonly executor: Executor;
  readonly debug: Processor['debug'];
  readonly special: Processor['special'];
  readonly floatingPoint = Buffer.alloc(512);
  prcb = 0n;
  /** Reads the KTHREAD that runs. */
  current: () => bigint = () => 0n;

  constructor(
    readonly number: number,
    readonly bus: Bus,
    readonly wide: boolean,
    hook: Hook,
  ) {
    this.cpu = new Cpu(wide, bus);
    this.registers = new CpuDebugRegisters(this.cpu);
    this.executor = new Executor(this.registers, hook);
    this.debug = debugRegisters(this.registers, wide);
    this.special = {
      cr0: 0n,
      cr2: 0n,
      cr3: 0n,
      cr4: 0n,
      cr8: 0n,
      gdtBase: 0n,
      gdtLimit: 0,
      idtBase: 0n,
      idtLimit: 0,
      tr: 0,
      ldtr: 0,
    };
  }

  get pcr(): bigint {
    return toAddress(this.cpu.pcr, this.wide);
  }

  get thread(): bigint {
    return this.current();
  }

  get(register: string): bigint {
    const { cpu } = this;
    if (register === 'efl') return BigInt(cpu.flags());
    if (register === (this.wide ? 'rip' : 'eip')) return toAddress(cpu.ip, this.wide);
    const segment = SEGMENTS.find((name) => name === register);
    if (segment) return BigInt(cpu[segment]);
    const number = this.#number(register);
    const low = BigInt((cpu.lo[number] as number) >>> 0);
    return this.wide ? low | (BigInt((cpu.hi[number] as number) >>> 0) << 32n) : low;
  }

  set(register: string, value: bigint): void {
    const { cpu } = this;
    const segment = SEGMENTS.find((name) => name === register);
    if (register === 'efl') cpu.setFlags(Number(BigInt.asUintN(32, value)));
    else if (register === (this.wide ? 'rip' : 'eip')) cpu.ip = toNumber(value, this.wide);
    else if (segment) cpu[segment] = Number(BigInt.asUintN(16, value));
    else {
      const number = this.#number(register);
      cpu.lo[number] = Number(BigInt.asIntN(32, value));
      cpu.hi[number] = this.wide ? Number(BigInt.asIntN(32, value >> 32n)) : 0;
    }
  }

  /** RF as a kernel loses it that leaves its traps by popfd: by iretd, which keeps it, it leaves those with a trap flag. */
  dropResumeFlag(): void {
    if ((this.cpu.system & FLAG.tf) === 0) this.cpu.setSystem(this.cpu.system & ~FLAG.rf);
  }

  #number(register: string): number {
    const number = (this.wide ? NUMBERS : NARROW_NUMBERS).get(register);
    if (number === undefined) throw new Error(`an ${this.wide ? 'x64' : 'x86'} processor has no register ${register}`);
    return number;
  }
}

function debugRegisters(registers: CpuDebugRegisters, wide: boolean): Processor['debug'] {
  const address = (index: 0 | 1 | 2 | 3) => ({
    enumerable: true,
    get: () => toAddress(registers.address[index], wide),
    set: (value: bigint) => registers.setAddress(index, toNumber(value, wide)),
  });
  return Object.defineProperties({} as Processor['debug'], {
    dr0: address(0),
    dr1: address(1),
    dr2: address(2),
    dr3: address(3),
    dr6: {
      enumerable: true,
      get: () => BigInt(registers.dr6),
      set: (value: bigint) => {
        registers.dr6 = Number(BigInt.asUintN(32, value));
      },
    },
    dr7: {
      enumerable: true,
      get: () => BigInt(registers.dr7),
      set: (value: bigint) => {
        registers.dr7 = Number(BigInt.asUintN(32, value));
      },
    },
  });
}
