import { type Instruction, Mnemonic, OpKind } from 'iced-x86';
import { reader, writer } from './addressing.js';
import { conditions } from './conditions.js';
import type { Cpu } from './cpu.js';
import type { Compile, Family } from './family.js';
import type { ReadOperand } from './operands.js';

function branchTarget(instruction: Instruction, wide: boolean): number {
  const target = instruction.nearBranchTarget;
  return wide ? Number(BigInt.asIntN(64, target)) : Number(BigInt.asUintN(32, target));
}

function direct(instruction: Instruction): boolean {
  const kind = instruction.op0Kind;
  return kind === OpKind.NearBranch64 || kind === OpKind.NearBranch32;
}

const jump: Compile = (instruction, wide) => {
  if (direct(instruction)) {
    const target = branchTarget(instruction, wide);
    return (cpu) => {
      cpu.ip = target;
    };
  }
  const read = reader(instruction, 0, wide);
  return (cpu) => {
    cpu.ip = cpu.target(read(cpu));
  };
};

const call: Compile = (instruction, wide) => {
  const fixed = direct(instruction) ? branchTarget(instruction, wide) : undefined;
  const read = fixed === undefined ? reader(instruction, 0, wide) : undefined;
  return (cpu) => {
    const target = read ? cpu.target(read(cpu)) : (fixed as number);
    cpu.pushAddress(cpu.ip);
    cpu.ip = target;
  };
};

const giveBack: Compile = (instruction) => {
  const drop = instruction.opCount > 0 ? instruction.immediate16 : 0;
  return (cpu) => {
    cpu.ip = cpu.target(cpu.pop());
    if (drop) cpu.setAddress(4, cpu.address(4) + drop);
  };
};

function jumpIf(holds: (cpu: Cpu) => boolean): Compile {
  return (instruction, wide) => {
    const target = branchTarget(instruction, wide);
    return (cpu) => {
      if (holds(cpu)) cpu.ip = target;
    };
  };
}

function setIf(holds: (cpu: Cpu) => boolean): Compile {
  return (instruction, wide) => {
    const store = writer(instruction, 0, wide);
    return (cpu) => store(cpu, holds(cpu) ? 1 : 0);
  };
}

const push: Compile = (instruction, wide) => {
  const read: ReadOperand = reader(instruction, 0, wide, wide ? 64 : 32);
  return (cpu) => {
    const low = read(cpu);
    cpu.push(low, cpu.h);
  };
};

const pop: Compile = (instruction, wide) => {
  const store = writer(instruction, 0, wide);
  return (cpu) => store(cpu, cpu.pop());
};

const leave: Compile = () => (cpu) => {
  cpu.setAddress(4, cpu.address(5));
  cpu.lo[5] = cpu.pop();
  cpu.hi[5] = cpu.h;
};

const accumulatorExtend = (from: number, to: number): Compile => {
  const shift = 32 - Math.min(from, 32);
  return () => (cpu) => {
    const value = ((cpu.lo[0] as number) << shift) >> shift;
    cpu.lo[0] = to === 16 ? ((cpu.lo[0] as number) & ~0xffff) | (value & 0xffff) : value;
    if (to > 16) cpu.hi[0] = to === 64 ? value >> 31 : 0;
  };
};

/** cdq and cqo: rdx becomes the sign of rax. */
const spreadSign = (size: 32 | 64): Compile => {
  return () => (cpu) => {
    const sign = ((size === 64 ? cpu.hi[0] : cpu.lo[0]) as number) >> 31;
    cpu.lo[2] = sign;
    cpu.hi[2] = size === 64 ? sign : 0;
  };
};

export const flowing: Family = new Map<Mnemonic, Compile>([
  [Mnemonic.Jmp, jump],
  [Mnemonic.Call, call],
  [Mnemonic.Ret, giveBack],
  [Mnemonic.Push, push],
  [Mnemonic.Pop, pop],
  [Mnemonic.Leave, leave],
  [Mnemonic.Cwde, accumulatorExtend(16, 32)],
  [Mnemonic.Cbw, accumulatorExtend(8, 16)],
  [Mnemonic.Cdqe, accumulatorExtend(32, 64)],
  [Mnemonic.Cdq, spreadSign(32)],
  [Mnemonic.Cqo, spreadSign(64)],
  ...conditions.flatMap(({ jump: jcc, set, holds }): [Mnemonic, Compile][] => [
    [jcc, jumpIf(holds)],
    [set, setIf(holds)],
  ]),
]);
