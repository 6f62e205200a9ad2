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

export const UNKNOWN_DRIVER = '(unknown)';

/** Attributes one stack, innermost frame first. */
export function attribute(frames: readonly TableFrame[]): Attribution {
  const driverAt = frames.findIndex((frame) => frame.module !== null && !isKernel(frame));
  // Bare addresses between the system call and the first named module are user mode, too.
  const before = frames.slice(0, Math.max(0, driverAt)).findLast((frame) => frame.module !== null);
  const caller = frames[callerIndex(frames)];
  return {
    caller: caller ? nameOf(caller) : UNKNOWN_DRIVER,
    driver: frames[driverAt]?.module ?? (frames.some(isKernel) ? 'nt' : UNKNOWN_DRIVER),
    userMode: before !== undefined && isKernel(before) && SYSTEM_CALL_ENTRY.test(before.symbol ?? ''),
  };
}

/** The index of the first frame outside the allocator; the outermost frame if all are inside. */
function callerIndex(frames: readonly TableFrame[]): number {
  let entered = false;
  for (const [index, frame] of frames.entries()) {
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

function isKernel(frame: TableFrame): boolean {
  return frame.module !== null && KERNEL_MODULE.test(frame.module);
}

function nameOf(frame: TableFrame): string {
  return frame.module !== null && frame.symbol !== null ? `${frame.module}!${frame.symbol}` : frame.text;
}

/** Where a frame's arguments hold size and tag, if it is a function whose places are known. */
export function poolArguments(frame: TableFrame): PoolArguments | undefined {
  return isKernel(frame) && frame.symbol !== null ? argumentsOfFunction(frame.symbol) : undefined;
}
