import { COUNT_FROM_0, FREE_CANDIDATES, quoted, type Trap, trapsFor } from './hit-commands.js';
import type { Plan } from './plan.js';

/** What is typed to find the breakpoint's place: what is already set, which candidates the symbols know, and which modules kd. */
export function resolveLines(plan: Plan): string[] {
  const modules = plan.modules ? [MODULES] : [];
  if (plan.strategy === 'pool-hit-tag') return ['dd nt!PoolHitTag L1', ...modules];
  const wanted = [
    ...(plan.at === undefined ? plan.candidates : []),
    ...(plan.detail === 'frees' ? FREE_CANDIDATES : []),
  ];
  return ['bl', ...wanted.map((symbol) => `x ${symbol}`), ...(plan.detail ? ['vertarget'] : []), ...modules];
}

/** The modules that kd knows, and what it has of their symbols: costs nothing on the line. */
const MODULES = 'lm';
/** Reads the kernel's module list from the target; the user's modules, which `.reload` alone reads as well, are in no stack of interest. */
export const RELOAD = '.reload /n';

/** What is typed to read the module list, and what shows what came of it. */
export function reloadLines(): string[] {
  return [RELOAD, MODULES];
}

/** What is typed to arm, and what shows whether it worked. One write to kd: nothing waits for us in between. */
export function armLines(plan: Plan, traps: readonly Trap[]): string[] {
  if (plan.strategy === 'pool-hit-tag')
    return [`ed nt!PoolHitTag ${hex(plan.tag.value)}`, 'dd nt!PoolHitTag L1', `sxe -c "${plan.commandString}" bpe`];
  const set = traps.map(({ symbol, commands }) => `bp ${symbol} ${quoted(commands)}`);
  return [...(plan.maxHits === undefined ? [] : [COUNT_FROM_0]), ...set, 'bl'];
}

/** What is typed to take everything of ours out again, and what shows that it is gone. */
export function clearLines(plan: Plan): string[] {
  // A line each: what follows a name that kd cannot resolve on its line is not carried out. `sxe bpe` alone leaves the command in.
  if (plan.strategy === 'pool-hit-tag')
    return ['ed nt!PoolHitTag 0', 'dd nt!PoolHitTag L1', 'sxe -c "" bpe', 'bc *', 'bl'];
  return ['bc *', 'bl'];
}

export const GO = 'g';

/** Every command that a session types in the normal course, in order, for `--dry-run`; what depends on the target as for x64. */
export function typedCommands(plan: Plan): string[] {
  return [...resolveLines(plan), ...armLines(plan, trapsOn(plan, 'x64')), GO, ...clearLines(plan), GO];
}

/** The lines of these that are others on an x86 target. */
export function typedOnX86(plan: Plan): string[] {
  if (plan.detail === undefined) return [];
  return armLines(plan, trapsOn(plan, 'x86')).slice(0, -1);
}

function trapsOn(plan: Plan, architecture: 'x64' | 'x86'): readonly Trap[] {
  const said = [`Kernel Version 0 Free ${architecture}`, ...FREE_CANDIDATES.map((symbol) => `00000000 ${symbol}`)];
  return trapsFor(plan, plan.at ?? plan.candidates[0] ?? '', said, plan.maxHits).traps;
}

/** A tag value as kd's `ed` takes it. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
