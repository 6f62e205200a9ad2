import { parseListing } from '../../../kd-text/instructions.js';
import { parseSymbolRow } from '../../../kd-text/listings/symbols.js';
import { type Chain, callersIn, chainsTo } from './chains.js';
import { countedAt } from './counted.js';
import { type FoundBreak, findBreaks } from './find-breaks.js';
import { BREAK_FUNCTION, directionOf, isWorthListing, POOL_HIT_TAG, TAG_TABLES } from './functions.js';
import type { Processor } from './registers.js';
import { hex, valueText } from './values.js';
import { type Code, type Steps, type Walked, walk } from './walk.js';
import { WalkState } from './walk-state.js';

/** What kd can say at one break of PoolHitTag. Places and values are expressions of kd. */
export interface PoolBreak {
  /** `nt!ExFreeHeapPool+0xb7` */
  readonly place: string;
  readonly direction: 'allocation' | 'free' | undefined;
  /** Holds at this break and at no other. */
  readonly here: string;
  /** Bytes by which the kernel's own count for the tag changes; absent where that is not certain. */
  readonly bytes?: string;
  readonly tag?: string;
  /** Ways to the address of the block, each where its condition holds; empty where it is not known. */
  readonly blocks: readonly Block[];
  /** Why less is known. */
  readonly lacks: readonly string[];
}

export interface Block {
  /** Absent: always. */
  readonly when?: string;
  /** The address that is freed. */
  readonly address?: string;
  /** Of an allocation: where the stack ended when the function began that will return the address. */
  readonly entry?: string;
}

export interface Breaks {
  readonly breaks: readonly PoolBreak[];
  /** Functions whose listing would tell more. */
  readonly wanted: readonly string[];
}

/** What is known of the kernel when its listings are read. */
export interface Kernel {
  readonly processor: Processor;
  /** What kd has answered: rows of `x`, and listings. */
  readonly lines: readonly string[];
  /** Whether addresses are asked for, and not sizes alone. */
  readonly addresses: boolean;
}

/** Instructions of one reading. Source: measured, a hundred thousand take about a second. */
const MOST_STEPS = 100_000;

/** Finds the breaks of PoolHitTag in listings of the kernel, and what can be said there for certain. */
export function readBreaks({ processor, lines, addresses }: Kernel): Breaks {
  const code = parseListing(lines);
  const symbols = new Map(
    lines.flatMap((line) => {
      const row = parseSymbolRow(line);
      return row ? [[row.symbol, BigInt(`0x${row.address}`)] as const] : [];
    }),
  );
  const tag = symbols.get(POOL_HIT_TAG);
  if (tag === undefined) return { breaks: [], wanted: [] };
  const tables = new Set(TAG_TABLES.flatMap((name) => symbols.get(name) ?? []));
  const found = findBreaks(code, tag, symbols.get(BREAK_FUNCTION));
  const walks = new Map<string, Walked>();
  const steps: Steps = { left: MOST_STEPS };
  for (const [symbol, begin] of entriesOf(code, symbols)) {
    const begins = WalkState.begin({ processor, tables, escapes: [] });
    const walked = walk(code, begin, begins, { follows: false, steps });
    if (walked.finished) walks.set(symbol, walked);
  }
  const wanted = new Set<string>();
  const breaks = found.map((each) => {
    const symbol = functionOf(each, walks, symbols);
    return readBreak(each, symbol, { code, symbols, walks, processor, addresses, wanted, steps });
  });
  return { breaks, wanted: [...wanted] };
}

interface Known {
  readonly code: Code;
  readonly symbols: ReadonlyMap<string, bigint>;
  readonly walks: ReadonlyMap<string, Walked>;
  readonly processor: Processor;
  readonly addresses: boolean;
  readonly wanted: Set<string>;
  readonly steps: Steps;
}

