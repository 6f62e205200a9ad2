import type { MachineArchitecture, Processor } from '../machine/machine.js';
import { type PacketField, readField, writeField } from './fields.js';

interface SpecialLayout {
  readonly bytes: number;
  readonly control: Readonly<Record<'cr0' | 'cr2' | 'cr3' | 'cr4', PacketField>>;
  readonly cr8: PacketField | undefined;
  readonly debug: Readonly<Record<keyof Processor['debug'], PacketField>>;
  readonly tables: readonly (readonly [PacketField, 'gdtLimit' | 'gdtBase' | 'idtLimit' | 'idtBase' | 'tr' | 'ldtr'])[];
}

// KSPECIAL_REGISTERS of NT 5.2 and later.
const layouts: Readonly<Record<MachineArchitecture, SpecialLayout>> = {
  x86: {
    bytes: 0x54,
    control: { cr0: [0, 4], cr2: [4, 4], cr3: [8, 4], cr4: [0xc, 4] },
    cr8: undefined,
    debug: { dr0: [0x10, 4], dr1: [0x14, 4], dr2: [0x18, 4], dr3: [0x1c, 4], dr6: [0x20, 4], dr7: [0x24, 4] },
    tables: [
      [[0x2a, 2], 'gdtLimit'],
      [[0x2c, 4], 'gdtBase'],
      [[0x32, 2], 'idtLimit'],
      [[0x34, 4], 'idtBase'],
      [[0x38, 2], 'tr'],
      [[0x3a, 2], 'ldtr'],
    ],
  },
  x64: {
    bytes: 0xd8,
    control: { cr0: [0, 8], cr2: [8, 8], cr3: [0x10, 8], cr4: [0x18, 8] },
    cr8: [0xa0, 8],
    debug: { dr0: [0x20, 8], dr1: [0x28, 8], dr2: [0x30, 8], dr3: [0x38, 8], dr6: [0x40, 8], dr7: [0x48, 8] },
    tables: [
      [[0x56, 2], 'gdtLimit'],
      [[0x58, 8], 'gdtBase'],
      [[0x66, 2], 'idtLimit'],
      [[0x68, 8], 'idtBase'],
      [[0x70, 2], 'tr'],
      [[0x72, 2], 'ldtr'],
    ],
  },
};

/** Bits of DR6 and DR7 that always read as ones. */
export const DR6_ONES = 0xffff_0ff0n;
export const DR7_ONES = 0x400n;

export function specialBytes(architecture: MachineArchitecture): number {
  return layouts[architecture].bytes;
}

/** The KSPECIAL_REGISTERS of a processor. */
export function readSpecialRegister(architecture: MachineArchitecture, { special, debug }: Processor): Buffer {
  const layout = layouts[architecture];
  const bytes = Buffer.alloc(layout.bytes);
  for (const [name, field] of entries(layout.control)) writeField(bytes, field, special[name]);
  if (layout.cr8) writeField(bytes, layout.cr8, special.cr8);
  for (const [name, field] of entries(layout.debug)) writeField(bytes, field, debug[name]);
  for (const [field, name] of layout.tables) writeField(bytes, field, BigInt(special[name]));
  return bytes;
}

/** Puts changed special registers into a processor. Descriptor tables stay the kernel's. */
export function writeSpecialRegister(
  architecture: MachineArchitecture,
  { special, debug }: Processor,
  bytes: Buffer,
): void {
  const layout = layouts[architecture];
  for (const [name, field] of entries(layout.control)) special[name] = readField(bytes, field);
  if (layout.cr8) special.cr8 = readField(bytes, layout.cr8);
  for (const [name, field] of entries(layout.debug)) debug[name] = readField(bytes, field);
  debug.dr7 |= DR7_ONES;
}

function entries<Name extends string>(of: Readonly<Record<Name, PacketField>>): [Name, PacketField][] {
  return Object.entries(of) as [Name, PacketField][];
}
