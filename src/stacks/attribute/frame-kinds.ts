import type { TableFrame } from '../stack-table.js';
import {
  argumentsOfFunction,
  COLD_BLOCK,
  CRASH,
  KERNEL_MODULE,
  POOL_BREAK,
  POOL_ENTRY,
  POOL_INTERNAL,
  type PoolArguments,
  SYSTEM_CALL_ENTRY,
  undecoratedFunction,
} from './allocator-frames.js';

/** The function's name, without what a compiler adds for its calling convention. */
export function symbolOf({ symbol }: TableFrame): string {
  return symbol === null ? '' : undecoratedFunction(symbol);
}

export function isKernel(frame: TableFrame): boolean {
  return frame.module !== null && KERNEL_MODULE.test(frame.module);
}

/** A function that drivers call for memory, or to give it back. */
export function isPoolEntry(frame: TableFrame): boolean {
  return isKernel(frame) && POOL_ENTRY.test(symbolOf(frame));
}

/** Whether a frame is the pool allocator's, or a wrapper's that Driver Verifier puts before it. */
export function isAllocatorFrame(frame: TableFrame | undefined): boolean {
  return (
    frame !== undefined && isKernel(frame) && (POOL_ENTRY.test(symbolOf(frame)) || POOL_INTERNAL.test(symbolOf(frame)))
  );
}

/** Whether a frame is a block that the compiler moved away from a function of the kernel: its name does not say which. */
export function isColdBlock(frame: TableFrame): boolean {
  return isKernel(frame) && COLD_BLOCK.test(frame.symbol ?? '');
}

/** What runs between a fault, or an interrupt that cannot be masked, and the bug check that follows. */
export function isCrash(frame: TableFrame): boolean {
  if (frame.module === null) return false;
  return CRASH.test(`${isKernel(frame) ? 'nt' : frame.module}!${symbolOf(frame)}`);
}

export function isSystemCall(frame: TableFrame): boolean {
  return SYSTEM_CALL_ENTRY.test(symbolOf(frame));
}

/** An address that no module is known for: drivers are in the upper half of 32 bits, or of 64. */
export function isKernelAddress({ module, text }: TableFrame): boolean {
  return module === null && /^0x(?:[89a-f][0-9a-f]{7}|ffff[89a-f][0-9a-f]{3}`?[0-9a-f]{8})$/i.test(text);
}

/** An address below the kernel's. */
export function isUserAddress(frame: TableFrame): boolean {
  return frame.module === null && /^0x[0-9a-f`]+$/i.test(frame.text) && !isKernelAddress(frame);
}

/** Where a frame's arguments hold size and tag, if it is a function whose places are known. */
export function poolArguments(frame: TableFrame): PoolArguments | undefined {
  return isKernel(frame) && frame.symbol !== null ? argumentsOfFunction(frame.symbol) : undefined;
}

/** A stack without what stands in it for missing frames where they do not matter: the allocator's own functions go on behind them. */
export function withoutHarmlessGaps(printed: readonly TableFrame[]): readonly TableFrame[] {
  if (!printed.some(({ mark }) => mark !== undefined)) return printed;
  const driver = printed.findIndex((frame) => frame.module !== null && !isKernel(frame));
  const last = printed.slice(0, driver < 0 ? printed.length : driver).findLastIndex(isAllocatorFrame);
  return printed.filter(({ mark }, at) => mark !== 'injected' && !(mark === 'gap' && at < last));
}

/** So many functions without a name of their own lie between a stop and the function that drivers call. */
const UNNAMED = 3;
/** Bytes: the next export before an address is further away than this as a rule, where the function has no name of its own. */
const NEAR = 0x400;
/** A crash passes no more functions of the kernel than this between what is known to end it and the allocator. */
const CRASHING = 16;

/** What stands before the allocator on a stack. */
export interface Machinery {
  /** How many of the innermost frames are no caller's: they end a crash, or are the allocator's without a name that says so. */
  readonly frames: number;
  /** They end in a bug check, or serve an interrupt that cannot be masked. */
  readonly crash: boolean;
}

/**
 * The innermost frames that are machinery above the allocator: the end of a crash, names that are the nearest export, and the
 * break of the pool tag. The latter are inside if a function that drivers call follows.
 */
export function machinery(frames: readonly TableFrame[], exportsOnly: ReadonlySet<string>): Machinery {
  const end = frames.findIndex((frame) => !isCrash(frame));
  if (end < 0) return { frames: 0, crash: frames.length > 0 };
  const crash = end > 0;
  if (crash) {
    // Any function of the kernel may have found that something is wrong: it was on the way if the allocator called it.
    const called = frames.slice(end, end + CRASHING);
    const outside = called.findIndex((frame) => !isKernel(frame) && !isCrash(frame));
    const allocator = called.slice(0, outside < 0 ? called.length : outside).findIndex(isAllocatorFrame);
    return { frames: end + Math.max(0, allocator), crash };
  }
  for (const [index, frame] of frames.slice(0, UNNAMED + 1).entries()) {
    if (isAllocatorFrame(frame)) return { frames: index, crash };
    if (!isKernel(frame) || !(isGuess(frame, exportsOnly) || POOL_BREAK.test(symbolOf(frame)))) break;
  }
  return { frames: 0, crash };
}

/** Whether a name may be the nearest export, and not that of the function: kd had nothing else, or it lies so far from its beginning. */
function isGuess({ module, symbol, offset }: TableFrame, exportsOnly: ReadonlySet<string>): boolean {
  return symbol !== null && (offset ?? 0) >= (exportsOnly.has(module?.toLowerCase() ?? '') ? 1 : NEAR);
}
