import type { KnownStackCounts } from '../kd-text/frames/known-stacks.js';

/** Counts that kd tells at its prompts, each with all before it: one for every boot, and every kd. */
export function addKnownStacks(
  told: readonly KnownStackCounts[],
  ...more: readonly KnownStackCounts[]
): readonly KnownStackCounts[] {
  const all = [...told];
  for (const next of more) {
    const last = all.at(-1);
    const goesOn = last && next.taken >= last.taken && next.checked >= last.checked && next.different >= last.different;
    if (goesOn) all.pop();
    all.push(next);
  }
  return all;
}

/** All of them together; undefined if there are none. */
export function sumKnownStacks(told: readonly KnownStackCounts[]): KnownStackCounts | undefined {
  if (told.length === 0) return undefined;
  const sum = (of: keyof KnownStackCounts): number => told.reduce((total, counts) => total + counts[of], 0);
  return { taken: sum('taken'), checked: sum('checked'), different: sum('different') };
}
