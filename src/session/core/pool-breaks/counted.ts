import type { FoundBreak } from './find-breaks.js';
import { isConstant, type Known, known, negated, same, type Value } from './values.js';
import { type Code, type Steps, walk } from './walk.js';
import { WalkState } from './walk-state.js';

export interface Counted {
  /** Bytes by which the kernel's count for the tag changes behind a break. */
  readonly bytes?: Known;
  /** Why that is not known. */
  readonly why?: string;
  /** Functions that are called on the way, and not listed. */
  readonly unlisted: ReadonlyMap<bigint, string>;
}

/**
 * What the kernel adds to the bytes of the tag behind a break, or takes off, in terms of what registers and memory hold there: the
 * same on every way.
 * @param state what is known of the function at the break
 */
export function countedAt(
  code: Code,
  { next, called }: FoundBreak,
  state: WalkState,
  direction: 'allocation' | 'free' | undefined,
  steps: Steps,
): Counted {
  const { ground } = state;
  const { stack, bytes } = ground.processor;
  const end = state.stackEnd;
  const pushed = BigInt(called ? bytes : 0);
  // From where the function began to where it stands.
  const moved = end?.kind === 'known' && end.base === `@${stack}` ? pushed - end.plus : undefined;
  const given = new Map<string, Value>(
    ground.processor.whole.flatMap((name) => {
      const value = here(state, name, moved);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  given.set(stack, known(`@${stack}`, pushed));
  const escapes = moved === undefined ? [-(1n << 40n)] : ground.escapes.map((begins) => begins + moved);
  const begin = WalkState.begin({ ...ground, escapes }, given);
  const { changes, strayed, unlisted } = walk(code, next, begin, { follows: true, steps });
  const why = (text: string): Counted => ({ why: text, unlisted });
  if (changes.size === 0) return why('no listing shows where its bytes are counted');
  if (strayed) return why('a way behind it leads where there is no listing, or is too long to follow');
  const amounts = [...changes.values()];
  const [first] = amounts;
  if (first?.kind !== 'known' || !amounts.every((amount) => same(amount, first)))
    return why('what is counted is in no register then, or differs from way to way');
  const down = isConstant(first) ? first.plus < 0n : first.negative;
  if (direction !== undefined && down !== (direction === 'free'))
    return why(`it counts ${down ? 'down' : 'up'}, which its name does not`);
  const amount = down ? negated(first) : first;
  return amount?.kind === 'known' ? { bytes: amount, unlisted } : why('what is counted is in no register then');
}

/** What a register holds at a break, where that says more than its name. */
function here(state: WalkState, name: string, moved: bigint | undefined): Value {
  const value = state.register(name);
  if (value?.kind === 'table' || isConstant(value)) return value;
  const stack = value?.kind === 'known' && value.base === `@${state.ground.processor.stack}` && !value.negative;
  return stack && moved !== undefined ? known(value.base, value.plus + moved) : undefined;
}
