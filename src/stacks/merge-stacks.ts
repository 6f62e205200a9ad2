import { attribute } from './attribute/attribution.js';
import { operationOf } from './attribute/operation.js';
import type { Wrappers } from './attribute/wrappers.js';
import type { FoundStack, MergedStacks } from './findings.js';
import type { TableFrame } from './stack-table.js';

/** Stands for drivers that have few hits, where there are too many of them. */
export const FURTHER_DRIVERS = '(further drivers)';
export const FURTHER_CALLERS = '(further callers)';

/** What is known of modules and wrappers when stacks are merged. */
export interface MergeKnowledge {
  readonly exportsOnly: ReadonlySet<string>;
  readonly wrappers?: Wrappers | undefined;
}

/** What stacks have in common with those that they may be merged with. */
export function commonOf(stack: FoundStack, sites: readonly TableFrame[], known: MergeKnowledge): MergedStacks {
  if (stack.merged) return stack.merged;
  const frames = stack.frames.map((site) => sites[site] as TableFrame);
  const { exportsOnly, wrappers } = known;
  const { driver, crash, userMode } = attribute(frames, { exportsOnly, ...(wrappers && { wrappers }) });
  return {
    stacks: 1,
    driver,
    operation: operationOf(frames, exportsOnly),
    crash,
    injected: frames.some(({ mark }) => mark === 'injected'),
    userMode,
    frames: stack.count * frames.filter(({ mark }) => mark === undefined).length,
  };
}

/** Stacks with the same key can be merged. */
export function mergeKey({ driver, operation, crash, injected }: MergedStacks): string {
  return `${operation} ${crash} ${injected} ${driver}`;
}

/** Adds a stack to the sum of those that it is merged with. */
export function mergeInto(
  sum: FoundStack & { readonly merged: MergedStacks },
  stack: FoundStack,
  of: MergedStacks,
): void {
  sum.merged.stacks += of.stacks;
  sum.merged.frames += of.frames;
  sum.merged.userMode &&= of.userMode;
  sum.count += stack.count;
  sum.repeats += stack.repeats;
  sum.stood += stack.stood;
  sum.bytes += stack.bytes;
  sum.sized += stack.sized;
  if (stack.first.log < sum.first.log || (stack.first.log === sum.first.log && stack.first.offset < sum.first.offset))
    Object.assign(sum.first, stack.first);
  if (stack.last.log > sum.last.log || (stack.last.log === sum.last.log && stack.last.offset > sum.last.offset))
    Object.assign(sum.last, stack.last);
}

/** Frames of a stack, as a rule; fewer stacks are kept apart where they are deeper. */
const USUAL_FRAMES = 16;

/** A sum of stacks. */
type Sum<Stack extends FoundStack> = Stack & { readonly merged: MergedStacks };

/** Stacks of which the rare ones are merged. */
export interface MergedRest<Stack extends FoundStack> {
  readonly kept: readonly Stack[];
  readonly sums: readonly Sum<Stack>[];
  /** Where each stack is now in `[...kept, ...sums]`, by its place among those before. */
  readonly moved: readonly number[];
}

/**
 * Keeps so many stacks apart, those with most hits and the older ones among equals; the others are added up by what they have
 * in common.
 * @param isNeeded stacks that are kept whatever they have
 * @param common what a stack has in common with others
 */
export function mergeRest<Stack extends FoundStack>(
  stacks: readonly Stack[],
  most: number,
  isNeeded: (stack: Stack) => boolean,
  common: (stack: Stack) => MergedStacks,
): MergedRest<Stack> {
  const ranked = stacks.filter(({ merged }) => !merged).sort((a, b) => b.count - a.count);
  let frames = 0;
  const chosen = new Set(
    ranked.filter((stack, rank) => {
      frames += stack.frames.length;
      return (rank < most && frames < most * USUAL_FRAMES) || isNeeded(stack);
    }),
  );
  const kept = stacks.filter((stack) => chosen.has(stack));
  const sums = new Map<string, Sum<Stack>>();
  const places = new Map<Stack, number>(kept.map((stack, at) => [stack, at]));
  for (const stack of stacks) {
    if (chosen.has(stack)) continue;
    const of = common(stack);
    const key = mergeKey(of);
    const sum = sums.get(key);
    if (sum) mergeInto(sum, stack, of);
    else {
      const places = { first: { ...stack.first }, last: { ...stack.last } };
      sums.set(key, { ...stack, ...places, number: kept.length + sums.size, frames: [], merged: { ...of } });
    }
    places.set(stack, (sums.get(key) as Sum<Stack>).number);
  }
  return { kept, sums: [...sums.values()], moved: stacks.map((stack) => places.get(stack) as number) };
}
