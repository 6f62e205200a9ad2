import type { Machine, Processor } from '../../../src/simulator/machine/machine.js';
import { next, pcName, stopped, TF } from '../../simulator/machine/booted.js';

const ENOUGH = 200_000;

/** Runs instruction by instruction, and keeps the return addresses by watching calls and returns themselves. */
export class Shadow {
  /** Return addresses, innermost last. */
  readonly returns: bigint[] = [];
  readonly #pc: string;
  readonly #sp: string;
  readonly #word: number;

  constructor(
    readonly machine: Machine,
    readonly processor: Processor,
  ) {
    const wide = machine.architecture === 'x64';
    this.#pc = pcName(machine);
    this.#sp = wide ? 'rsp' : 'esp';
    this.#word = wide ? 8 : 4;
  }

  get pc(): bigint {
    return this.processor.get(this.#pc);
  }

  get sp(): bigint {
    return this.processor.get(this.#sp);
  }

  /** One instruction. What it did to the return addresses follows from its bytes. */
  step(): void {
    const code = this.machine.memory.read(this.pc, 8);
    this.processor.set('efl', this.processor.get('efl') | TF);
    stopped(this.machine, next(this.machine), 'single-step');
    if (isCall(code)) this.returns.push(this.top());
    else if (code[0] === 0xc3 || code[0] === 0xc2) this.returns.pop();
  }

  /** The stack's first word. */
  top(): bigint {
    const bytes = this.machine.memory.read(this.sp, this.#word);
    return this.#word === 8 ? bytes.readBigUInt64LE() : BigInt(bytes.readUInt32LE());
  }

  /**
   * From the first instruction of a function until it has returned.
   * @param at is called at every instruction, the first included
   */
  async follow(at: () => Promise<void>): Promise<number> {
    this.returns.push(this.top());
    for (let steps = 0; steps < ENOUGH; steps++) {
      await at();
      this.step();
      if (this.returns.length === 0) return steps + 1;
    }
    throw new Error('the function does not return');
  }
}

function isCall(code: Buffer): boolean {
  const [first = 0, second = 0] = code;
  if (first === 0xe8) return true;
  const at = (first & 0xf0) === 0x40 ? 1 : 0;
  return code[at] === 0xff && (((at ? code[2] : second) ?? 0) & 0x38) === 0x10;
}
