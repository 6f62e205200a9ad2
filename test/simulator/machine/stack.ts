import { imageFiles } from '../../../src/simulator/machine/images/catalogue.js';
import { undecoratedPublic } from '../../../src/simulator/machine/images/pdb-publics.js';
import { kernelFamily } from '../../../src/simulator/machine/kernels.js';
import type { LoadedImage, Machine } from '../../../src/simulator/machine/machine.js';
import { callerOf, type Registers } from './unwind-x64.js';

export interface Frame {
  readonly pc: bigint;
  readonly name: string;
  /** Where the processor was interrupted or left user mode, rather than a return address. */
  readonly exact: boolean;
}

type Step = Pick<Frame, 'pc' | 'exact'>;

const LIMIT = 60;
/** DbgArgMark of a KTRAP_FRAME, which has the EBP and EIP of before in its first two words. */
const TRAP_FRAME = 0xbadb0d00n;

/** The stack of a processor, innermost first, by the rules of its architecture: from the machine's memory alone. */
export function stackOf(machine: Machine, processor: number, limit = LIMIT): Frame[] {
  const steps = machine.architecture === 'x64' ? walk64(machine, processor, limit) : walk32(machine, processor, limit);
  return steps.map(({ pc, exact }) => ({ pc, exact, name: nameOf(machine, exact ? pc : pc - 1n) }));
}

export function names(machine: Machine, processor: number, limit = LIMIT): string[] {
  return stackOf(machine, processor, limit).map(({ name }) => name);
}

/** At the first instruction of a function: the return address lies on the stack, then the chain of saved EBPs begins. */
function walk32(machine: Machine, number: number, limit: number): Step[] {
  const processor = machine.processors[number];
  if (!processor) throw new Error(`no processor ${number}`);
  const word = (at: bigint) => {
    const bytes = machine.memory.read(at, 4);
    return bytes.length === 4 ? BigInt(bytes.readUInt32LE()) : 0n;
  };
  const steps: Step[] = [
    { pc: processor.get('eip'), exact: true },
    { pc: word(processor.get('esp')), exact: false },
  ];
  for (let ebp = processor.get('ebp'); ebp !== 0n && steps.length < limit; ebp = word(ebp)) {
    const pc = word(ebp + 4n);
    if (pc === 0n) break;
    steps.push({ pc, exact: word(ebp + 8n) === TRAP_FRAME });
  }
  return steps;
}

function walk64(machine: Machine, number: number, limit: number): Step[] {
  const processor = machine.processors[number];
  if (!processor) throw new Error(`no processor ${number}`);
  const order = [
    'rax',
    'rcx',
    'rdx',
    'rbx',
    'rsp',
    'rbp',
    'rsi',
    'rdi',
    'r8',
    'r9',
    'r10',
    'r11',
    'r12',
    'r13',
    'r14',
    'r15',
  ];
  let registers: Registers = {
    pc: processor.get('rip'),
    exact: true,
    values: order.map((name) => processor.get(name)),
  };
  const steps: Step[] = [];
  while (registers.pc !== 0n && steps.length < limit) {
    steps.push({ pc: registers.pc, exact: registers.exact });
    registers = callerOf(machine, registers);
  }
  return steps;
}

export function imageAt(machine: Machine, pc: bigint): LoadedImage | undefined {
  return machine.images.find(({ base, size, loaded }) => loaded && pc >= base && pc < base + BigInt(size));
}

/** `module!function`, as the PDB has it. */
export function nameOf(machine: Machine, pc: bigint): string {
  const image = imageAt(machine, pc);
  if (!image) return `${pc.toString(16)}`;
  const file = imageFiles(machine.architecture, kernelFamily(machine.architecture, machine.kernel.name)).find(
    ({ name }) => name === image.name,
  );
  const rva = Number(pc - image.base);
  let best = { name: '?', rva: -1 };
  for (const [name, at] of file?.symbols ?? []) if (at <= rva && at > best.rva) best = { name, rva: at };
  return `${image.name}!${machine.architecture === 'x86' ? undecoratedPublic(best.name) : best.name}`;
}
