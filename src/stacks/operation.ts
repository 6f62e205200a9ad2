import { isAllocatorFrame, isColdBlock } from './attribution.js';
import type { TableFrame } from './stack-table.js';

/** What a stack does with pool; `pool`: one of the two, the log does not tell which. */
export type Operation = 'allocation' | 'free' | 'pool' | 'other';

/**
 * What the innermost functions of a stack do, by their names.
 * A cold block of the kernel (x64) belongs to a function that kd does not name: the frame after it may tell, or nothing does.
 */
export function operationOf(frames: readonly TableFrame[]): Operation {
  let cold = false;
  for (const frame of frames) {
    if (isColdBlock(frame)) cold = true;
    else if (!isAllocatorFrame(frame)) break;
    else {
      const word = /Alloc|Free/i.exec(frame.symbol ?? '')?.[0].toLowerCase();
      if (word !== undefined) return word === 'free' ? 'free' : 'allocation';
    }
  }
  return cold ? 'pool' : 'other';
}
