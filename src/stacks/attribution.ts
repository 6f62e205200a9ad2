import {
  argumentsOfFunction,
  COLD_BLOCK,
  KERNEL_MODULE,
  POOL_ENTRY,
  POOL_INTERNAL,
  type PoolArguments,
  SYSTEM_CALL_ENTRY,
} from './allocator-frames.js';
import type { TableFrame } from './stack-table.js';

/** Whose hit it is. */
export interface Attribution {
  /** `module!symbol` of the first frame outside the pool allocator; `module+0xNN` or `0x…` where there is no symbol. */
  readonly caller: string;
  /** The first module that is not the kernel's; `nt` if there is none, `(unknown)` if not even that is on the stack. */
  readonly driver: string;
  /** The driver's frame lies beyond a system call: a program asked, and the kernel allocated for it. */
  readonly userMode: boolean;
}

const NO_MODULES: ReadonlySet<string> = new Set();

export const UNKNOWN_DRIVER = '(unknown)';
/** Stands for the driver, or the caller, of a stack that a break-in cut before it came to them. */
export const CUT_DRIVER = '(cut by the break-in)';

/**
 * Attributes one stack.
 * @param frames innermost first
 * @param cut a break-in has cut its printing short: what is missing may be the driver
 * @param exportsOnly modules, in lower case, whose names are the nearest export
 */
export function attribute(
  frames: readonly TableFrame[],
  cut = false,
  exportsOnly: ReadonlySet<string> = NO_MODULES,
): Attribution {
  const driverAt = frames.findIndex((frame) => frame.module !== null && !isKernel(frame));
  // Bare addresses between the system call and the first named module are user mode, too.
  const before = frames.slice(0, Math.max(0, driverAt)).findLast((frame) => frame.module !== null);
  const caller = frames[callerIndex(frames, exportsOnly)];
  const inside = frames.every(isAllocatorFrame);
  return {
    caller: !caller ? UNKNOWN_DRIVER : inside && cut ? CUT_DRIVER : nameOf(caller, exportsOnly),
    driver: driverOf(frames, driverAt) ?? (cut ? CUT_DRIVER : frames.some(isKernel) && !inside ? 'nt' : UNKNOWN_DRIVER),
    userMode: before !== undefined && isKernel(before) && SYSTEM_CALL_ENTRY.test(before.symbol ?? ''),
  };
}

/** A driver without a name, of which kd knows no module, is not passed over for the next one that has a name. */
function driverOf(frames: readonly TableFrame[], driverAt: number): string | undefined {
  const inner = driverAt < 0 ? frames : frames.slice(0, driverAt);
  const called = inner.findIndex((frame) => SYSTEM_CALL_ENTRY.test(frame.symbol ?? ''));
  if ((called < 0 ? inner : inner.slice(0, called)).some(isKernelAddress)) return UNKNOWN_DRIVER;
  return frames[driverAt]?.module ?? undefined;
}

/** An address below the kernel's. */
export function isUserAddress(frame: TableFrame): boolean {
  return frame.module === null && /^0x[0-9a-f`]+$/i.test(frame.text) && !isKernelAddress(frame);
}

/** An address that no module is known for: drivers are in the upper half of 32 bits, or of 64. */
function isKernelAddress({ module, text }: TableFrame): boolean {
  return module === null && /^0x(?:[89a-f][0-9a-f]{7}|ffff[89a-f][0-9a-f]{3}`?[0-9a-f]{8})$/i.test(text);
}

/** The index of the first frame outside the allocator; the outermost frame if all are inside. */
function callerIndex(frames: readonly TableFrame[], exportsOnly: ReadonlySet<string>): number {
  let entered = false;
  const from = insideAllocator(frames, exportsOnly);
  for (const [index, frame] of frames.entries()) {
    if (index < from) continue;
    if (isKernel(frame)) {
      const symbol = frame.symbol ?? '';
      if (POOL_ENTRY.test(symbol)) {
        entered = true;
        continue;
      }
      if (POOL_INTERNAL.test(symbol)) continue;
      // A cold block is the allocator's if no function that drivers call has been passed yet, or if one follows.
      if (COLD_BLOCK.test(symbol) && (!entered || isAllocatorFrame(frames[index + 1]))) continue;
    }
    return index;
  }
  return frames.length - 1;
}

/** So many functions without a name of their own lie between a stop and the function that drivers call. */
const UNNAMED = 3;
/** The kernel's own break for `nt!PoolHitTag`, where it is a function. */
const POOL_BREAK = /^DbgBreakPoint$/;
/** Bytes: the next export before an address is further away than this as a rule, where the function has no name of its own. */
const NEAR = 0x400;

/**
 * How many of the innermost frames are the allocator's though their names do not say so: names that are the nearest export, and
 * the break of the pool tag. They are inside if a function that drivers call follows.
 */
export function insideAllocator(frames: readonly TableFrame[], exportsOnly: ReadonlySet<string> = NO_MODULES): number {
  for (const [index, frame] of frames.slice(0, UNNAMED + 1).entries()) {
    if (isAllocatorFrame(frame)) return index;
    if (!isKernel(frame) || !(isGuess(frame, exportsOnly) || POOL_BREAK.test(frame.symbol ?? ''))) return 0;
  }
  return 0;
}

/** Whether a name may be the nearest export, and not that of the function: kd had nothing else, or it lies so far from its beginning. */
function isGuess({ module, symbol, offset }: TableFrame, exportsOnly: ReadonlySet<string>): boolean {
  return symbol !== null && (offset ?? 0) >= (exportsOnly.has(module?.toLowerCase() ?? '') ? 1 : NEAR);
}

/** Whether a frame is the pool allocator's, or a wrapper's that Driver Verifier puts before it. */
export function isAllocatorFrame(frame: TableFrame | undefined): boolean {
  return (
    frame !== undefined &&
    isKernel(frame) &&
    (POOL_ENTRY.test(frame.symbol ?? '') || POOL_INTERNAL.test(frame.symbol ?? ''))
  );
}

/** Whether a frame is a block that the compiler moved away from a function of the kernel: its name does not say which. */
export function isColdBlock(frame: TableFrame): boolean {
  return isKernel(frame) && COLD_BLOCK.test(frame.symbol ?? '');
}

export function isKernel(frame: TableFrame): boolean {
  return frame.module !== null && KERNEL_MODULE.test(frame.module);
}

/** Bytes: a name so far away is no function's own, whatever kd had of symbols. */
const FAR = 0x2000;

function nameOf(frame: TableFrame, exportsOnly: ReadonlySet<string>): string {
  const guessed = frame.module !== null && exportsOnly.has(frame.module.toLowerCase()) && !isAllocatorFrame(frame);
  if (frame.symbol !== null && (guessed || (isKernel(frame) && (frame.offset ?? 0) >= FAR && !isColdBlock(frame))))
    return `${frame.text} (nearest export)`;
  return frame.module !== null && frame.symbol !== null ? `${frame.module}!${frame.symbol}` : frame.text;
}

/** Where a frame's arguments hold size and tag, if it is a function whose places are known. */
export function poolArguments(frame: TableFrame): PoolArguments | undefined {
  return isKernel(frame) && frame.symbol !== null ? argumentsOfFunction(frame.symbol) : undefined;
}
