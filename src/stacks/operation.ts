import { insideAllocator, isAllocatorFrame, isColdBlock, isKernel, isUserAddress } from './attribution.js';
import type { TableFrame } from './stack-table.js';

/** What a stack does with pool; `pool`: one of the two, the log does not tell which; `break-in`: it shows where somebody stopped the target. */
export type Operation = 'allocation' | 'free' | 'pool' | 'other' | 'break-in';

/**
 * What the innermost functions of a stack do, by their names.
 * Names of modules in `exportsOnly` are the nearest export.
 * A cold block of the kernel (x64) belongs to a function that kd does not name: the frame after it may tell, or nothing does.
 */
export function operationOf(frames: readonly TableFrame[], exportsOnly?: ReadonlySet<string>): Operation {
  if (isBreakIn(frames)) return 'break-in';
  let cold = false;
  for (const frame of frames.slice(insideAllocator(frames, exportsOnly))) {
    if (isColdBlock(frame)) cold = true;
    else if (!isAllocatorFrame(frame)) break;
    else {
      const word = /Alloc|Free/i.exec(frame.symbol ?? '')?.[0].toLowerCase();
      if (word !== undefined) return word === 'free' ? 'free' : 'allocation';
    }
  }
  return cold ? 'pool' : 'other';
}

/** Where the kernel, or a program that it just lets print, stands after a break-in. Source: logs of Microsoft's engine, x64 and x86, with symbols and with exports only. */
const BREAK_IN = /^(?:DbgBreakPointWithStatus|RtlpBreakWithStatusInstruction)$/;
/** The same instruction ends a bug check, whose functions follow. */
const BUG_CHECK_FRAMES = 4;

function isBreakIn(frames: readonly TableFrame[]): boolean {
  const [first] = frames;
  if (first && isUserAddress(first)) return !frames.some(isKernel);
  if (!first || !isKernel(first) || !BREAK_IN.test(first.symbol ?? '')) return false;
  return !frames.slice(1, BUG_CHECK_FRAMES).some((frame) => /BugCheck/.test(frame.symbol ?? ''));
}
