import { KERNEL_MODULES, SYSTEM_CALL_ENTRIES } from '../stacks/allocator-frames.js';
import type { TableFrame } from '../stacks/stack-table.js';

const kernel = new Set(KERNEL_MODULES);
const entries = SYSTEM_CALL_ENTRIES.map((pattern) => pattern.replace('*', ''));

export function isKernelModule(module: string): boolean {
  return kernel.has(module.toLowerCase());
}

export type FrameKind = 'kernel' | 'driver' | 'user' | 'unknown';

/** What each frame of a stack is code of, innermost first; beyond a system call it is user mode. */
export function kindsOf(frames: readonly TableFrame[]): FrameKind[] {
  let user = false;
  return frames.map(({ module, symbol }) => {
    if (user) return 'user';
    if (module === null) return 'unknown';
    if (!isKernelModule(module)) return 'driver';
    user = entries.some((entry) => symbol?.startsWith(entry));
    return 'kernel';
  });
}
