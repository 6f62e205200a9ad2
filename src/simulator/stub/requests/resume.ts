import { readField } from '../fields.js';
import type { Kernel } from '../kernel.js';
import { type Handler, unimplemented } from '../request.js';
import { DR7_ONES } from '../special-registers.js';

const TF = 0x100n;

export const continue1: Handler = (_, { header }) => ({ kind: 'resume', handled: succeeds(header.readUInt32LE(16)) });

/** Continue with a control set: trap flag, and DR7 for every processor. */
export const continue2: Handler = (kernel, { header }) => {
  const handled = succeeds(header.readUInt32LE(16));
  if (handled && kernel.options.architecture !== 'arm64') applyControlSet(kernel, header);
  return { kind: 'resume', handled };
};

function applyControlSet({ machine, stop, wide }: Kernel, header: Buffer): void {
  const trace = header.readUInt32LE(20) !== 0;
  const dr7 = readField(header, [24, wide ? 8 : 4]);
  if (stop) {
    const efl = stop.processor.get('efl');
    stop.processor.set('efl', trace ? efl | TF : efl & ~TF);
  }
  for (const { debug } of machine.processors) {
    debug.dr7 = dr7 | DR7_ONES;
    debug.dr6 = 0n;
  }
}

/** NT_SUCCESS */
function succeeds(status: number): boolean {
  return status < 0x8000_0000;
}

export const switchProcessor: Handler = (kernel, { processor }) => {
  if (!kernel.personality.switchProcessor) return unimplemented(kernel, 'Processor Switch support is unimplemented!\n');
  return kernel.machine.processors[processor] ? { kind: 'switch', processor } : { kind: 'silent' };
};

export const reboot: Handler = () => ({ kind: 'reboot' });

/** MANUALLY_INITIATED_CRASH, or the code of the request. */
export const causeBugCheck: Handler = (_, { header }) => ({
  kind: 'bug-check',
  code: header.readUInt32LE(16) || 0xe2,
});
