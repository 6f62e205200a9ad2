import type { MachineArchitecture, Processor } from '../machine/machine.js';
import { type PacketField, readField, writeField } from './fields.js';

/** The CONTEXT of one architecture: its size, its flags, and where registers are in it. */
interface ContextLayout {
  readonly bytes: number;
  readonly flagsAt: number;
  /** CONTEXT_ALL as the kernel fills it in; debug registers stay 0 there, KD has them in the control space. */
  readonly flags: number;
  /** Registers that a debugger may change. */
  readonly registers: Readonly<Record<string, PacketField>>;
  /** Registers that it may only read: in kernel mode the selectors are the kernel's own. */
  readonly selectors: Readonly<Record<string, PacketField>>;
  /** The FXSAVE area of 512 bytes. */
  readonly floatingPointAt: number;
}

const x86: ContextLayout = {
  bytes: 0x2cc,
  flagsAt: 0,
  flags: 0x1003f,
  registers: {
    edi: [0x9c, 4],
    esi: [0xa0, 4],
    ebx: [0xa4, 4],
    edx: [0xa8, 4],
    ecx: [0xac, 4],
    eax: [0xb0, 4],
    ebp: [0xb4, 4],
    eip: [0xb8, 4],
    efl: [0xc0, 4],
    esp: [0xc4, 4],
  },
  selectors: { gs: [0x8c, 4], fs: [0x90, 4], es: [0x94, 4], ds: [0x98, 4], cs: [0xbc, 4], ss: [0xc8, 4] },
  floatingPointAt: 0xcc,
};

const x64: ContextLayout = {
  bytes: 0x4d0,
  flagsAt: 0x30,
  flags: 0x10001f,
  registers: {
    efl: [0x44, 4],
    rax: [0x78, 8],
    rcx: [0x80, 8],
    rdx: [0x88, 8],
    rbx: [0x90, 8],
    rsp: [0x98, 8],
    rbp: [0xa0, 8],
    rsi: [0xa8, 8],
    rdi: [0xb0, 8],
    r8: [0xb8, 8],
    r9: [0xc0, 8],
    r10: [0xc8, 8],
    r11: [0xd0, 8],
    r12: [0xd8, 8],
    r13: [0xe0, 8],
    r14: [0xe8, 8],
    r15: [0xf0, 8],
    rip: [0xf8, 8],
  },
  selectors: { cs: [0x38, 2], ds: [0x3a, 2], es: [0x3c, 2], fs: [0x3e, 2], gs: [0x40, 2], ss: [0x42, 2] },
  floatingPointAt: 0x100,
};

const layouts: Readonly<Record<MachineArchitecture, ContextLayout>> = { x86, x64 };

export function contextBytes(architecture: MachineArchitecture): number {
  return layouts[architecture].bytes;
}

/** The CONTEXT of a processor. */
export function readContext(architecture: MachineArchitecture, processor: Processor): Buffer {
  const layout = layouts[architecture];
  const context = Buffer.alloc(layout.bytes);
  context.writeUInt32LE(layout.flags, layout.flagsAt);
  for (const fields of [layout.registers, layout.selectors])
    for (const [name, field] of Object.entries(fields)) writeField(context, field, processor.get(name));
  processor.floatingPoint.copy(context, layout.floatingPointAt, 0, 512);
  if (architecture === 'x64') context.writeUInt32LE(processor.floatingPoint.readUInt32LE(24), 0x34);
  else context.writeUInt32LE(processor.floatingPoint.readUInt16LE(0), 0x1c);
  return context;
}

/** Puts a CONTEXT into a processor; only what has changed is written, and selectors are left alone. */
export function writeContext(architecture: MachineArchitecture, processor: Processor, context: Buffer): void {
  const { registers, floatingPointAt } = layouts[architecture];
  for (const [name, field] of Object.entries(registers)) {
    const value = readField(context, field);
    if (processor.get(name) !== value) processor.set(name, value);
  }
  context.copy(processor.floatingPoint, 0, floatingPointAt, floatingPointAt + 512);
}

/** The names of the program counter and the stack pointer. */
export function pointerNames(architecture: MachineArchitecture): { readonly pc: string; readonly sp: string } {
  return architecture === 'x86' ? { pc: 'eip', sp: 'esp' } : { pc: 'rip', sp: 'rsp' };
}
