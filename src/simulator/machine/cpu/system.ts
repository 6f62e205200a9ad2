import { type Instruction, Mnemonic } from 'iced-x86';
import type { Cpu } from './cpu.js';
import type { DecodedOperation } from './decoded.js';
import type { Compile, Family } from './family.js';
import { FLAG } from './flags.js';
import { SELECTOR } from './segments.js';
import { BREAKPOINT, CPU_STATUS, CpuStop, HALT, SERVICE } from './stops.js';

const HIGH = 4_294_967_296;
/** What popf and iret may change: never RF by popf. */
const POPF = 0x247fd5;

function fault(code: number): DecodedOperation {
  return () => {
    throw new CpuStop('fault', code);
  };
}

/** Only the kernel may: in user mode these are a general protection fault, which Windows reports as this status. */
function privileged(operation: DecodedOperation): Compile {
  return () => (cpu) => {
    if (cpu.user) throw new CpuStop('fault', CPU_STATUS.privilegedInstruction);
    operation(cpu);
  };
}

const breakpoint: Compile = () => () => {
  throw BREAKPOINT;
};

/** The kernel's debug service stands at 2d; after it the processor stands at the int3 byte that follows. */
const interrupt: Compile = (instruction: Instruction) => {
  const vector = instruction.immediate8;
  if (vector === 0x2d)
    return () => {
      throw SERVICE;
    };
  if (vector === 3) return breakpoint(instruction, true);
  return fault(CPU_STATUS.accessViolation);
};

const pushFlags: Compile = () => (cpu) => cpu.push(cpu.flags() & ~FLAG.rf, 0);

const popFlags: Compile = () => (cpu) => {
  const value = cpu.pop();
  cpu.setFlags((value & POPF) | (cpu.flags() & ~POPF & ~FLAG.rf));
};

function systemCall(cpu: Cpu): void {
  cpu.lo[1] = cpu.ip | 0;
  cpu.hi[1] = Math.floor(cpu.ip / HIGH);
  cpu.lo[11] = cpu.flags() & ~FLAG.rf;
  cpu.hi[11] = 0;
  cpu.setSystem(cpu.system & ~(FLAG.tf | FLAG.if | FLAG.rf));
  cpu.df = 0;
  cpu.cs = SELECTOR.x64.code;
  cpu.ss = SELECTOR.x64.stack;
  cpu.ip = cpu.systemCall;
}

function systemReturn(cpu: Cpu): void {
  cpu.ip = cpu.address(1);
  cpu.setFlags((cpu.lo[11] as number) & ~FLAG.rf);
  cpu.cs = SELECTOR.x64.userCode;
  cpu.ss = SELECTOR.x64.userData;
}

/** The stack is the kernel's own business: its entry takes it from the TSS. */
function fastEntry(cpu: Cpu): void {
  cpu.setSystem(cpu.system & ~(FLAG.if | FLAG.rf));
  cpu.cs = SELECTOR.x86.code;
  cpu.ss = SELECTOR.x86.stack;
  cpu.ip = cpu.systemCall;
}

function fastExit(cpu: Cpu): void {
  cpu.ip = cpu.address(2);
  cpu.setAddress(4, cpu.address(1));
  cpu.cs = SELECTOR.x86.userCode;
  cpu.ss = SELECTOR.x86.userData;
}

/** From a frame of ip, cs and flags, on x64 and to user mode also of stack and ss. */
function interruptReturn(cpu: Cpu): void {
  const ip = cpu.target(cpu.pop());
  const cs = cpu.pop() & 0xffff;
  const flags = cpu.pop();
  const outwards = (cs & 3) !== 0 && !cpu.user;
  if (cpu.wide || outwards) {
    const stack = cpu.target(cpu.pop());
    cpu.ss = cpu.pop() & 0xffff;
    cpu.setAddress(4, stack);
  }
  cpu.ip = ip;
  cpu.cs = cs;
  cpu.setFlags(flags);
}

function swapGs(cpu: Cpu): void {
  const base = cpu.gsBase;
  cpu.gsBase = cpu.kernelGsBase;
  cpu.kernelGsBase = base;
}

function writeMsr(cpu: Cpu): void {
  const value = (cpu.lo[2] as number) * HIGH + ((cpu.lo[0] as number) >>> 0);
  const number = (cpu.lo[1] as number) >>> 0;
  if (number === 0xc0000102) cpu.kernelGsBase = value;
  else if (number === 0xc0000101) cpu.gsBase = value;
  else throw new Error(`wrmsr ${number.toString(16)}: no such register in this machine`);
}

function readTime(cpu: Cpu): void {
  cpu.lo[0] = cpu.cycles | 0;
  cpu.lo[2] = Math.floor(cpu.cycles / HIGH);
  cpu.hi[0] = cpu.hi[2] = 0;
}

const nothing: Compile = () => () => undefined;

export const system: Family = new Map<Mnemonic, Compile>([
  [Mnemonic.Nop, nothing],
  [Mnemonic.Pause, nothing],
  [Mnemonic.Int3, breakpoint],
  [Mnemonic.Int, interrupt],
  [Mnemonic.Ud2, () => fault(CPU_STATUS.illegalInstruction)],
  [
    Mnemonic.Hlt,
    privileged((cpu) => {
      if (cpu.woken) cpu.woken = false;
      else throw HALT;
    }),
  ],
  [Mnemonic.Cli, privileged((cpu) => cpu.setSystem(cpu.system & ~FLAG.if))],
  [Mnemonic.Sti, privileged((cpu) => cpu.setSystem(cpu.system | FLAG.if))],
  [
    Mnemonic.Cld,
    () => (cpu) => {
      cpu.df = 0;
    },
  ],
  [
    Mnemonic.Std,
    () => (cpu) => {
      cpu.df = 1;
    },
  ],
  [Mnemonic.Pushfd, pushFlags],
  [Mnemonic.Pushfq, pushFlags],
  [Mnemonic.Popfd, popFlags],
  [Mnemonic.Popfq, popFlags],
  [Mnemonic.Syscall, () => systemCall],
  [Mnemonic.Sysretq, privileged(systemReturn)],
  [Mnemonic.Sysenter, () => fastEntry],
  [Mnemonic.Sysexit, privileged(fastExit)],
  [Mnemonic.Iretd, () => interruptReturn],
  [Mnemonic.Iretq, () => interruptReturn],
  [Mnemonic.Swapgs, privileged(swapGs)],
  [Mnemonic.Wrmsr, privileged(writeMsr)],
  [Mnemonic.Rdtsc, () => readTime],
]);
