import { expect, it } from 'vitest';
import { formatPoolUsed, type PoolUse } from '../../../src/kd-text/pool/pool-used.js';

const use = (allocs: number, frees: number, bytes: number): PoolUse => ({
  allocs: BigInt(allocs),
  frees: BigInt(frees),
  outstanding: BigInt(allocs - frees),
  bytes: BigInt(bytes),
});
const nothing = use(0, 0, 0);
const ROWS = [
  { tag: 'Thre', nonpaged: use(300, 180, 122_880), paged: nothing },
  { tag: 'Ddk ', nonpaged: use(2, 1, 64), paged: use(1_234_567, 4567, 98_400_000) },
  { tag: 'Gone', nonpaged: use(9, 9, 0), paged: nothing },
  { tag: 'CM10', nonpaged: nothing, paged: use(4, 0, 16_384) },
];

it('shows the short table as kd does, without what is freed', () => {
  expect(formatPoolUsed(ROWS, 'nonpaged', false)).toEqual([
    ' Sorting by  NonPaged Pool Consumed',
    '',
    '  Pool Used:',
    '            NonPaged            Paged',
    ' Tag    Allocs     Used    Allocs     Used',
    ' Thre      120   122880         0        0',
    ' Ddk         1       64   1230000 98400000',
    ' CM10        0        0         4    16384',
    'TOTAL      121   122944   1230004 98416384',
  ]);
  expect(formatPoolUsed(ROWS, 'paged', false).map((line) => line.slice(1, 5))).toEqual([
    'Sort',
    '',
    ' Poo',
    '    ',
    'Tag ',
    'Ddk ',
    'CM10',
    'Thre',
    'OTAL',
  ]);
  expect(formatPoolUsed(ROWS, 'tag', false)[0]).toBe(' Sorting by  Tag');
});

it('shows allocations and frees, and everything that ever was, in the long one', () => {
  expect(formatPoolUsed(ROWS, 'tag', true)).toEqual([
    ' Sorting by  Tag',
    '',
    '  Pool Used:',
    '            NonPaged                              Paged',
    ' Tag    Allocs    Frees     Diff     Used    Allocs    Frees     Diff     Used',
    ' CM10        0        0        0        0         4        0        4    16384',
    ' Ddk         2        1        1       64   1234567     4567  1230000 98400000',
    ' Gone        9        9        0        0         0        0        0        0',
    ' Thre      300      180      120   122880         0        0        0        0',
    'TOTAL      311      190      121   122944   1234571     4567  1230004 98416384',
  ]);
});
