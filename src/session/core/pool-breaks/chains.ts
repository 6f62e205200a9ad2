import { givesAddress, isWorthListing, takesAddress } from './functions.js';
import { cellAt, type Level, locate } from './locate.js';
import type { Processor } from './registers.js';
import { type Known, known, valueText } from './values.js';
import type { Walked } from './walk.js';
import type { WalkState } from './walk-state.js';

/** On x64, whoever is called has room for four arguments. On x86 it takes its own off, or nobody knows how many there are. */
const ROOM = 32n;

/** Calls between the function with the break and one that takes or gives an address. */
const LONGEST = 3;

interface Callers {
  readonly symbols: ReadonlyMap<string, bigint>;
  readonly walks: ReadonlyMap<string, Walked>;
}

/** A way of calls from a function that takes or gives an address to a break. */
export class Chain {
  constructor(readonly levels: readonly Level[]) {}

  /** What that function was passed, or where its stack ended when it began, as the break has it. */
  locate(direction: 'allocation' | 'free', processor: Processor, pushed: bigint): Known | undefined {
    const outermost = this.levels.at(-1);
    if (!outermost) return undefined;
    if (direction === 'allocation') return locate(this.levels, `@${processor.stack}`, processor, pushed);
    const argument = takesAddress(outermost.symbol) ?? 0;
    if (processor.bits === 64)
      return locate(this.levels, `@${['rcx', 'rdx', 'r8', 'r9'][argument]}`, processor, pushed);
    const cell = BigInt(4 * (argument + 1));
    const passed = valueText(known(`@${processor.stack}`, cell));
    const there = outermost.state.loadAt(`@${processor.stack}`, cell, processor.bytes);
    const intact = there?.kind === 'known' && there.base === `poi(${passed})` && there.plus === 0n;
    const found = locate(this.levels, `poi(${passed})`, processor, pushed);
    return found ?? (intact ? cellAt(this.levels, cell, processor, pushed) : undefined);
  }

  /** What tells this way from others: where each function returns to. Undefined where that is not to be seen. */
  conditions(
    processor: Processor,
    pushed: bigint,
    placeOf: (symbol: string, at: bigint) => string,
  ): string[] | undefined {
    const conditions: string[] = [];
    for (const [nth, { symbol, returnsTo }] of this.levels.entries()) {
      if (returnsTo === undefined) continue;
      const begin = locate(this.levels.slice(0, nth), `@${processor.stack}`, processor, pushed);
      if (!begin) return undefined;
      conditions.push(`(poi(${valueText(begin)})==${placeOf(symbol, returnsTo)})`);
    }
    return conditions;
  }
}

/**
 * The ways to a break from functions that take, or give, the address of what it is about: the shortest that tell it.
 * @param tells gives what a way tells; undefined for nothing
 */
export function chainsTo<T>(
  symbol: string,
  state: WalkState,
  callers: Callers,
  tells: (chain: Chain) => T | undefined,
): T[] {
  return extended([{ symbol, state }], callers, tells);
}

function extended<T>(levels: readonly Level[], callers: Callers, tells: (chain: Chain) => T | undefined): T[] {
  const symbol = levels.at(-1)?.symbol ?? '';
  const has = givesAddress(symbol) || takesAddress(symbol) !== undefined;
  const told = has ? tells(new Chain(levels)) : undefined;
  if (told !== undefined) return [told];
  const begins = callers.symbols.get(symbol);
  if (levels.length > LONGEST || begins === undefined) return [];
  const taken = callers.walks.get(symbol)?.taken ?? 0n;
  const room = taken > 0n ? taken : ROOM;
  return [...callers.walks].flatMap(([name, { before, calls }]) =>
    calls
      .filter(({ target }) => target === begins)
      .flatMap(({ at, next }) => {
        const state = before.get(at);
        if (!state || levels.some((level) => level.symbol === name)) return [];
        return extended([...levels, { symbol: name, state, returnsTo: next, room }], callers, tells);
      }),
  );
}

/** Functions that those with an address call, and which may lead to a break. */
export function callersIn(walks: ReadonlyMap<string, Walked>): string[] {
  return [...walks]
    .filter(([name]) => givesAddress(name) || takesAddress(name) !== undefined)
    .flatMap(([, { unlisted }]) => [...unlisted.values()].filter((name) => /Pool/.test(name) && isWorthListing(name)));
}
