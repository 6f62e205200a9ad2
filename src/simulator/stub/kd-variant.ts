import type { MachineArchitecture } from '../machine/machine.js';

/**
 * How one kernel's half of KD behaves. Every rule that differs between kernels is a field, so that a test can
 * take a personality and change one of them.
 */
export interface KdVariant {
  readonly name: string;
  /** How long the stub waits for the first byte of a packet, ms: also the time between two transmissions. */
  readonly leaderWaitMs: number;
  /** How long it waits for the next byte inside a packet, ms. */
  readonly byteWaitMs: number;
  /** Transmissions of a print, a load-symbols stop or a file request before the debugger counts as gone. */
  readonly printSends: number;
  /** Transmissions of a reply before the ids go back to SYNC; 0 = for ever. State changes of exceptions go on for ever. */
  readonly replySends: number;
  /** Time between two looks of a running kernel for a break-in byte, ms. */
  readonly tickMs: number;
  /** A break-in byte that comes while the stub waits for an acknowledgement is forgotten; otherwise it means one more break. */
  readonly forgetsBreakBeforeAck: boolean;
  /** A RESET drops a reply that waits for its acknowledgement, and the state change comes instead. */
  readonly resetDropsReply: boolean;
  /** Bytes after the 240 of an exception's state change. */
  readonly traceBytes: Buffer;
  /** What the kernel does with RF when it leaves a trap, per architecture: `popfd` drops it, unless TF is set. */
  readonly trapExit: Readonly<Record<MachineArchitecture, 'popfd' | 'iret'>>;
  /** The exception address of an int3 is the one behind it (x64). */
  readonly int3AddressBehind: boolean;
  /** A context with a lower Esp is SET_OF_INVALID_CONTEXT (x86). */
  readonly refusesLowerEsp: boolean;
  /** The trap frame below the stack pointer is written back on resume: what a debugger put there is gone. */
  readonly frameOnStack: boolean;
  /** GetContextEx and SetContextEx exist. */
  readonly contextSlices: boolean;
  /** SetContextEx collects its pieces and commits them when offset + count reaches the total of the request. */
  readonly stagedContext: boolean;
  /** Bytes of XSTATE after the CONTEXT of a GetContext reply (x64). */
  readonly extendedContextBytes: number;
  /** A DEBUG_IO print comes before the reply to what is not implemented, and before that to a deferred breakpoint. */
  readonly printsBeforeReply: boolean;
  readonly switchProcessor: boolean;
  readonly searchAndFill: boolean;
  readonly breakpointEx: boolean;
  readonly internalBreakpoints: boolean;
  /** A write to the special registers reports their whole size, whatever was sent (x64). */
  readonly specialWriteReportsAll: boolean;
  /** Requests that run into an assertion inside the stub and kill the target: a control space selector above 3, CheckLowMemory (x64). */
  readonly assertionsKill: boolean;
  /** DbgPrints that come before the first load-symbols stop of a boot. */
  readonly printsBeforeSymbols: number;
  readonly version: {
    readonly major: number;
    readonly maxPacketType: number;
    readonly maxStateChange: number;
    readonly maxManipulate: number;
    /** Flags besides PTR64: 1 MP, 2 DATA. MP is added for several processors when `multiProcessorFlag` is set. */
    readonly flags: number;
    readonly multiProcessorFlag: boolean;
  };
}

/**
 * An NT 5.2-compatible kernel, as it was measured on the wire; x86 and x64 differ in how they leave traps only.
 * Timings are those of an emulated serial port that nothing paces.
 */
export const measured: KdVariant = {
  name: 'measured',
  leaderWaitMs: 45,
  byteWaitMs: 45,
  printSends: 20,
  replySends: 21,
  tickMs: 10,
  forgetsBreakBeforeAck: true,
  resetDropsReply: true,
  traceBytes: Buffer.from([1, 0, 0, 0]),
  trapExit: { x86: 'popfd', x64: 'iret' },
  int3AddressBehind: true,
  refusesLowerEsp: true,
  frameOnStack: true,
  contextSlices: true,
  stagedContext: false,
  extendedContextBytes: 0,
  printsBeforeReply: true,
  switchProcessor: false,
  searchAndFill: false,
  breakpointEx: false,
  internalBreakpoints: false,
  specialWriteReportsAll: true,
  assertionsKill: true,
  printsBeforeSymbols: 5,
  version: {
    major: 0x0c,
    maxPacketType: 0x0c,
    maxStateChange: 3,
    maxManipulate: 0x31,
    flags: 2,
    multiProcessorFlag: true,
  },
};

/** Windows, as the protocol's published parts and its other debuggers describe it. */
export const windows: KdVariant = {
  ...measured,
  name: 'windows',
  leaderWaitMs: 1000,
  byteWaitMs: 10_000,
  printSends: 20,
  replySends: 0,
  tickMs: 15.6,
  forgetsBreakBeforeAck: false,
  resetDropsReply: false,
  traceBytes: Buffer.alloc(0),
  trapExit: { x86: 'iret', x64: 'iret' },
  int3AddressBehind: false,
  stagedContext: true,
  extendedContextBytes: 0x1f0,
  printsBeforeReply: false,
  switchProcessor: true,
  searchAndFill: true,
  breakpointEx: true,
  internalBreakpoints: true,
  specialWriteReportsAll: false,
  assertionsKill: false,
  printsBeforeSymbols: 0,
  version: {
    major: 0x0f,
    maxPacketType: 0x0c,
    maxStateChange: 0x32,
    maxManipulate: 0x59,
    flags: 2,
    multiProcessorFlag: true,
  },
};

export const kdVariants: Readonly<Record<string, KdVariant>> = { measured, windows };
