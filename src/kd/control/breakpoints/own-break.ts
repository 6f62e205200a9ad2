import { readBreakPlace } from '../kernel-data.js';
import type { KnownTarget } from '../known-target.js';
import type { Stop } from '../stop.js';

// Whether a stop is a break-in. Whose break-in it was is known by the shell.

/** What the kernel has in a register at its break instruction for a break-in. Bug checks have 3 and 4. Source: `DBG_STATUS_CONTROL_C`. */
const CONTROL_C = 1n;
const STATUS_BITS = 0xffff_ffffn;

/**
 * Whether a stop is a break-in, and nothing of the target's own that stops with the same instruction: an assertion, a bug check.
 * @param places where break-ins have stopped it before
 * @throws LinkError
 */
export async function isBreakIn(known: KnownTarget, stop: Stop, places: ReadonlySet<bigint>): Promise<boolean> {
  const { architecture, contexts, memory, version } = known;
  if (!places.has(stop.pc) && (await readBreakPlace(memory, architecture, version)) !== stop.pc) return false;
  const status = await contexts.get(architecture.bits === 32 ? 'eax' : 'rcx');
  return (status & STATUS_BITS) === CONTROL_C;
}