function readBreak(found: FoundBreak, symbol: string | undefined, kernel: Known): PoolBreak {
  const { code, symbols, walks, processor, wanted } = kernel;
  const walked = symbol === undefined ? undefined : walks.get(symbol);
  const state = walked?.before.get(found.at);
  if (symbol === undefined || !walked || !state) {
    const place = hex(found.at);
    return { place, direction: undefined, here: '0', blocks: [], lacks: [`no way to ${place} is seen`] };
  }
  const place = placeIn(symbol, found.called ? found.next : found.at, symbols);
  const direction = directionOf(symbol);
  const here = found.called ? `(@$ip==${BREAK_FUNCTION})&(poi(@$csp)==${place})` : `@$ip==${place}`;
  const called = code.get(found.at)?.label;
  if (direction === undefined || (called !== undefined && directionOf(called) !== direction)) {
    // What a stack begins with tells allocations from frees, for whoever reads the log.
    const why = `nothing is said at ${place}: kd calls it ${called ?? symbol}, which does not tell what becomes of the memory`;
    return { place, direction, here, blocks: [], lacks: [why] };
  }
  const counted = countedAt(code, found, state, direction, kernel.steps);
  if (counted.bytes === undefined) for (const [, name] of counted.unlisted) if (isWorthListing(name)) wanted.add(name);
  const part = found.tagIn === undefined ? undefined : processor.parts.get(found.tagIn);
  const tag = part && !part.high && part.bits === 32 ? `(@${part.whole}&0x0\`ffffffff)` : undefined;
  const told = {
    place,
    direction,
    here,
    ...(counted.bytes !== undefined && { bytes: valueText(counted.bytes) }),
    ...(tag !== undefined && { tag }),
  };
  const noBytes = counted.why === undefined ? [] : [`sizes at ${place} are not known: ${counted.why}`];
  if (!kernel.addresses) return { ...told, blocks: [], lacks: noBytes };
  const blocks = chainsTo(symbol, state, kernel, (chain) => blockOf(chain, direction, found, kernel));
  // A way that ends without a name it knows begins at whoever calls it: those that are called on the way are worth a look.
  if (blocks.length === 0) for (const name of callersIn(walks)) wanted.add(name);
  const noBlock = blocks.length > 0 ? [] : [`addresses at ${place} are not known: ${NO_BLOCK[direction]}`];
  return { ...told, blocks, lacks: [...noBytes, ...noBlock] };
}

const NO_BLOCK = {
  allocation: 'no function that returns them is seen to lead there',
  free: 'no function is seen to lead there that still holds what it was passed',
} as const;

function blockOf(chain: Chain, direction: 'allocation' | 'free', found: FoundBreak, kernel: Known): Block | undefined {
  const pushed = BigInt(found.called ? kernel.processor.bytes : 0);
  const located = chain.locate(direction, kernel.processor, pushed);
  if (!located) return undefined;
  const conditions = chain.conditions(kernel.processor, pushed, (name, at) => placeIn(name, at, kernel.symbols));
  if (conditions === undefined) return undefined;
  const when = conditions.length > 0 ? { when: conditions.join('&') } : {};
  return direction === 'free' ? { ...when, address: valueText(located) } : { ...when, entry: valueText(located) };
}

/** Functions that were asked for, where their listing is there. */
function entriesOf(code: Code, symbols: ReadonlyMap<string, bigint>): (readonly [string, bigint])[] {
  const data = new Set([POOL_HIT_TAG, BREAK_FUNCTION, ...TAG_TABLES]);
  return [...symbols].filter(([name, at]) => !data.has(name) && code.has(at));
}

/** The function whose way leads to a break: the last one that begins before it, else one of which it is a part elsewhere. */
function functionOf({ at }: FoundBreak, walks: ReadonlyMap<string, Walked>, symbols: ReadonlyMap<string, bigint>) {
  const ways = [...walks].filter(([, { before }]) => before.has(at)).map(([name]) => name);
  const begins = (name: string): bigint => symbols.get(name) ?? 0n;
  const before = ways.filter((name) => begins(name) <= at).sort((a, b) => (begins(a) < begins(b) ? 1 : -1));
  return before[0] ?? ways.sort((a, b) => (begins(a) < begins(b) ? -1 : 1))[0];
}

function placeIn(symbol: string, at: bigint, symbols: ReadonlyMap<string, bigint>): string {
  const from = at - (symbols.get(symbol) ?? 0n);
  return from < 0n ? `${symbol}-${hex(-from)}` : `${symbol}+${hex(from)}`;
}
