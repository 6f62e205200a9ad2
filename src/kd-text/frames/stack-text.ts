import { formatAddress } from '../address.js';
import { dialectOf, formatFrame, type StackFrame } from './frames.js';

/** Which of kd's commands a stack is printed for: `kn` is `k` with numbers, `kp` adds parameters, which only private symbols have. */
export type StackKind = 'k' | 'kb' | 'kv' | 'kn' | 'kp';

/** What a walk finds of one frame. Addresses are unsigned. */
export interface WalkedFrame {
  readonly pc: bigint;
  /** ChildEBP or Child-SP. */
  readonly frameAddress: bigint;
  readonly returnAddress: bigint;
  /** Undefined where they could not be read: kd prints zeros. */
  readonly args: readonly bigint[] | undefined;
  readonly note?: string;
  readonly trapFrame?: bigint;
  /** x86; counts of 32-bit words. */
  readonly fpo?: {
    readonly params: number;
    readonly locals: number;
    readonly savedRegs: number;
    readonly usesBp: boolean;
    readonly nonFpo: boolean;
  };
}

export interface StackTextOptions {
  readonly kind: StackKind;
  readonly bits: 32 | 64;
  /** With frame numbers; `kn` always has them. */
  readonly numbered: boolean;
  /** False for the columns of kd 6.12, which are narrower; default true: those of the engine of today. */
  readonly wide?: boolean;
  /** `nt!KeWaitForSingleObject+0x12`; undefined where there is no name: the address stands for itself. */
  readonly symbolOf: (pc: bigint) => string | undefined;
  /** Number of the first frame; default 0. */
  readonly first?: number;
}

const FOLLOWING = 'Following frames may be wrong.';
const UNWIND_WARNING = `WARNING: Stack unwind information not available. ${FOLLOWING}`;
const MODULE_WARNING = `WARNING: Frame IP not in any known module. ${FOLLOWING}`;

/** Prints a stack as kd does: header, a line per frame, and one warning before the first frame that was a guess. */
export function formatStackText(frames: readonly WalkedFrame[], options: StackTextOptions): string[] {
  const { kind, bits, numbered, wide = true, first = 0 } = options;
  const columns = kind === 'kb' || kind === 'kv' ? kind : 'k';
  const dialect = dialectOf({ bits, kind: columns, numbered: numbered || kind === 'kn', wide });
  // kd warns on x86 alone, where a function without data may still have a frame that can be followed. It does so once in a stack.
  const warnings = bits === 32 ? frames.map((frame) => warningOf(frame, options)) : [];
  const guess = warnings.findIndex((warning) => warning !== undefined);
  const lines = frames.map((frame, index) => formatFrame(textFrame(frame, options), dialect, first + index));
  if (guess >= 0) lines.splice(guess, 0, warnings[guess] as string);
  return [dialect.header, ...lines];
}

function warningOf({ pc, note }: WalkedFrame, { symbolOf }: StackTextOptions): string | undefined {
  if (symbolOf(pc) === undefined) return MODULE_WARNING;
  return note === 'no-unwind-info' ? UNWIND_WARNING : undefined;
}

function textFrame(frame: WalkedFrame, { kind, bits, symbolOf }: StackTextOptions): StackFrame {
  const { pc, frameAddress, returnAddress, args } = frame;
  const notes = kind === 'kv' ? notesOf(frame, bits) : [];
  return {
    site: symbolOf(pc) ?? bareAddress(pc, bits),
    child: sixteen(frameAddress),
    ret: sixteen(returnAddress),
    ...(args && { args: args.map(sixteen) }),
    ...(notes.length > 0 && { notes }),
    inline: false,
  };
}

/** `(FPO: [2,0,4])`, `(FPO: [Non-Fpo])`, `(FPO: [0,0] TrapFrame @ f7d4ed64)`: parameters, locals, saved registers. */
function notesOf({ trapFrame, fpo }: WalkedFrame, bits: 32 | 64): string[] {
  const trap = trapFrame === undefined ? undefined : `TrapFrame @ ${formatAddress(sixteen(trapFrame), bits)}`;
  if (!fpo) return trap === undefined ? [] : [`(${trap})`];
  if (trap !== undefined) return [`(FPO: [${fpo.params},${fpo.locals}] ${trap})`];
  if (fpo.nonFpo) return ['(FPO: [Non-Fpo])'];
  return [`(FPO: ${fpo.usesBp ? '[Uses EBP] ' : ''}[${fpo.params},${fpo.locals},${fpo.savedRegs}])`];
}

/** As kd prints an address that has no name: `0x815ef600`, ``0x00007fff`69805b74``, but `0x12e`. */
function bareAddress(pc: bigint, bits: 32 | 64): string {
  return pc <= 0xffff_ffffn ? `0x${pc.toString(16)}` : `0x${formatAddress(sixteen(pc), bits)}`;
}

function sixteen(address: bigint): string {
  return address.toString(16).padStart(16, '0');
}
