import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPoolUsed, type PoolUse } from '../../../src/kd-text/pool/pool-used.js';
import type { TagUse } from '../../../src/kd-text/pool/tag-use.js';
import {
  beginsUsedTable,
  isUsedTotal,
  parseUsedHeading,
  parseUsedRow,
  poolsOfHeading,
} from '../../../src/kd-text/pool/used-table.js';

const SHORT = parseUsedHeading(' Tag    Allocs     Used    Allocs     Used');
const WIDE = parseUsedHeading(' Tag     Allocs         Used     Allocs         Used');
const LONG = parseUsedHeading(
  ' Tag       Allocs       Frees      Diff         Used       Allocs       Frees      Diff         Used',
);

describe('a row of !poolused', () => {
  const both = (tag: string, nonpaged: [number, number], paged: [number, number], says?: string): TagUse[] => [
    { tag, pool: 'nonpaged', count: nonpaged[0], bytes: nonpaged[1], ...(says && { says }) },
    { tag, pool: 'paged', count: paged[0], bytes: paged[1], ...(says && { says }) },
  ];

  it.each<[string, TagUse[] | undefined]>([
    [
      " Tape        1      520         0        0UNKNOWN pooltag 'Tape', please update pooltag.txt",
      both('Tape', [1, 520], [0, 0]),
    ],
    [
      ' 8042        4     3944         0        0PS/2 ports , Binary: i8042prt.sys',
      both('8042', [4, 3944], [0, 0], 'PS/2 ports , Binary: i8042prt.sys'),
    ],
    [' Nic3        4     3944         0        03Com adapters', both('Nic3', [4, 3944], [0, 0], '3Com adapters')],
    ['  a b        1       64         0        0', both(' a b', [1, 64], [0, 0])],
    [' a\'"*       1       64         0        0', both('a\'"*', [1, 64], [0, 0])],
    [' 1 2         1       64         0        0', both('1 2 ', [1, 64], [0, 0])],
    [' \xe4\xf6\xfc\x84        1       64         0        0', both('\xe4\xf6\xfc\x84', [1, 64], [0, 0])],
    ["Ddk 1 64 0 0UNKNOWN pooltag 'Ddk ', please update pooltag.txt", both('Ddk ', [1, 64], [0, 0])],
    [' Ddk         1,234  1.234.567         0        0', both('Ddk ', [1234, 1234567], [0, 0])],
    [' Ddk         1\u00a0234  1\u202f234\u202f567         0        0', both('Ddk ', [1234, 1234567], [0, 0])],
    [' Ddk         1 18446744073709551608         0        0', both('Ddk ', [1, -8], [0, 0])],
    [' Ddk         1      6?         0        0', undefined],
    [' Ddk         1       64         0', undefined],
    ['the driver printed 1 and 2', undefined],
    ['', undefined],
  ])('%j', (line, uses) => {
    expect(parseUsedRow(line, SHORT)).toEqual(uses);
  });

  it('has frees in the long table', () => {
    expect(
      parseUsedRow(
        ' ALPC        4528        2111      2417      1440624            0           0         0            0\tALPC ports , Binary: nt!alpc',
        LONG,
      ),
    ).toEqual([
      {
        tag: 'ALPC',
        pool: 'nonpaged',
        count: 2417,
        bytes: 1440624,
        allocs: 4528,
        frees: 2111,
        says: 'ALPC ports , Binary: nt!alpc',
      },
      { tag: 'ALPC', pool: 'paged', count: 0, bytes: 0, allocs: 0, frees: 0, says: 'ALPC ports , Binary: nt!alpc' },
    ]);
  });

  it('is read without a heading, by how many numbers it has', () => {
    expect(parseUsedRow(' Cont      1094      6525216          0            0\tDrivers')?.[0]).toMatchObject({
      count: 1094,
      bytes: 6525216,
    });
    expect(parseUsedRow(' Cont 9 8 1 64 0 0 0 0')?.[0]).toMatchObject({ allocs: 9, frees: 8, count: 1, bytes: 64 });
    expect(WIDE).toMatchObject({ columns: ['Allocs', 'Used'], pools: ['nonpaged', 'paged'] });
  });

  it('takes a table of one pool', () => {
    const pools = poolsOfHeading('            Paged');
    const layout = parseUsedHeading(' Tag    Allocs     Used', pools);
    expect(parseUsedRow(' Gh05        3      192', layout)).toEqual([
      { tag: 'Gh05', pool: 'paged', count: 3, bytes: 192 },
    ]);
  });
});

it('knows where a table begins and ends', () => {
  for (const line of [
    '   Sorting by  Tag',
    ' Sorting by NonPaged Pool Consumed',
    ' Sorting by Paged Pool Consumed',
    '  Pool Used:',
  ])
    expect(beginsUsedTable(line)).toBe(true);
  expect(beginsUsedTable('sorting by hand')).toBe(false);
  expect(isUsedTotal('TOTAL      121   122944   1230004 98416384')).toBe(true);
  expect(isUsedTotal('TOTAL of all')).toBe(false);
  expect(parseUsedHeading(' Tag  Type     Allocs            Frees')).toBeUndefined();
});

const anyTag = fc
  .array(fc.integer({ min: 0x20, max: 0x7e }), { minLength: 4, maxLength: 4 })
  .map((codes) => String.fromCharCode(...codes))
  .filter((tag) => tag.trim() !== '' && tag !== 'OTAL');
const anyUse: fc.Arbitrary<PoolUse> = fc
  .record({ frees: fc.bigInt(0n, 10n ** 9n), outstanding: fc.bigInt(0n, 10n ** 9n), bytes: fc.bigInt(0n, 10n ** 15n) })
  .map((use) => ({ ...use, allocs: use.frees + use.outstanding }));

it('reads back what the built-in kd prints, whatever the tags and numbers are', () => {
  const rows = fc.uniqueArray(fc.record({ tag: anyTag, nonpaged: anyUse, paged: anyUse }), {
    selector: ({ tag }) => tag,
  });
  fc.assert(
    fc.property(
      rows,
      fc.constantFrom('tag' as const, 'nonpaged' as const, 'paged' as const),
      fc.boolean(),
      (all, order, verbose) => {
        const lines = formatPoolUsed(all, order, verbose);
        expect(beginsUsedTable(lines[0] ?? '')).toBe(true);
        expect(beginsUsedTable(lines[2] ?? '')).toBe(true);
        const layout = parseUsedHeading(lines[4] ?? '', poolsOfHeading(lines[3] ?? ''));
        expect(isUsedTotal(lines.at(-1) ?? '')).toBe(true);
        const read = lines.slice(5, -1).map((line) => parseUsedRow(line, layout));
        const shown = all.filter(
          (row) => verbose || [row.nonpaged, row.paged].some((use) => use.outstanding !== 0n || use.bytes !== 0n),
        );
        expect(read.length).toBe(shown.length);
        for (const uses of read) {
          const row = all.find(({ tag }) => tag === uses?.[0]?.tag);
          for (const pool of ['nonpaged', 'paged'] as const)
            expect(uses?.find((use) => use.pool === pool)).toMatchObject({
              count: Number(row?.[pool].outstanding),
              bytes: Number(row?.[pool].bytes),
              ...(verbose && { allocs: Number(row?.[pool].allocs), frees: Number(row?.[pool].frees) }),
            });
        }
      },
    ),
  );
});

it('takes any line without complaint', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (line) => {
      parseUsedRow(line, SHORT);
      parseUsedRow(line);
      parseUsedHeading(line);
    }),
  );
});
