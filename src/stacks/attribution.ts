import {
  COLD_BLOCKS,
  KERNEL_MODULES,
  POOL_ARGUMENTS,
  POOL_ENTRIES,
  POOL_INTERNALS,
  type PoolArguments,
  SYSTEM_CALL_ENTRIES,
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

export const UNKNOWN_DRIVER = '(unknown)';

const kernelModule = anyOf(KERNEL_MODULES, 'i');
const entry = anyOf(POOL_ENTRIES);
const internal = anyOf(POOL_INTERNALS);
const cold = anyOf(COLD_BLOCKS);
const systemCall = anyOf(SYSTEM_CALL_ENTRIES);

/** Attributes one stack, innermost frame first. */
export function attribute(frames: readonly TableFrame[]): Attribution {
  const driverAt = frames.findIndex((frame) => frame.module !== null && !isKernel(frame));
  // Bare addresses between the system call and the first named module are user mode, too.
  const before = frames.slice(0, Math.max(0, driverAt)).findLast((frame) => frame.module !== null);
  const caller = frames[callerIndex(frames)];
  return {
    caller: caller ? nameOf(caller) : UNKNOWN_DRIVER,
    driver: frames[driverAt]?.module ?? (frames.some(isKernel) ? 'nt' : UNKNOWN_DRIVER),
    userMode: before !== undefined && isKernel(before) && systemCall.test(before.symbol ?? ''),
  };
}

/** The index of the first frame outside the allocator; the outermost frame if all are inside. */
function callerIndex(frames: readonly TableFrame[]): number {
  let entered = false;
  for (const [index, frame] of frames.entries()) {
    if (isKernel(frame)) {
      const symbol = frame.symbol ?? '';
      if (entry.test(symbol)) {
        entered = true;
        continue;
      }
      if (internal.test(symbol)) continue;
      // A cold block is the allocator's if no function that drivers call has been passed yet, or if one follows.
      if (cold.test(symbol) && (!entered || isAllocatorFrame(frames[index + 1]))) continue;
    }
    return index;
  }
  return frames.length - 1;
}

/** Whether a frame is the pool allocator's, or a wrapper's that Driver Verifier puts before it. */
export function isAllocatorFrame(frame: TableFrame | undefined): boolean {
  return (
    frame !== undefined && isKernel(frame) && (entry.test(frame.symbol ?? '') || internal.test(frame.symbol ?? ''))
  );
}

/** Whether a frame is a block that the compiler moved away from a function of the kernel: its name does not say which. */
export function isColdBlock(frame: TableFrame): boolean {
  return isKernel(frame) && cold.test(frame.symbol ?? '');
}

function isKernel(frame: TableFrame): boolean {
  return frame.module !== null && kernelModule.test(frame.module);
}

function nameOf(frame: TableFrame): string {
  return frame.module !== null && frame.symbol !== null ? `${frame.module}!${frame.symbol}` : frame.text;
}

/** Where a frame's arguments hold size and tag, if it is a function whose places are known. */
export function poolArguments(frame: TableFrame): PoolArguments | undefined {
  return isKernel(frame) && frame.symbol !== null && Object.hasOwn(POOL_ARGUMENTS, frame.symbol)
    ? POOL_ARGUMENTS[frame.symbol]
    : undefined;
}

function anyOf(patterns: readonly string[], flags = ''): RegExp {
  const escaped = patterns.map((pattern) => pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*'));
  return new RegExp(`^(?:${escaped.join('|')})$`, flags);
}
