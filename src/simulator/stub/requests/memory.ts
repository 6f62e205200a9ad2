import { MAX_PAYLOAD } from '../../../kd/wire/packet.js';
import { readField } from '../fields.js';
import { addressAt, type Kernel } from '../kernel.js';
import { done, failed, type Handler, partly, REQUEST_BYTES, type StubAnswer, unimplemented } from '../request.js';

/** The most that one reply carries: on a serial line, and in a datagram. */
const MOST = { serial: MAX_PAYLOAD - REQUEST_BYTES, net: 1408 - REQUEST_BYTES };

function read(actual: (kernel: Kernel, address: bigint, length: number) => Buffer): Handler {
  return (kernel, { header }) => {
    const wanted = Math.min(header.readUInt32LE(24), MOST[kernel.options.net ? 'net' : 'serial']);
    const data = actual(kernel, addressAt(kernel, header, 16), wanted);
    header.writeUInt32LE(data.length, 28);
    return partly(data.length === wanted, data);
  };
}

function write(actual: (kernel: Kernel, address: bigint, bytes: Buffer) => number): Handler {
  return (kernel, { header, data }) => {
    const bytes = data.subarray(0, header.readUInt32LE(24));
    const written = actual(kernel, addressAt(kernel, header, 16), bytes);
    header.writeUInt32LE(written, 28);
    return partly(written === bytes.length);
  };
}

/** Memory as the debugger sees it: with the page of a stop in user mode, which the machine itself does not have. */
function readVisible(kernel: Kernel, address: bigint, length: number): Buffer {
  const pc = kernel.stop?.user?.pc;
  if (pc === undefined || address < pc || address >= pc + 16n) return kernel.machine.memory.read(address, length);
  return userCode(kernel.wide).subarray(Number(address - pc), Number(address - pc) + length);
}

/** The 16 bytes at a break in user mode: int3 and the return of its function. */
export function userCode(wide: boolean): Buffer {
  return Buffer.from(wide ? 'ccc39090909090909090909090909090' : 'ccc20400909090909090909090909090', 'hex');
}

export const readVirtual = read(readVisible);
export const writeVirtual = write(({ machine, injected }, address, bytes) => {
  injected.writing(address, bytes);
  return machine.memory.write(address, bytes);
});
export const readPhysical = read(({ machine }, address, length) => machine.memory.readPhysical(address, length));
export const writePhysical = write(({ machine }, address, bytes) => machine.memory.writePhysical(address, bytes));

/** SearchMemory: where the pattern is first found in a range. */
export const searchMemory: Handler = (kernel, { header, data }) => {
  if (!kernel.personality.searchAndFill) return unimplemented(kernel, 'Memory Search support is unimplemented!\n');
  const start = addressAt(kernel, header, 16);
  const length = Number(readField(header, [24, 8]));
  const pattern = data.subarray(0, header.readUInt32LE(32));
  const step = 0x1000;
  if (pattern.length === 0) return failed;
  for (let from = 0; from < Math.min(length, 16 * 1024 * 1024); from += step) {
    const piece = kernel.machine.memory.read(start + BigInt(from), Math.min(step + pattern.length - 1, length - from));
    const at = piece.indexOf(pattern);
    if (at >= 0) {
      header.writeBigUInt64LE(start + BigInt(from + at), 16);
      return done();
    }
    if (piece.length < Math.min(step, length - from)) return failed;
  }
  // STATUS_NO_MORE_ENTRIES
  return { kind: 'reply', status: 0x8000_001a };
};

/** FillMemory: a pattern over and over, in virtual or physical memory. */
export const fillMemory: Handler = (kernel, { header, data }): StubAnswer => {
  if (!kernel.personality.searchAndFill) return unimplemented(kernel, 'Memory Fill support is unimplemented!\n');
  const length = Math.min(header.readUInt32LE(24), 16 * 1024 * 1024);
  const pattern = data.subarray(0, header.readUInt16LE(30));
  if (pattern.length === 0) return failed;
  const bytes = Buffer.alloc(length, pattern);
  const address = addressAt(kernel, header, 16);
  const { memory } = kernel.machine;
  kernel.injected.writing(address, bytes.subarray(0, 64));
  const physical = header.readUInt16LE(28) & 2;
  const filled = physical ? memory.writePhysical(address, bytes) : memory.write(address, bytes);
  header.writeUInt32LE(filled, 24);
  return partly(filled === length);
};

/** QueryMemory: address space (0 process, 2 kernel) and protection (1 R, 2 W, 4 X). */
export const queryMemory: Handler = (kernel, { header }) => {
  const address = addressAt(kernel, header, 16);
  const inKernel = address >= (kernel.wide ? 0xffff_8000_0000_0000n : 0x8000_0000n);
  header.writeUInt32LE(inKernel ? 2 : 0, 32);
  header.writeUInt32LE(7, 36);
  return done();
};
