import { type Instruction, Mnemonic } from 'iced-x86';
import type { Cpu } from './cpu/cpu.js';
import type { Hook } from './cpu/decode.js';
import type { DecodedOperation } from './cpu/decoded.js';
import { THREADS } from './threads.js';

/** Registers that a function gives back as it got them, by number, and the stack pointer. */
const KEPT = {
  x64: { rbx: 3, rsp: 4, rbp: 5, rsi: 6, rdi: 7, r12: 12, r13: 13, r14: 14, r15: 15 },
  x86: { ebx: 3, esp: 4, ebp: 5, esi: 6, edi: 7 },
} as const;

interface Frame {
  readonly lo: readonly number[];
  readonly hi: readonly number[];
}

/** Addresses of the kernel's code that the checker watches; ends are exclusive. */
export interface Watched {
  readonly wait: number;
  /** The system-call stub by which a user thread gets there, with its own registers. */
  readonly userWait: number | undefined;
  /** The function by which special pool is allocated, and those that call it. */
  readonly allocator: Extent & { readonly name: string };
  readonly callers: readonly Extent[];
}

interface Extent {
  readonly from: number;
  readonly to: number;
}

/**
 * Knows whether the code of the threads has been left alone: at every return from the special pool routine, and every time
 * a thread is back at its wait, the registers that a callee keeps must hold what they held before.
 */
export class RegisterChecker {
  readonly damages: string[] = [];
  readonly completed = new Map<string, number>();
  readonly #registers: readonly (readonly [string, number])[];
  readonly #waits = new Map<number, Frame>();
  readonly #userWaits = new Map<number, Frame>();
  readonly #calls = new Map<number, Frame>();

  constructor(
    readonly wide: boolean,
    readonly watched: Watched,
    readonly threadOf: (cpu: Cpu) => { readonly address: number; readonly name: string },
    /** Told of every thread that has come back to its wait. */
    readonly waiting: (name: string) => void,
  ) {
    this.#registers = Object.entries(wide ? KEPT.x64 : KEPT.x86);
    this.reset();
  }

  reset(): void {
    this.damages.length = 0;
    this.#waits.clear();
    this.#userWaits.clear();
    this.#calls.clear();
    for (const { name } of THREADS) this.completed.set(name, 0);
  }

  /** What the decoder puts around the instructions concerned; a breakpoint in their place is left alone. */
  readonly hook: Hook = (at, instruction, run) => {
    if (instruction.mnemonic === Mnemonic.Int3) return run;
    const { wait, userWait, allocator, callers } = this.watched;
    if (at === wait) return before(run, (cpu) => this.#atWait(cpu));
    if (at === userWait) return before(run, (cpu) => this.#atUserWait(cpu));
    if (calls(instruction, allocator.from) && callers.some((caller) => within(at, caller)))
      return after(run, (cpu) => this.#calls.set(this.threadOf(cpu).address, frame(cpu)));
    if (within(at, allocator) && instruction.mnemonic === Mnemonic.Ret)
      return before(run, (cpu) => this.#atReturn(cpu));
    return run;
  };

  #atWait(cpu: Cpu): void {
    const { address, name } = this.threadOf(cpu);
    const expected = this.#waits.get(address);
    const count = this.completed.get(name);
    if (expected) {
      this.#compare(name, 'at its wait', expected, cpu);
      if (count !== undefined) this.completed.set(name, count + 1);
    } else {
      this.#waits.set(address, frame(cpu));
    }
    this.waiting(name);
  }

  #atUserWait(cpu: Cpu): void {
    const { address, name } = this.threadOf(cpu);
    const expected = this.#userWaits.get(address);
    if (expected) this.#compare(name, 'at its wait in user mode', expected, cpu);
    else this.#userWaits.set(address, frame(cpu));
  }

  #atReturn(cpu: Cpu): void {
    const { address, name } = this.threadOf(cpu);
    const expected = this.#calls.get(address);
    this.#calls.delete(address);
    if (expected) this.#compare(name, `at the end of ${this.watched.allocator.name}`, expected, cpu);
    else this.damages.push(`${name}: ${this.watched.allocator.name} returns without having been called`);
  }

  #compare(thread: string, where: string, expected: Frame, cpu: Cpu): void {
    for (const [register, number] of this.#registers) {
      if (expected.lo[number] === cpu.lo[number] && expected.hi[number] === cpu.hi[number]) continue;
      const [was, is] = [hexadecimal(expected, number, this.wide), hexadecimal(frame(cpu), number, this.wide)];
      this.damages.push(`${thread}: ${register} is ${is} ${where}, and was ${was}`);
    }
  }
}

function before(run: DecodedOperation, act: (cpu: Cpu) => void): DecodedOperation {
  return (cpu) => {
    act(cpu);
    run(cpu);
  };
}

function after(run: DecodedOperation, act: (cpu: Cpu) => void): DecodedOperation {
  return (cpu) => {
    run(cpu);
    act(cpu);
  };
}

function within(at: number, { from, to }: Extent): boolean {
  return at >= from && at < to;
}

function calls(instruction: Instruction, target: number): boolean {
  return instruction.mnemonic === Mnemonic.Call && Number(BigInt.asIntN(64, instruction.nearBranchTarget)) === target;
}

function frame(cpu: Cpu): Frame {
  return { lo: [...cpu.lo], hi: [...cpu.hi] };
}

function hexadecimal({ lo, hi }: Frame, number: number, wide: boolean): string {
  const low = ((lo[number] as number) >>> 0).toString(16).padStart(8, '0');
  return wide ? ((hi[number] as number) >>> 0).toString(16).padStart(8, '0') + low : low;
}
