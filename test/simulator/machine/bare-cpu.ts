import { CpuDebugRegisters } from '../../../src/simulator/machine/cpu/breakpoints.js';
import { Bus } from '../../../src/simulator/machine/cpu/bus.js';
import { Cpu } from '../../../src/simulator/machine/cpu/cpu.js';
import { type ExecutionEnd, Executor } from '../../../src/simulator/machine/cpu/execute.js';

export const CODE = 0x10000;
export const DATA = 0x20000;
export const STACK = 0x30000;
const HLT = 0xf4;

/** A processor without any kernel, for instructions given as bytes. */
export class BareCpu {
  readonly bus = new Bus();
  readonly cpu: Cpu;
  readonly debug: CpuDebugRegisters;
  readonly executor: Executor;

  constructor(readonly wide: boolean) {
    this.cpu = new Cpu(wide, this.bus);
    this.debug = new CpuDebugRegisters(this.cpu);
    this.executor = new Executor(this.debug);
    this.bus.map(CODE, 0x2000);
    this.bus.map(DATA, 0x2000);
    this.bus.map(STACK, 0x1000);
    this.bus.map(0x40000, 0x1000, false);
    this.cpu.setAddress(4, STACK + 0x800);
  }

  set(register: number, value: bigint): void {
    this.cpu.lo[register] = Number(BigInt.asIntN(32, value));
    this.cpu.hi[register] = Number(BigInt.asIntN(32, value >> 32n));
  }

  get(register: number): bigint {
    const { lo, hi } = this.cpu;
    return BigInt((lo[register] as number) >>> 0) | (BigInt((hi[register] as number) >>> 0) << 32n);
  }

  /** Runs the bytes, with a hlt behind them, until something ends it. */
  run(...code: number[]): ExecutionEnd {
    this.place(CODE, [...code, HLT]);
    this.cpu.ip = CODE;
    return this.executor.run(1000);
  }

  place(at: number, bytes: readonly number[]): void {
    bytes.forEach((byte, index) => {
      this.bus.write8(at + index, byte);
    });
  }
}
