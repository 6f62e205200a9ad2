import type { Processor } from '../../machine/machine.js';
import { contextBytes, pointerNames, readContext, writeContext } from '../context.js';
import { readField, writeField } from '../fields.js';
import type { Kernel } from '../kernel.js';
import { done, failed, type Handler } from '../request.js';

const pcField = { x86: [0xb8, 4], x64: [0xf8, 8] } as const;
const selectorFields = {
  x86: { cs: [0xbc, 4], ds: [0x98, 4], es: [0x94, 4], fs: [0x90, 4] },
  x64: { cs: [0x38, 2], ds: [0x3a, 2], es: [0x3c, 2], fs: [0x3e, 2] },
} as const;

/** The CONTEXT as the debugger sees it; that of the reporting processor shows user mode when the stop does. */
export function visibleContext({ architecture, stop }: Kernel, processor: Processor): Buffer {
  const context = readContext(architecture, processor);
  const user = stop?.processor === processor ? stop.user : undefined;
  if (user) {
    writeField(context, pcField[architecture], user.pc + (processor.get(pointerNames(architecture).pc) - user.realPc));
    for (const [name, field] of Object.entries(selectorFields[architecture]))
      writeField(context, field, BigInt(user.selectors[name as keyof typeof user.selectors]));
  }
  return context;
}

function putContext({ architecture, stop }: Kernel, processor: Processor, context: Buffer): void {
  const user = stop?.processor === processor ? stop.user : undefined;
  if (user) {
    const field = pcField[architecture];
    writeField(context, field, readField(context, field) - user.pc + user.realPc);
  }
  writeContext(architecture, processor, context);
}

export const getContext: Handler = (kernel, { processor: number }) => {
  const processor = kernel.machine.processors[number];
  if (!processor || !hasContext(kernel)) return failed;
  if (kernel.stop) kernel.stop.contextRead = true;
  // What has no room in a datagram is left out there.
  const extra = kernel.wide && !kernel.options.net ? kernel.personality.extendedContextBytes : 0;
  return done(Buffer.concat([visibleContext(kernel, processor), Buffer.alloc(extra)]));
};

export const setContext: Handler = (kernel, { processor: number, data }) => {
  const processor = kernel.machine.processors[number];
  if (!processor || !kernel.stop?.contextRead || data.length < contextBytes(kernel.architecture)) return failed;
  putContext(kernel, processor, data.subarray(0, contextBytes(kernel.architecture)));
  return done();
};

/** A slice of the context. One of no bytes is enough to allow SetContextEx. */
export const getContextEx: Handler = (kernel, { processor: number, header }) => {
  const processor = kernel.machine.processors[number];
  const [offset, count] = [header.readUInt32LE(16), header.readUInt32LE(20)];
  header.writeUInt32LE(0, 24);
  if (!processor || !kernel.personality.contextSlices || !hasContext(kernel)) return failed;
  if (offset + count > contextBytes(kernel.architecture)) return failed;
  if (kernel.stop) kernel.stop.contextRead = true;
  header.writeUInt32LE(count, 24);
  return done(visibleContext(kernel, processor).subarray(offset, offset + count));
};

export const setContextEx: Handler = (kernel, { processor: number, header, data }) => {
  const processor = kernel.machine.processors[number];
  const { personality, stop } = kernel;
  const [offset, count, total] = [header.readUInt32LE(16), header.readUInt32LE(20), header.readUInt32LE(24)];
  header.writeUInt32LE(0, 24);
  if (!processor || !personality.contextSlices || !stop?.contextRead) return failed;
  if (offset + count > contextBytes(kernel.architecture) || data.length < count) return failed;
  const base = (personality.stagedContext && stop.staged) || visibleContext(kernel, processor);
  data.copy(base, offset, 0, count);
  if (personality.stagedContext && offset + count !== total) stop.staged = base;
  else {
    stop.staged = undefined;
    putContext(kernel, processor, base);
  }
  header.writeUInt32LE(count, 24);
  return done();
};

// Of a machine whose processors this program does not know there is no context to give.
function hasContext(kernel: Kernel): boolean {
  return kernel.options.architecture !== 'arm64';
}
