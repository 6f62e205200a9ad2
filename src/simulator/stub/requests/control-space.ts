import type { Processor } from '../../machine/machine.js';
import { contextBytes } from '../context.js';
import { readField } from '../fields.js';
import type { Kernel } from '../kernel.js';
import { done, failed, type Handler, partly, type StubAnswer } from '../request.js';
import { readSpecialRegister, specialBytes, writeSpecialRegister } from '../special-registers.js';
import { visibleContext } from './context.js';

/** KSPECIAL_REGISTERS among the selectors of x64. */
const SPECIAL = 2;

export const readControlSpace: Handler = (kernel, { processor: number, header }) => {
  const processor = kernel.machine.processors[number];
  const address = readField(header, [16, 8]);
  const count = header.readUInt32LE(24);
  header.writeUInt32LE(0, 28);
  if (!processor) return failed;
  if (kernel.wide) return readSelector(kernel, processor, address, count, header);
  const space = x86Space(kernel, processor);
  const data = space.subarray(Number(address), Number(address) + count);
  if (data.length < count) return failed;
  header.writeUInt32LE(count, 28);
  return done(data);
};

/** x86: the KPROCESSOR_STATE, which is the CONTEXT and the special registers behind it. */
function x86Space(kernel: Kernel, processor: Processor): Buffer {
  return Buffer.concat([visibleContext(kernel, processor), readSpecialRegister('x86', processor)]);
}

function readSelector(
  kernel: Kernel,
  processor: Processor,
  selector: bigint,
  count: number,
  header: Buffer,
): StubAnswer {
  const whole = selected(processor, selector);
  if (!whole) return unknownSelector(kernel);
  const data = whole.subarray(0, count);
  header.writeUInt32LE(data.length, 28);
  return done(data);
}

function selected(processor: Processor, selector: bigint): Buffer | undefined {
  if (selector === 2n) return readSpecialRegister('x64', processor);
  const pointer = [processor.pcr, processor.prcb, undefined, processor.thread][Number(selector)];
  if (pointer === undefined) return undefined;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(pointer);
  return bytes;
}

export const writeControlSpace: Handler = (kernel, { processor: number, header, data }) => {
  const processor = kernel.machine.processors[number];
  const address = readField(header, [16, 8]);
  const bytes = data.subarray(0, header.readUInt32LE(24));
  header.writeUInt32LE(0, 28);
  if (!processor) return failed;
  const size = specialBytes(kernel.architecture);
  if (!kernel.wide) {
    const offset = Number(address) - contextBytes('x86');
    if (offset < 0 || offset + bytes.length > size) return failed;
    writePart(kernel, processor, offset, bytes);
    header.writeUInt32LE(bytes.length, 28);
    return done();
  }
  if (address !== BigInt(SPECIAL)) return address > 3n ? unknownSelector(kernel) : failed;
  const part = bytes.subarray(0, size);
  writePart(kernel, processor, 0, part);
  header.writeUInt32LE(kernel.personality.specialWriteReportsAll ? size : part.length, 28);
  return partly(part.length === bytes.length);
};

function writePart({ architecture }: Kernel, processor: Processor, offset: number, bytes: Buffer): void {
  const all = readSpecialRegister(architecture, processor);
  bytes.copy(all, offset);
  writeSpecialRegister(architecture, processor, all);
}

function unknownSelector(kernel: Kernel): StubAnswer {
  return kernel.personality.assertionsKill ? { kind: 'death' } : failed;
}
