import type { Processor } from './registers.js';
import { constant, type Known, known, negated, sum, type Value, valueText } from './values.js';
import type { WalkState } from './walk-state.js';

/** A function on the stack of a break, from the one with the break outwards. */
export interface Level {
  /** Its symbol. */
  readonly symbol: string;
  /** What is known of it where it breaks, or calls the one before. */
  readonly state: WalkState;
  /** Behind that call: where the one before returns to. */
  readonly returnsTo?: bigint;
  /** Bytes at the end of its stack that the one before may write over: its arguments, or room for them. */
  readonly room?: bigint;
}

/**
 * Where the target has, at the break, what a function had when it began.
 * @param levels the function with the break, and those that have called it; the last one is asked of
 * @param wanted what it was then, as a walk names it
 * @param pushed bytes that the break itself has put on the stack: a return address, where it is a function
 */
export function locate(
  levels: readonly Level[],
  wanted: string,
  processor: Processor,
  pushed: bigint,
): Known | undefined {
  const level = levels.at(-1);
  if (!level) return undefined;
  const inner = levels.slice(0, -1);
  const stack = `@${processor.stack}`;
  const { state } = level;
  const inward = (name: string): Known | undefined =>
    inner.length === 0 ? known(`@${name}`) : locate(inner, `@${name}`, processor, pushed);
  if (wanted === stack) {
    const end = state.stackEnd;
    const below =
      inner.length === 0
        ? known(stack, pushed)
        : less(locate(inner, stack, processor, pushed), BigInt(-processor.bytes));
    if (end?.kind === 'known' && end.base === stack) return less(below, end.plus);
  }
  const [at] = state.holding(wanted).flatMap(({ register, cell, plus }) => {
    if (register === processor.stack) return [];
    const found = register === undefined ? cellAt(levels, cell ?? 0n, processor, pushed) : inward(register);
    return found ? [less(found, plus)] : [];
  });
  return at;
}

/** A cell of a function's stack, from where that ended when it began. */
export function cellAt(
  levels: readonly Level[],
  cell: bigint,
  processor: Processor,
  pushed: bigint,
): Known | undefined {
  const level = levels.at(-1);
  const stack = `@${processor.stack}`;
  const end = level?.state.stackEnd;
  if (levels.length > 1) {
    if (end?.kind !== 'known' || end.base !== stack) return undefined;
    if (cell < end.plus + (level?.room ?? 0n)) return undefined;
  }
  const begin = locate(levels, stack, processor, pushed);
  return begin && known(`poi(${valueText({ ...begin, plus: begin.plus + cell })})`);
}

function less(value: Known | undefined, by: bigint): Known | undefined {
  const found: Value = value && sum(value, negated(constant(by)));
  return found?.kind === 'known' ? found : undefined;
}
