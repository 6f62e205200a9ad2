import type { Processor, Trap } from '../../machine/machine.js';
import { pointerNames } from './context.js';
import type { Kernel } from './kernel.js';
import { print, prompt } from './prints.js';
import type { Doing } from './waits.js';

const [PRINT, PROMPT] = [1, 2];
const STATUS_BREAKPOINT = 0x8000_0003n;
/** Bytes of `int 2d`, and of the int3 that always follows it and is skipped. */
const SERVICE_BYTES = 3n;

/** The debug service of the kernel's own code (int 2d): prints and prompts. True when a break-in came with it. */
export function* kernelService(kernel: Kernel, trap: Extract<Trap, { kind: 'service' }>): Doing<boolean> {
  const { machine, architecture } = kernel;
  const processor = machine.processors[trap.processor] as Processor;
  const [text, length, result] = architecture === 'x86' ? ['ecx', 'edx', 'eax'] : ['rcx', 'rdx', 'rax'];
  let broke = false;
  let value = 0n;
  if (trap.service === PRINT || trap.service === PROMPT) {
    const bytes = machine.memory.read(processor.get(text as string), Number(processor.get(length as string) & 0xffffn));
    if (trap.service === PRINT) {
      broke = yield* print(kernel, bytes.toString('latin1'));
      if (broke) value = STATUS_BREAKPOINT;
    } else value = BigInt((yield* prompt(kernel, bytes.toString('latin1'), 512)).length);
  }
  processor.set(result as string, value);
  const { pc } = pointerNames(architecture);
  const at = processor.get(pc);
  // Some machines stand at the instruction, some behind it: the bytes tell.
  if (machine.memory.read(at, 2).equals(Buffer.from([0xcd, 0x2d]))) processor.set(pc, at + SERVICE_BYTES);
  return broke;
}
