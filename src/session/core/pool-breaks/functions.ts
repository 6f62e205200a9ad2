/** Functions of the kernel's pool that have breaks of PoolHitTag, or lead to one. Source: public listings of kernels from 2000 to 11. */
export const POOL_FUNCTIONS: readonly string[] = [
  'nt!ExAllocatePoolWithTag',
  'nt!ExFreePoolWithTag',
  'nt!ExAllocateHeapPool',
  'nt!ExFreeHeapPool',
  'nt!ExpInsertPoolTracker',
  'nt!ExpRemovePoolTracker',
  'nt!ExpInsertPoolTrackerInline',
  'nt!ExpRemovePoolTrackerInline',
  'nt!ExInsertPoolTag',
  'nt!ExRemovePoolTag',
  'nt!ExAllocateContiguousHeapPool',
  'nt!MmAllocateSpecialPool',
  'nt!MmFreeSpecialPool',
  'nt!ExAllocateHeapSpecialPool',
  'nt!ExpFreeHeapSpecialPool',
];

/** Pointers to tables of tags, and the list of such pointers. */
export const TAG_TABLES: readonly string[] = [
  'nt!PoolTrackTable',
  'nt!ExPoolTagTables',
  'nt!PoolTrackTableExpansion',
  'nt!ExpSessionPoolTrackTable',
];

export const POOL_HIT_TAG = 'nt!PoolHitTag';
export const BREAK_FUNCTION = 'nt!DbgBreakPoint';

/** What is typed before anything is listed: which processor it is, and which functions and tables there are. */
export function seekLines(): string[] {
  const symbols = [...POOL_FUNCTIONS, ...TAG_TABLES, POOL_HIT_TAG, BREAK_FUNCTION];
  return ['vertarget', ...symbols.map((symbol) => `x ${symbol}`)];
}

const NAMED = new Set(POOL_FUNCTIONS);

export function isPoolFunction(symbol: string): boolean {
  return NAMED.has(symbol);
}

/**
 * What is typed to list functions. The name at the head of a listing behind a prompt would look like a place where the target stands.
 * @param sought whether kd has to say where they are as well
 */
export function listLines(symbols: readonly string[], sought = false): string[] {
  const seeks = sought ? symbols.map((symbol) => `x ${symbol}`) : [];
  return [...seeks, ['.echo Functions of the pool:', ...symbols.map((symbol) => `uf ${symbol}`)].join(';')];
}

/** Functions that give the address of what they allocate. */
const GIVES = new Set([
  'nt!ExAllocatePoolWithTag',
  'nt!ExAllocateHeapPool',
  'nt!MmAllocateSpecialPool',
  'nt!ExAllocateHeapSpecialPool',
]);
/** Functions that take the address of what they free, and which argument it is. */
const TAKES: ReadonlyMap<string, number> = new Map([
  ['nt!ExFreePoolWithTag', 0],
  ['nt!ExFreeHeapPool', 0],
  ['nt!MmFreeSpecialPool', 0],
  ['nt!ExpFreeHeapSpecialPool', 1],
]);

export function givesAddress(symbol: string): boolean {
  return GIVES.has(symbol);
}

export function takesAddress(symbol: string): number | undefined {
  return TAKES.get(symbol);
}

/** What becomes of memory in a function, by its name. */
export function directionOf(symbol: string): 'allocation' | 'free' | undefined {
  const word = /Alloc|Free|Insert|Remove/.exec(symbol)?.[0];
  if (word === undefined) return undefined;
  return word === 'Free' || word === 'Remove' ? 'free' : 'allocation';
}

/** Whether a function that is called may count a block, or free it: it is worth listing. */
export function isWorthListing(symbol: string): boolean {
  return /^nt!(?:Ex|Exp|Mi|Mm)(?!Acquire|Release|Interlocked)\w*$/.test(symbol);
}
