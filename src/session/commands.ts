import type { Plan } from './plan.js';

/** What is typed to find the breakpoint's place: what is already set, and which candidates the symbols know. */
export function resolveLines(plan: Plan): string[] {
  if (plan.strategy === 'pool-hit-tag') return ['dd nt!PoolHitTag L1'];
  return plan.at === undefined ? ['bl', ...plan.candidates.map((symbol) => `x ${symbol}`)] : ['bl'];
}

/** What is typed to arm, and what shows whether it worked. One write to kd: nothing waits for us in between. */
export function armLines(plan: Plan, symbol: string): string[] {
  if (plan.strategy === 'pool-hit-tag')
    return [`ed nt!PoolHitTag ${hex(plan.tag.value)};dd nt!PoolHitTag L1`, `sxe -c "${plan.commandString}" bpe`];
  return [`bp ${symbol} "${plan.commandString}"`, 'bl'];
}

/** What is typed to take everything of ours out again, and what shows that it is gone. */
export function clearLines(plan: Plan): string[] {
  if (plan.strategy === 'pool-hit-tag') return ['ed nt!PoolHitTag 0;sxd bpe;dd nt!PoolHitTag L1', 'bc *', 'bl'];
  return ['bc *', 'bl'];
}

export const GO = 'g';

/** Every command that a session types in the normal course, in order, for `--dry-run`. */
export function typedCommands(plan: Plan): string[] {
  const symbol = plan.at ?? plan.candidates[0] ?? '';
  return [...resolveLines(plan), ...armLines(plan, symbol), GO, ...clearLines(plan), GO];
}

/** A tag value as kd's `ed` takes it. */
export function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
