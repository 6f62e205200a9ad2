import type { MachineTrap, Processor } from '../machine/machine.js';
import { pointerNames } from './context.js';
import type { Kernel } from './kernel.js';
import { print, prompt } from './prints.js';
import type { Task } from './threads/task.js';

const [PRINT, PROMPT] = [1, 2];
const STATUS_BREAKPOINT = 0x8000_0003n;

/** Text, its length, where an answer goes, the room for it; the result. */
const registers = {
  x86: ['ecx', 'edx', 'ebx', 'edi', 'eax'],
  x64: ['rcx', 'rdx', 'r8', 'r9', 'rax'],
} as const;

/** The debug service of the kernel's own code (int 2d): prints and prompts. True when a break-in came with it. */
export function* kernelService(kernel: Kernel, trap: Extract<MachineTrap, { kind: 'service' }>): Task<boolean> {
  const { machine, architecture } = kernel;
  const processor = machine.processors[trap.processor] as Processor;
  const [text, length, buffer, size, result] = registers[architecture];
  let broke = false;
  let value = 0n;
  if (trap.service === PRINT || trap.service === PROMPT) {
    const bytes = machine.memory.read(processor.get(text), Number(processor.get(length) & 0xffffn));
    if (trap.service === PRINT) {
      broke = yield* print(kernel, bytes.toString('latin1'));
      if (broke) value = STATUS_BREAKPOINT;
    } else {
      kernel.statistics.halted('prompt');
      const given = yield* prompt(kernel, bytes.toString('latin1'), Number(processor.get(size) & 0xffffn));
      kernel.statistics.resumed(kernel.phase);
      machine.memory.write(processor.get(buffer), Buffer.from(given, 'latin1'));
      value = BigInt(given.length);
    }
  }
  processor.set(result, value);
  // The kernel goes on behind the int3 that follows `int 2d`.
  const { pc } = pointerNames(architecture);
  processor.set(pc, processor.get(pc) + 1n);
  return broke;
}
