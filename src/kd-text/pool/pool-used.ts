/** What one pool has of a tag. */
export interface PoolUse {
  readonly allocs: bigint;
  readonly frees: bigint;
  /** Allocations that have not been freed. */
  readonly outstanding: bigint;
  readonly bytes: bigint;
}

/** One row of `!poolused`. */
export interface PoolUsedRow {
  /** Four characters. */
  readonly tag: string;
  readonly nonpaged: PoolUse;
  readonly paged: PoolUse;
}

export type PoolUsedOrder = 'tag' | 'nonpaged' | 'paged';

const SORTING: Readonly<Record<PoolUsedOrder, string>> = {
  tag: 'Tag',
  nonpaged: 'NonPaged Pool Consumed',
  paged: 'Paged Pool Consumed',
};

/** Columns of a pool, with what they are called. `!poolused 1` shows more of them. */
type Column = readonly [name: string, of: (use: PoolUse) => bigint];
const SHORT: readonly Column[] = [
  ['Allocs', ({ outstanding }) => outstanding],
  ['Used', ({ bytes }) => bytes],
];
const LONG: readonly Column[] = [
  ['Allocs', ({ allocs }) => allocs],
  ['Frees', ({ frees }) => frees],
  ['Diff', ({ outstanding }) => outstanding],
  ['Used', ({ bytes }) => bytes],
];

/**
 * The table that `!poolused` prints: tags with nothing in use are left out of the short one, and the total is that of the rows.
 * In the short one `Allocs` are those that are outstanding, as in kd.
 */
export function formatPoolUsed(all: readonly PoolUsedRow[], order: PoolUsedOrder, verbose: boolean): string[] {
  const rows = all
    .filter(({ nonpaged, paged }) => verbose || inUse(nonpaged) || inUse(paged))
    .sort((a, b) => (order === 'tag' ? 0 : compare(b[order].bytes, a[order].bytes)) || compare(a.tag, b.tag));
  const columns = verbose ? LONG : SHORT;
  const row = (name: string, cell: (column: Column, pool: 'nonpaged' | 'paged') => string): string =>
    `${name}${(['nonpaged', 'paged'] as const)
      .map((pool, index) => {
        const cells = columns.map((column) => ` ${cell(column, pool).padStart(8)}`).join('');
        return index === 0 ? cells : ` ${cells}`;
      })
      .join('')}`;
  const total = (column: Column, pool: 'nonpaged' | 'paged'): string =>
    rows.reduce((sum, each) => sum + column[1](each[pool]), 0n).toString();
  return [
    ` Sorting by  ${SORTING[order]}`,
    '',
    '  Pool Used:',
    `            ${'NonPaged'.padEnd(columns.length * 9 + 2)}Paged`,
    row(' Tag ', ([name]) => name),
    ...rows.map((each) => row(` ${each.tag}`, ([, of], pool) => of(each[pool]).toString())),
    row('TOTAL', total),
  ];
}

function inUse({ outstanding, bytes }: PoolUse): boolean {
  return outstanding !== 0n || bytes !== 0n;
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
