import { parseCallSite } from '../../kd-text/frames/frames.js';
import { isAllocatorFrame, isColdBlock } from '../../stacks/attribute/frame-kinds.js';
import type { FoundStop } from '../../stacks/findings.js';
import type { ReportStop } from '../model.js';

/** Where the kernel stands after a break-in. Source: transcripts, x64 and ARM, then x86. */
const BREAK_IN = /^nt!(?:DbgBreakPointWithStatus|RtlpBreakWithStatusInstruction)$/;
const BREAK_INSTRUCTION = '80000003';

/** What stopped the target, most hits first. */
export function stopsOf(stops: readonly FoundStop[]): ReportStop[] {
  return stops
    .map(({ stop, symbol, prompted, hits }) => ({
      kind: kindOf(stop, symbol, prompted),
      breakpoint: stop?.kind === 'breakpoint' ? stop.breakpoint : null,
      symbol,
      hits,
    }))
    .sort((a, b) => b.hits - a.hits);
}

function kindOf(stop: FoundStop['stop'], symbol: string | null, prompted: boolean): ReportStop['kind'] {
  if (stop === null) return prompted ? 'command' : symbol !== null && isPool(symbol) ? 'breakpoint' : 'unknown';
  if (stop.kind !== 'exception') return stop.kind;
  if (stop.code !== BREAK_INSTRUCTION || symbol === null) return 'exception';
  if (BREAK_IN.test(symbol)) return 'break';
  return isPool(symbol) ? 'pool-hit-tag' : 'exception';
}

/** A break instruction inside the allocator is what the kernel runs when it meets the tag in `PoolHitTag`. */
function isPool(symbol: string): boolean {
  const site = parseCallSite(symbol);
  if (!site) return false;
  const frame = { text: symbol, module: site.module ?? null, symbol: site.symbol ?? null, offset: site.offset ?? null };
  return isAllocatorFrame(frame) || isColdBlock(frame);
}
