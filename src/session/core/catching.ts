import { type BreakpointRow, parseBreakpointRow } from '../../kd-text/listings/breakpoints.js';
import { parseSymbolRow } from '../../kd-text/listings/symbols.js';
import { type HitBreakpoint, isSame, trapsFor } from './hit-commands.js';
import { HIT_TAG, tagIn } from './hit-tag.js';
import type { OursState } from './ours.js';
import type { Catching, Plan } from './plan.js';

// Reads from kd's answers how hits can be caught on this target, and whether that is set. It types nothing: see commands.ts.

/** How hits are caught, and where: by the first of the ways that are allowed which the symbols of this target know. */
export function choose(
  lines: readonly string[],
  plan: Plan,
): { readonly catching: Catching; readonly symbol: string } | undefined {
  if (plan.at !== undefined) return { catching: 'breakpoint', symbol: plan.at };
  const known = new Set(lines.map((line) => parseSymbolRow(line)?.symbol.toLowerCase()));
  const symbol = plan.candidates.find((candidate) => known.has(candidate.toLowerCase()));
  if (symbol !== undefined && plan.strategy !== 'pool-hit-tag') return { catching: 'breakpoint', symbol };
  const byTag = plan.strategy !== 'breakpoint' && plan.tag.value !== 0 && tagIn(lines) !== undefined;
  return byTag ? { catching: 'pool-hit-tag', symbol: HIT_TAG } : undefined;
}

/** Whether a debugging server that was joined catches these hits already. */
export function isThere(lines: readonly string[], plan: Plan, taken: ReturnType<typeof choose>): boolean {
  if (taken?.catching === 'pool-hit-tag') return tagIn(lines) === plan.tag.value;
  const rows = rowsOf(lines);
  return (plan.at ? [plan.at] : plan.candidates).some((place) =>
    trapsFor(plan, place, lines).traps.every((trap) => rows.some((row) => isRowOf(row, trap, true))),
  );
}

/** What kd says of a command that it does not carry out. */
const REFUSED = /(?: error| required) (?:in|at) '|Couldn't resolve/;

/** Whether kd shows what was set: `bp`, `ed` and `sxe` print nothing when they work. */
export function isSet(
  lines: readonly string[],
  plan: Plan,
  ours: Pick<OursState, 'catching' | 'traps' | 'tagIn' | 'before'>,
): boolean {
  if (ours.catching === 'pool-hit-tag')
    return tagIn(lines) === plan.tag.value && !lines.some((line) => REFUSED.test(line));
  if (ours.tagIn && tagIn(lines) !== ours.before.tag) return false;
  const rows = rowsOf(lines);
  // What `--at` names may be an expression, which the table shows as a symbol.
  return ours.traps.every((trap) => rows.some((row) => isRowOf(row, trap, trap.symbol !== plan.at)));
}

/** The numbers of breakpoints of ours that are there already, whether they are enabled or not. */
export function ourRows(lines: readonly string[], plan: Plan, traps: readonly HitBreakpoint[]): number[] {
  return rowsOf(lines)
    .filter((row) => traps.some((trap) => isRowOf({ ...row, enabled: true }, trap, trap.symbol !== plan.at)))
    .map(({ id }) => id);
}

function rowsOf(lines: readonly string[]): BreakpointRow[] {
  return lines.map(parseBreakpointRow).filter((row) => row !== undefined);
}

function isRowOf({ enabled, resolved, symbol, command }: BreakpointRow, trap: HitBreakpoint, named: boolean): boolean {
  if (!enabled || !resolved || !isSame(command, trap.commands)) return false;
  return !named || symbol.toLowerCase() === trap.symbol.toLowerCase();
}

/** All places that a plan would take. */
export function placesOf({ at, strategy, candidates }: Plan): string[] {
  if (at !== undefined) return [at];
  return [...(strategy === 'pool-hit-tag' ? [] : candidates), ...(strategy === 'breakpoint' ? [] : [HIT_TAG])];
}
