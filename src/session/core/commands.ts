import { passedIn } from './halt-budget.js';
import { COUNT_FROM_0, FREE_CANDIDATES, type HitBreakpoint, letGo, mostOf, quoted, trapsFor } from './hit-commands.js';
import { armTagLines, clearTagLines, READ_TAG } from './hit-tag.js';
import { mayHoldTag, NOTHING_OURS, type OursState } from './ours.js';
import type { Plan } from './plan.js';
import { listLines, POOL_FUNCTIONS, seekLines } from './pool-breaks/functions.js';

// Every command line that a session types in the normal course. It knows no state and reads no answer.

/** What is typed to find out how hits can be caught: what is already set, which candidates the symbols know, and which modules kd. */
export function resolveLines(plan: Plan): string[] {
  const modules = plan.modules ? [MODULES] : [];
  if (plan.strategy === 'pool-hit-tag') return [READ_TAG, ...modules];
  const wanted = [
    ...(plan.at === undefined ? plan.candidates : []),
    ...(plan.detail === 'frees' ? FREE_CANDIDATES : []),
  ];
  return [
    'bl',
    ...wanted.map((symbol) => `x ${symbol}`),
    ...(plan.strategy === 'auto' ? [READ_TAG] : []),
    ...(plan.detail ? ['vertarget'] : []),
    ...modules,
  ];
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
export function armLines(
  plan: Plan,
  { traps, catching, tagIn, before, breaks }: Pick<OursState, 'traps' | 'catching' | 'tagIn' | 'before' | 'breaks'>,
  most?: number,
): string[] {
  if (catching === 'pool-hit-tag') return armTagLines(plan, most, breaks?.breaks);
  const set = traps.map(({ symbol, commands }) => `bp ${symbol} ${quoted(commands)}`);
  // A tag that a lost session has left would stop the target at every use of it.
  const rid = tagIn ? clearTagLines(before.tag, before.filter) : [];
  return [...rid, ...(most === undefined ? [] : [COUNT_FROM_0]), ...set, 'bl'];
}

/** What is typed to take everything of ours out again, and what shows that it is gone. */
export function clearLines(plan: Plan, ours: Pick<OursState, 'tagIn' | 'before'>): string[] {
  const tag = mayHoldTag(plan, ours) ? clearTagLines(ours.before.tag, ours.before.filter) : [];
  // What may be in takes symbols to be looked for: breakpoints, which do not, are out before.
  return ours.tagIn ? [...tag, 'bc *', 'bl'] : ['bc *', 'bl', ...tag];
}

export const GO = 'g';

/** Every command that a session types in the normal course, in order, for `--dry-run`; what depends on the target as for x64. */
export interface TypedCommands {
  readonly resolve: readonly string[];
  /** By a breakpoint; absent where that is forbidden. */
  readonly breakpoint?: {
    readonly arm: readonly string[];
    readonly x86: readonly string[];
    readonly clear: readonly string[];
  };
  /** By PoolHitTag; absent where that is forbidden. */
  readonly hitTag?: {
    /** To find out what is at each break: of the functions, those that `x` finds, and whichever they call. */
    readonly list: readonly string[];
    readonly arm: readonly string[];
    readonly clear: readonly string[];
  };
}

export function typedCommands(plan: Plan): TypedCommands {
  const { strategy, bursts, detail } = plan;
  const most = mostOf(plan, 0);
  const first = bursts ? [letGo(passedIn(bursts, 1))] : [];
  const armed = (architecture: 'x64' | 'x86'): string[] =>
    armLines(plan, { ...NOTHING_OURS, catching: 'breakpoint', traps: trapsOn(plan, architecture) }, most);
  const clear = (tagIn: boolean): string[] => [...clearLines(plan, { tagIn, before: { tag: 0 } }), GO];
  return {
    resolve: resolveLines(plan),
    ...(strategy !== 'pool-hit-tag' && {
      breakpoint: {
        arm: [...first, ...armed('x64'), GO],
        x86: detail === undefined ? [] : armed('x86').slice(0, -1),
        clear: clear(false),
      },
    }),
    ...(strategy !== 'breakpoint' && {
      hitTag: {
        list: detail === undefined ? [] : [...seekLines(), ...listLines(POOL_FUNCTIONS)],
        arm: [...first, ...armTagLines(plan, most), GO],
        clear: clear(true),
      },
    }),
  };
}

function trapsOn(plan: Plan, architecture: 'x64' | 'x86'): readonly HitBreakpoint[] {
  const said = [`Kernel Version 0 Free ${architecture}`, ...FREE_CANDIDATES.map((symbol) => `00000000 ${symbol}`)];
  return trapsFor(plan, plan.at ?? plan.candidates[0] ?? '', said, mostOf(plan, 0)).traps;
}
