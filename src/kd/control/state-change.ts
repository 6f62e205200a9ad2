import { type Architecture, canonical } from './architecture.js';

// Decodes the report of a stop. What kind of stop it is, is judged in stop.ts.

/** DBGKD_ANY_WAIT_STATE_CHANGE: why the target stands. Source: `KdTypes.h`. */
export type StateChange = ExceptionStop | ModuleEvent | CommandStop;

interface Common {
  readonly processor: number;
  readonly processors: number;
  /** As the packet has them: sign-extended on 32-bit targets. */
  readonly thread: bigint;
  readonly programCounter: bigint;
  readonly payload: Buffer;
}

export interface ExceptionStop extends Common {
  readonly kind: 'exception';
  /** NTSTATUS. */
  readonly code: number;
  readonly address: bigint;
  readonly parameters: readonly bigint[];
  readonly firstChance: boolean;
}

export interface ModuleEvent extends Common {
  readonly kind: 'load' | 'unload' | 'shutdown';
  readonly path: string;
  readonly base: bigint;
  readonly size: number;
  readonly checkSum: number;
}

export interface CommandStop extends Common {
  readonly kind: 'command';
  readonly name: string;
  readonly command: string;
}

/** Bytes up to the control report, which depends on the processor. */
const FIXED_BYTES = 192;
/** Where the text of a load-symbols or command-string stop begins. */
const TEXT_AT = 240;
/** BaseOfDll of the unload that says that the machine shuts down (KD_REBOOT), or hibernates (KD_HIBERNATE). */
const KD_REBOOT = 0xffff_ffff_ffff_ffffn;
const KD_HIBERNATE = 0xffff_ffff_ffff_fffen;

/** Reads a STATE_CHANGE64; undefined when it is none, or too short to be one. */
export function decodeStateChange(payload: Buffer): StateChange | undefined {
  if (payload.length < FIXED_BYTES) return undefined;
  const common: Common = {
    processor: payload.readUInt16LE(6),
    processors: payload.readUInt32LE(8),
    thread: payload.readBigUInt64LE(16),
    programCounter: payload.readBigUInt64LE(24),
    payload,
  };
  // Bit 16 says that the report comes from another source than the kernel's.
  switch (payload.readUInt32LE(0) & 0xfffe_ffff) {
    case 0x3030:
      return { ...common, ...exceptionOf(payload) };
    case 0x3031:
      return { ...common, ...moduleOf(payload) };
    case 0x3032: {
      const [name = '', command = ''] = payload.toString('latin1', TEXT_AT).split('\0');
      return { ...common, kind: 'command', name, command };
    }
    default:
      return undefined;
  }
}

function exceptionOf(payload: Buffer): Omit<ExceptionStop, keyof Common> {
  const count = Math.min(15, payload.readUInt32LE(56));
  return {
    kind: 'exception',
    code: payload.readUInt32LE(32),
    address: payload.readBigUInt64LE(48),
    parameters: Array.from({ length: count }, (_, index) => payload.readBigUInt64LE(64 + index * 8)),
    firstChance: payload.readUInt32LE(184) !== 0,
  };
}

function moduleOf(payload: Buffer): Omit<ModuleEvent, keyof Common> {
  const base = payload.readBigUInt64LE(40);
  const unload = payload[64] !== 0;
  const length = payload.readUInt32LE(32);
  return {
    kind: !unload ? 'load' : base === KD_REBOOT || base === KD_HIBERNATE ? 'shutdown' : 'unload',
    path: payload.toString('latin1', TEXT_AT, TEXT_AT + length).replace(/\0.*$/s, ''),
    base,
    size: payload.readUInt32LE(60),
    checkSum: payload.readUInt32LE(56),
  };
}

/** The control report: what a stop tells of the processor without being asked. There is no stack pointer in it. */
export interface ControlReport {
  readonly dr6: bigint;
  readonly dr7: bigint;
  readonly eflags: number;
  /** The code at the program counter, without the kernel's own breakpoints. */
  readonly stream: Buffer;
}

/** Reads the control report of a stop; what a short packet lacks is zero or empty. */
export function controlReport(architecture: Architecture, { payload }: StateChange): ControlReport {
  const at = architecture.report;
  if (payload.length < TEXT_AT) return { dr6: 0n, dr7: 0n, eflags: 0, stream: Buffer.alloc(0) };
  const register = (offset: number): bigint =>
    architecture.bits === 32 ? BigInt(payload.readUInt32LE(offset)) : payload.readBigUInt64LE(offset);
  const count = Math.min(16, payload.readUInt16LE(at.count));
  return {
    dr6: register(at.dr6),
    dr7: register(at.dr7),
    eflags: payload.readUInt32LE(at.eflags),
    stream: payload.subarray(at.stream, at.stream + count),
  };
}

/** Where the target stands, as its own addresses go. */
export function programCounter(architecture: Architecture, change: StateChange): bigint {
  return canonical(architecture, change.programCounter);
}
