/** How a stretch of x86 code keeps its stack frame, from its PDB. Sizes in bytes. */
export interface FrameData {
  /** FPO_DATA of compilers up to 2003 or FRAMEDATA, which has a program. */
  readonly kind: 'fpo' | 'framedata';
  /** The RVA of the first byte it is about, and how many bytes follow. */
  readonly rva: number;
  readonly size: number;
  readonly locals: number;
  readonly params: number;
  readonly maxStack: number;
  readonly prolog: number;
  readonly savedRegisters: number;
  /** FPO_DATA: ebp is pushed, and holds something else. */
  readonly usesBp: boolean;
  readonly hasSeh: boolean;
  /** FPO_DATA's cbFrame: no frame pointer, trap frame, task gate, or an ebp frame. */
  readonly frame: 'fpo' | 'trap' | 'tss' | 'ebp';
  /** FRAMEDATA: its stretch begins where a function begins. */
  readonly isFunctionStart: boolean;
  /** FRAMEDATA: how to find the caller's registers, e.g. `$T0 $ebp 4 + = $eip $T0 ^ = $esp $T0 4 + = $ebp $T0 4 - ^ =`. */
  readonly program?: string;
}

const FRAMES = ['fpo', 'trap', 'tss', 'ebp'] as const;

/** FPO_DATA records. */
export function parseFpo(bytes: Buffer): FrameData[] {
  return Array.from({ length: bytes.length >>> 4 }, (_, index) => {
    const at = index * 16;
    const bits = bytes.readUInt8(at + 15);
    return {
      kind: 'fpo',
      rva: bytes.readUInt32LE(at),
      size: bytes.readUInt32LE(at + 4),
      locals: (bytes.readUInt32LE(at + 8) * 4) >>> 0,
      params: bytes.readUInt16LE(at + 12) * 4,
      maxStack: 0,
      prolog: bytes.readUInt8(at + 14),
      savedRegisters: (bits & 7) * 4,
      hasSeh: (bits & 8) !== 0,
      usesBp: (bits & 0x10) !== 0,
      frame: FRAMES[bits >> 6] as FrameData['frame'],
      isFunctionStart: true,
    };
  });
}

/** FRAMEDATA records. @param text the text at an offset of the PDB's names */
export function parseFrameData(bytes: Buffer, text: (offset: number) => string): FrameData[] {
  return Array.from({ length: bytes.length >>> 5 }, (_, index) => {
    const at = index * 32;
    const flags = bytes.readUInt32LE(at + 28);
    return {
      kind: 'framedata',
      rva: bytes.readUInt32LE(at),
      size: bytes.readUInt32LE(at + 4),
      locals: bytes.readUInt32LE(at + 8),
      params: bytes.readUInt32LE(at + 12),
      maxStack: bytes.readUInt32LE(at + 16),
      prolog: bytes.readUInt16LE(at + 24),
      savedRegisters: bytes.readUInt16LE(at + 26),
      hasSeh: (flags & 1) !== 0,
      usesBp: false,
      frame: 'fpo',
      isFunctionStart: (flags & 4) !== 0,
      program: text(bytes.readUInt32LE(at + 20)).trim(),
    };
  });
}
