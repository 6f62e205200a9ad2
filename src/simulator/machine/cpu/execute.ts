import type { CpuDebugRegisters } from './breakpoints.js';
import { decodeAt, type Hook } from './decode.js';
import type { Decoded } from './decoded.js';
import { FLAG } from './flags.js';
import { PAGE, type Page, PageFault } from './pages.js';
import { CPU_STATUS, CpuStop, HALT } from './stops.js';

const SINGLE_STEP = 0x4000;

export type ExecutionEnd = { readonly kind: 'used-up' | 'single-step' } | CpuStop;

const USED_UP: ExecutionEnd = { kind: 'used-up' };
const STEPPED: ExecutionEnd = { kind: 'single-step' };

/** Runs one processor, from decoded instructions that the pages keep. */
export class Executor {
  #start = 0;
  #code: (Decoded | undefined)[] = [];
  #page: Page | undefined;
  /** How many instructions the last `run` finished. */
  executed = 0;

  constructor(
    readonly debug: CpuDebugRegisters,
    readonly hook?: Hook,
  ) {}

  /** To be called when pages have come or gone. */
  forget(): void {
    this.#page = undefined;
    this.#start = 0;
    this.#code = [];
  }

  run(budget: number): ExecutionEnd {
    const { cpu } = this.debug;
    cpu.bus.watch = this.debug.watch;
    let left = budget;
    let at = cpu.ip;
    try {
      while (left > 0) {
        at = cpu.ip;
        if (cpu.attention) {
          const ending = this.#carefully(at);
          if (ending) {
            this.executed = budget - left + 1;
            return ending;
          }
        } else {
          const offset = at - this.#start;
          const decoded = (offset >= 0 && offset < PAGE ? this.#code[offset] : undefined) ?? this.#fetch(at);
          cpu.ip = decoded.next;
          decoded.run(cpu);
        }
        left--;
      }
      this.executed = budget;
      return USED_UP;
    } catch (thrown) {
      this.executed = budget - left + 1;
      return this.#ending(thrown, at);
    } finally {
      cpu.cycles += this.executed;
      cpu.bus.watch = undefined;
    }
  }

  /** One instruction, with everything that the trap flag and the debug registers ask for. */
  #carefully(at: number): ExecutionEnd | undefined {
    const { cpu } = this.debug;
    const before = cpu.system;
    if (!(before & FLAG.rf)) {
      const met = this.debug.executes(at);
      if (met) {
        this.debug.note(met);
        return STEPPED;
      }
    }
    const decoded = this.#fetch(at);
    cpu.watched = 0;
    cpu.setSystem(before & ~FLAG.rf);
    cpu.ip = decoded.next;
    try {
      decoded.run(cpu);
    } catch (thrown) {
      // The trap after a hlt ends it at once.
      if (thrown === HALT && before & FLAG.tf) return this.#stepped();
      // A fault leaves RF to the attempt that comes after it.
      if (thrown instanceof PageFault || (thrown as CpuStop).kind === 'fault') cpu.setSystem(before);
      throw thrown;
    }
    // syscall masks TF: it comes back with the flags that sysret restores.
    const masked = cpu.wide && cpu.ip === cpu.systemCall && !(cpu.system & FLAG.tf);
    const stepped = !masked && before & FLAG.tf;
    if (!stepped && cpu.watched === 0) return undefined;
    this.debug.note(cpu.watched);
    return stepped ? this.#stepped() : STEPPED;
  }

  /** The kernel's handler of this trap clears TF in the frame it shows to the debugger. */
  #stepped(): ExecutionEnd {
    const { cpu } = this.debug;
    this.debug.note(SINGLE_STEP);
    cpu.setSystem(cpu.system & ~FLAG.tf);
    return STEPPED;
  }

  #fetch(at: number): Decoded {
    const { cpu } = this.debug;
    const offset = at & (PAGE - 1);
    if (this.#page === undefined || at - offset !== this.#start) {
      this.#page = cpu.bus.page(at, false);
      this.#page.code ??= new Array<Decoded | undefined>(PAGE).fill(undefined);
      this.#code = this.#page.code;
      this.#start = at - offset;
    }
    const known = this.#code[offset];
    if (known) return known;
    const decoded = decodeAt(cpu.bus, at, cpu.wide, this.hook);
    // What reaches into the next page would not be forgotten with that page's bytes.
    if (decoded.next <= this.#start + PAGE) this.#code[offset] = decoded;
    return decoded;
  }

  #ending(thrown: unknown, at: number): CpuStop {
    const { cpu } = this.debug;
    if (thrown instanceof CpuStop) {
      if (thrown.kind === 'breakpoint' || thrown.kind === 'fault') cpu.ip = at;
      return thrown;
    }
    if (!(thrown instanceof PageFault)) throw thrown;
    cpu.ip = at;
    return new CpuStop('fault', CPU_STATUS.accessViolation, [thrown.write ? 1 : 0, thrown.address]);
  }
}
