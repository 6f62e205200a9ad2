import type { TableFrame } from '../stack-table.js';
import { DEFERRED } from './allocator-frames.js';
import { entryOf } from './attribution.js';
import {
  isAllocatorFrame,
  isColdBlock,
  isKernel,
  isUserAddress,
  machinery,
  symbolOf,
  withoutHarmlessGaps,
} from './frame-kinds.js';

/** What a stack does with pool; `pool`: one of the two, the log does not tell which; `break-in`: it shows where somebody stopped the target. */
export type Operation = 'allocation' | 'free' | 'pool' | 'other' | 'break-in';

const NO_MODULES: ReadonlySet<string> = new Set();

/**
 * What the innermost functions of a stack do, by their names.
 * Names of modules in `exportsOnly` are the nearest export.
 * A cold block of the kernel (x64) belongs to a function that kd does not name: the frame after it may tell, or nothing does.
 */
export function operationOf(printed: readonly TableFrame[], exportsOnly = NO_MODULES): Operation {
  if (isBreakIn(printed)) return 'break-in';
  // Driver Verifier let it fail: nothing was allocated.
  if (printed.some(({ mark }) => mark === 'injected')) return 'other';
  const frames = withoutHarmlessGaps(printed);
  const from = machinery(frames, exportsOnly).frames;
  let cold = false;
  for (const frame of frames.slice(from)) {
    if (isColdBlock(frame)) cold = true;
    else if (!isAllocatorFrame(frame)) break;
    else {
      const told = DEFERRED.test(symbolOf(frame)) ? undefined : toldBy(frame);
      if (told) return told;
    }
  }
  if (cold) return 'pool';
  // Only work of the allocator's own was found: it belongs to what was called.
  const entry = entryOf(frames, from) ?? frames.slice(from).find((frame) => isAllocatorFrame(frame));
  return (entry && toldBy(entry)) ?? 'other';
}

/** The trackers' names say what becomes of an entry, all others what becomes of the memory. */
function toldBy(frame: TableFrame): 'allocation' | 'free' | undefined {
  const word = /Alloc|Free|Insert|Remove/.exec(symbolOf(frame))?.[0];
  if (word === undefined) return undefined;
  return word === 'Free' || word === 'Remove' ? 'free' : 'allocation';
}

/** Where the kernel, or a program that it just lets print, stands after a break-in. Source: logs of Microsoft's engine, x64 and x86, with symbols and with exports only. */
const BREAK_IN = /^(?:DbgBreakPointWithStatus|RtlpBreakWithStatusInstruction)$/;
/** The same instruction ends a bug check, whose functions follow. */
const BUG_CHECK_FRAMES = 8;

function isBreakIn(frames: readonly TableFrame[]): boolean {
  const [first] = frames;
  if (first && isUserAddress(first)) return !frames.some(isKernel);
  if (!first || !isKernel(first) || !BREAK_IN.test(first.symbol ?? '')) return false;
  return !frames.slice(1, BUG_CHECK_FRAMES).some((frame) => /BugCheck|Nmi|NMI/.test(frame.symbol ?? ''));
}
