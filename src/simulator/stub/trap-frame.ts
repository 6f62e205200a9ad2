import { pointerNames } from './context.js';
import { writeField } from './fields.js';
import type { Kernel } from './kernel.js';

const RF = 0x1_0000n;
const TF = 0x100n;
/** The kernel's stack selector on x64. */
const SS = 0x18n;

/**
 * What the processor itself pushes when it traps. It lies directly below the stack pointer (x86), or below the next
 * multiple of 16 (x64): a debugger that writes there writes into the frame.
 */
export function pushFrame(kernel: Kernel): void {
  const { stop, machine, architecture, personality } = kernel;
  if (!stop || stop.user || !personality.frameOnStack) return;
  const { processor, sp } = stop.trapped;
  const { pc, sp: spName } = pointerNames(architecture);
  const wide = architecture === 'x64';
  const values = [processor.get(pc), processor.get('cs'), processor.get('efl')];
  if (wide) values.push(processor.get(spName), SS);
  const each = wide ? 8 : 4;
  const frame = Buffer.alloc(values.length * each);
  for (const [index, value] of values.entries()) writeField(frame, [index * each, each], value);
  const top = wide ? sp & ~0xfn : sp;
  machine.memory.write(top - BigInt(frame.length), frame);
}

/** The way out: registers go through the frame once more, and flags lose RF where the kernel leaves by popfd, and no step is due. */
export function restoreFrame(kernel: Kernel): void {
  const { stop, architecture, personality } = kernel;
  if (!stop) return;
  pushFrame(kernel);
  if (personality.trapExit[architecture] === 'iret') return;
  const { processor } = stop.trapped;
  const flags = processor.get('efl');
  // A frame with a trap flag leaves by iretd, which keeps RF. Source: a real kernel, NT 5.2 i386, measured.
  if ((flags & TF) === 0n) processor.set('efl', flags & ~RF);
}
