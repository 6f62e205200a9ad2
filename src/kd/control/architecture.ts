// x86 and x64 as far as KD's packets depend on them. Instructions and unwinding are elsewhere.

/** Where a register stands in the CONTEXT record, in bytes. */
export interface RegisterPlace {
  readonly offset: number;
  readonly bytes: 2 | 4 | 8;
}

/** Everything about a processor family that KD's packets depend on. */
export interface Architecture {
  readonly name: 'x86' | 'x64';
  /** IMAGE_FILE_MACHINE_*. */
  readonly machine: number;
  readonly bits: 32 | 64;
  readonly pointerBytes: 4 | 8;
  /** The lowest address that belongs to the kernel. */
  readonly firstKernel: bigint;
  readonly contextBytes: number;
  /** Where ContextFlags stands, and its value for everything. */
  readonly contextFlags: { readonly offset: number; readonly all: number };
  readonly registers: ReadonlyMap<string, RegisterPlace>;
  readonly pc: 'eip' | 'rip';
  readonly sp: 'esp' | 'rsp';
  /** The part of CONTEXT with all registers that `r` shows. */
  readonly general: { readonly offset: number; readonly bytes: number };
  /** The control report of a state change, offsets in its payload. */
  readonly report: {
    readonly dr6: number;
    readonly dr7: number;
    readonly eflags: number;
    readonly count: number;
    readonly flags: number;
    readonly stream: number;
    readonly segments: number;
  };
  /** The control set of Continue2, offsets in its payload. */
  readonly control: { readonly dr7: number; readonly symbolStart: number; readonly symbolEnd: number };
  /** KSPECIAL_REGISTERS in the control space: the address to ask for, and offsets in it. */
  readonly special: {
    readonly address: bigint;
    readonly bytes: number;
    readonly dr0: number;
    readonly dr7: number;
  };
  /** The loader's list entry: see modules.ts. */
  readonly loaderEntry: {
    readonly bytes: number;
    readonly base: number;
    readonly size: number;
    readonly path: number;
    readonly name: number;
    readonly nameBuffer: number;
    readonly checkSum: number;
  };
}

function places(bytes: 4 | 8, first: number, names: string): [string, RegisterPlace][] {
  return names.split(' ').map((name, index) => [name, { offset: first + index * bytes, bytes }]);
}

const word = (name: string, offset: number): [string, RegisterPlace] => [name, { offset, bytes: 2 }];

/** Source: CONTEXT and KSPECIAL_REGISTERS of 32-bit Windows. */
export const x86: Architecture = {
  name: 'x86',
  machine: 0x014c,
  bits: 32,
  pointerBytes: 4,
  firstKernel: 0x8000_0000n,
  contextBytes: 0x2cc,
  contextFlags: { offset: 0, all: 0x1003f },
  registers: new Map([...places(4, 0x8c, 'gs fs es ds edi esi ebx edx ecx eax ebp eip cs efl esp ss')]),
  pc: 'eip',
  sp: 'esp',
  general: { offset: 0x8c, bytes: 0x40 },
  report: { dr6: 192, dr7: 196, eflags: 228, count: 200, flags: 202, stream: 204, segments: 220 },
  control: { dr7: 24, symbolStart: 28, symbolEnd: 32 },
  special: { address: 0x2ccn, bytes: 0x54, dr0: 0x10, dr7: 0x24 },
  loaderEntry: { bytes: 0x68, base: 0x18, size: 0x20, path: 0x24, name: 0x2c, nameBuffer: 0x30, checkSum: 0x40 },
};

/** Source: CONTEXT and KSPECIAL_REGISTERS of 64-bit Windows. */
export const x64: Architecture = {
  name: 'x64',
  machine: 0x8664,
  bits: 64,
  pointerBytes: 8,
  firstKernel: 0xffff_8000_0000_0000n,
  contextBytes: 0x4d0,
  contextFlags: { offset: 0x30, all: 0x10001f },
  registers: new Map([
    word('cs', 0x38),
    word('ds', 0x3a),
    word('es', 0x3c),
    word('fs', 0x3e),
    word('gs', 0x40),
    word('ss', 0x42),
    ...places(4, 0x44, 'efl'),
    ...places(8, 0x78, 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip'),
  ]),
  pc: 'rip',
  sp: 'rsp',
  general: { offset: 0x30, bytes: 0xd0 },
  report: { dr6: 192, dr7: 200, eflags: 208, count: 212, flags: 214, stream: 216, segments: 232 },
  control: { dr7: 24, symbolStart: 32, symbolEnd: 40 },
  special: { address: 2n, bytes: 0xd8, dr0: 0x20, dr7: 0x48 },
  loaderEntry: { bytes: 0xb0, base: 0x30, size: 0x40, path: 0x48, name: 0x58, nameBuffer: 0x60, checkSum: 0x78 },
};

/** The architecture of a machine type; undefined for one that this kd cannot debug. */
export function architectureOf(machine: number): Architecture | undefined {
  return [x86, x64].find((each) => each.machine === machine);
}

const OTHER_MACHINES: Readonly<Record<number, string>> = {
  452: '32-bit ARM (Thumb-2)',
  43620: 'ARM64',
  512: 'Itanium',
  388: 'Alpha',
};

/** A machine type in words. */
export function machineName(machine: number): string {
  return OTHER_MACHINES[machine] ?? `machine type 0x${machine.toString(16)}`;
}

/** An address as the target's kernel means it: 32-bit targets send theirs sign-extended. */
export function canonical(architecture: Architecture, address: bigint): bigint {
  return architecture.bits === 32 ? address & 0xffff_ffffn : address;
}

/** An address as KD's packets carry it: 32-bit ones sign-extended. */
export function onTheWire(architecture: Architecture, address: bigint): bigint {
  return architecture.bits === 32 ? BigInt.asUintN(64, BigInt.asIntN(32, address)) : address;
}
