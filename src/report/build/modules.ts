import { KERNEL_MODULE, SYSTEM_CALL_ENTRY } from '../../stacks/attribute/allocator-frames.js';
import type { TableFrame } from '../../stacks/stack-table.js';

export function isKernelModule(module: string): boolean {
  return KERNEL_MODULE.test(module);
}

export type FrameKind = 'kernel' | 'driver' | 'user' | 'unknown';

/** What each frame of a stack is code of, innermost first; beyond a system call it is user mode. */
export function kindsOf(frames: readonly TableFrame[]): FrameKind[] {
  let user = false;
  return frames.map(({ module, symbol }) => {
    if (user) return 'user';
    if (module === null) return 'unknown';
    if (!isKernelModule(module)) return 'driver';
    user = SYSTEM_CALL_ENTRY.test(symbol ?? '');
    return 'kernel';
  });
}
