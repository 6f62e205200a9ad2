import { formatAddress } from '../../../kd-text/address.js';
import type { StackFrame } from '../../../kd-text/frames/frames.js';
import type { Kd } from '../kd.js';
import { hex16 } from '../target/hits.js';

/** Between the header of an x86 stack and its first frame that is a guess. */
const UNWIND_WARNING = 'WARNING: Stack unwind information not available. Following frames may be wrong.';
const MODULE_WARNING = 'WARNING: Frame IP not in any known module. Following frames may be wrong.';

/** A stack as this kd sees it, by what it knows of the target. */
export interface SeenStack {
  readonly frames: readonly StackFrame[];
  /** What stands in front of which frame. */
  readonly warning?: { readonly text: string; readonly before: number };
}

/**
 * What kd makes of a stack. Measured with 10.0.29507: a target that was running already is known by `nt` alone, so that x64 stacks
 * end at the first driver (no unwind data), and x86 ones are whole, by their frame pointers, with bare addresses. Where a kernel
 * has no symbol file every address gets the nearest export.
 */
export function seenStack(kd: Kd, frames: readonly StackFrame[]): SeenStack {
  const { bits } = kd.symbols;
  const seen = frames.map((frame) => ({ ...frame, site: seenSite(kd, frame.site) }));
  const lost = seen.findIndex(
    ({ site }, index) => site.startsWith('0x') && !(frames[index] as StackFrame).site.startsWith('0x'),
  );
  if (bits === 32) return withWarning(kd, seen);
  if (lost < 0) return { frames: seen };
  const last = seen[lost] as StackFrame;
  return { frames: [...seen.slice(0, lost), { ...last, ret: hex16(0n) }] };
}

function withWarning(kd: Kd, frames: readonly StackFrame[]): SeenStack {
  const guessed = kd.scenario.symbols.state === 'full' ? -1 : 0;
  const nameless = frames.findIndex(({ site }) => site.startsWith('0x'));
  if (guessed === 0) return { frames, warning: { text: UNWIND_WARNING, before: 0 } };
  return nameless < 0 ? { frames } : { frames, warning: { text: MODULE_WARNING, before: nameless } };
}

/** The place of a frame or of a stop as this kd names it. */
export function seenSite(kd: Kd, site: string): string {
  const module = /^([\w.$]+)(?:!|\+)/.exec(site)?.[1]?.toLowerCase();
  if (module === undefined || /^0x/.test(site)) return site;
  const address = kd.symbols.place(site);
  if (module !== 'nt' && !kd.modulesKnown) return `0x${formatAddress(hex16(address), kd.symbols.bits)}`;
  if (kd.scenario.symbols.state !== 'exports') return site;
  if (module === 'nt') return kd.nameOf(address);
  return `${module}+0x${(address - kd.symbols.moduleBase(module)).toString(16)}`;
}
