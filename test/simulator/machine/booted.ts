import { createMachine } from '../../../src/simulator/machine/emulated-machine.js';
import type { Machine, MachineOptions, MachineTrap, Processor } from '../../../src/simulator/machine/machine.js';

export const ARCHITECTURES = ['x64', 'x86'] as const;
/** Every kernel that there is, by the name of its folder. */
export const KERNELS = [
  ['x64', { architecture: 'x64', kernel: '7' }],
  ['x86', { architecture: 'x86', kernel: '2003' }],
  ['x64-2003', { architecture: 'x64', kernel: '2003' }],
  ['x64-10', { architecture: 'x64', kernel: '10' }],
  ['x64-11', { architecture: 'x64', kernel: '11' }],
] as const;
const ENOUGH = 1_000_000;
export const TF = 0x100n;
export const RF = 0x10000n;

export function booted(options: Partial<MachineOptions> = {}): Machine {
  const machine = createMachine({ architecture: 'x64', processors: 2, ...options });
  while (machine.bootNext()) rest(machine);
  return machine;
}

/** Runs until every thread waits; anything else is a failure. */
export function rest(machine: Machine): void {
  const trap = machine.run(ENOUGH);
  if (trap.kind !== 'idle')
    throw new Error(
      `${trap.kind} instead of rest, ${'processor' in trap ? `pc ${pc(machine, trap).toString(16)}` : ''}`,
    );
}

export function next(machine: Machine): MachineTrap {
  return machine.run(ENOUGH);
}

/** The processor that a trap of this kind stopped. */
export function stopped(machine: Machine, trap: MachineTrap, kind: MachineTrap['kind']): Processor {
  if (trap.kind !== kind || !('processor' in trap)) throw new Error(`${JSON.stringify(trap)} instead of ${kind}`);
  return machine.processors[trap.processor] as Processor;
}

export function pcName(machine: Machine): 'rip' | 'eip' {
  return machine.architecture === 'x64' ? 'rip' : 'eip';
}

function pc(machine: Machine, trap: MachineTrap & { readonly processor: number }): bigint {
  return (machine.processors[trap.processor] as Processor).get(pcName(machine));
}

export function symbol(machine: Machine, name: string): bigint {
  const found = machine.address(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

/** A software breakpoint as a debugger keeps it: int3 in, original byte out, step, int3 in again. */
export class Breakpoint {
  readonly #original: Buffer;

  constructor(
    readonly machine: Machine,
    readonly address: bigint,
  ) {
    this.#original = machine.memory.read(address, 1);
    this.insert();
  }

  insert(): void {
    this.machine.memory.write(this.address, Buffer.of(0xcc));
  }

  remove(): void {
    this.machine.memory.write(this.address, this.#original);
  }

  /** Lets the processor that stands at it over it. */
  stepOver(processor: Processor): void {
    this.remove();
    processor.set('efl', processor.get('efl') | TF);
    stopped(this.machine, next(this.machine), 'single-step');
    this.insert();
  }
}
