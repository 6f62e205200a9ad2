import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PoolReader } from '../../../src/report/pool/pool-reader.js';
import { TextLines } from '../../../src/report/pool/text-lines.js';
import { POOLMON_HEADING, type Row, readPool, snapshotRows, usedTable } from './pool-text.js';

const number = fc.integer({ min: 0, max: 2_000_000_000 });
const anyTag = fc.stringMatching(/^[A-Za-z]\w[\w ]?[\w ]?$/).filter((tag) => tag !== 'Tag ' && tag !== 'TOTA');
const anyRows: fc.Arbitrary<Row[]> = fc.uniqueArray(
  fc.tuple(anyTag, fc.tuple(fc.integer({ min: 1, max: 2_000_000_000 }), number), fc.tuple(number, number)),
  { selector: ([tag]) => tag.padEnd(4), minLength: 1, maxLength: 20 },
);

/** What other programs, and people, put around lines. */
const DRESSES: Readonly<Record<string, (line: string, at: number) => string>> = {
  bare: (line) => line,
  quoted: (line) => `> ${line}`,
  'quoted twice': (line) => `>> ${line}`,
  timed: (line, at) => `2026-11-29 22:00:${String(at % 60).padStart(2, '0')}.123 ${line}`,
  coloured: (line) => `\x1b[32m${line}\x1b[0m`,
  numbered: (line, at) => `${at + 1}: ${line}`,
  padded: (line) => `${line}   `,
  prompted: (line, at) => (at === 0 ? `0: kd> ${line}` : line),
};

it('reads tables back whatever is put around their lines', () => {
  fc.assert(
    fc.property(anyRows, anyRows, fc.constantFrom(...Object.keys(DRESSES)), (before, after, dress) => {
      const dressed = (rows: readonly Row[]) =>
        usedTable(...rows).map(DRESSES[dress] as (line: string, at: number) => string);
      const pool = readPool([{ lines: dressed(before) }, { lines: dressed(after) }], { hours: 1 });
      expect(pool?.unreadTotal).toBe(0);
      expect(pool?.tables).toMatchObject({ count: 2 });
      if (pool?.tables?.compared !== 2) return;
      for (const [tag, nonpaged] of after) {
        const use = pool.tables.tags.find((each) => each.tag === tag.padEnd(4) && each.pool === 'nonpaged');
        const had = before.find(([other]) => other.padEnd(4) === tag.padEnd(4))?.[1] ?? [0, 0];
        expect(use).toMatchObject({ last: { count: nonpaged[0], bytes: nonpaged[1] } });
        expect(use?.growth).toEqual({ count: nonpaged[0] - had[0], bytes: nonpaged[1] - had[1] });
      }
    }),
  );
});

it('reads the same in chunks of any size, and in UTF-16', () => {
  const lines = [
    'Debug session time: Thu Nov 26 09:00:00.000 2026 (UTC + 0:00)',
    ...usedTable(['Tape', [10, 1000]], ['A b', [1, 64], [3, 4]]),
    '0: kd> g',
    ...usedTable(['Tape', [20, 2000]], ['A b', [1, 64], [3, 4]]),
  ];
  const whole = readPool([{ lines }]);
  for (const chunk of [1, 3, 7, 64, 1000]) expect(readPool([{ lines, chunk }])).toEqual(whole);
  const reader = new PoolReader();
  reader.begin();
  reader.push(Buffer.from(`\ufeff${lines.join('\r\n')}`, 'utf16le'));
  reader.end();
  expect(reader.tables.series.run?.tracks.size).toBe(3);
});

it('takes any bytes without complaint', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...usedTable(['Tape', [10, 1000]]),
      POOLMON_HEADING,
      ...snapshotRows(['Tape', 2, 1, 64]),
      '0: kd> g',
      'Driver Verification List',
    ),
    fc.string({ maxLength: 40 }),
    fc.constantFrom(
      '\r',
      '\0',
      '\xff',
      'TOTAL 1',
      '0x82a51000  0x00000020  Tape  0x9a3bf6ac',
      '826fa130 size:   c0 previous size:   40  (Allocated) Tape',
    ),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (lines) => {
      const pool = readPool([{ lines }]);
      for (const { first, last, growth } of pool?.tables?.tags ?? [])
        if (growth) expect(growth.bytes).toBe(last.bytes - first.bytes);
    }),
  );
});

it('keeps no more of ten times as many tables', () => {
  const table = (at: number) =>
    usedTable(...Array.from({ length: 30 }, (_, i) => [`T${i}`, [at + 1, (at + 1) * 64]] as const));
  const reader = new PoolReader();
  reader.begin();
  for (let at = 0; at < 2000; at++)
    reader.push(Buffer.from(`0: kd> !poolused 2\r\n${table(at).join('\r\n')}\r\n0: kd> g\r\n`));
  reader.end();
  const { series } = reader.tables;
  expect(series).toMatchObject({ count: 2000, rows: 60_000 });
  expect(series.run?.tracks.size).toBe(30);
  expect(series.run?.tracks.get('NT0  ')).toMatchObject({
    listed: 2000,
    rises: 1999,
    falls: 0,
    lowest: 64,
    highest: 128_000,
  });
});

describe('lines of a large log', () => {
  it('have their numbers, though those far from a table are not looked at', () => {
    const stack = `${'fffff880`031d7a60 fffff880`0143f13b nt!ExAllocatePoolWithTag+0x1a3\n'.repeat(20_000)}`;
    const seen: [string, number][] = [];
    const lines = new TextLines(
      (text, at) => seen.push([text, at]),
      () => false,
    );
    for (const part of [stack, stack, ' Tag    Allocs     Used\n', stack])
      for (let at = 0; at < part.length; at += 65_536) lines.push(Buffer.from(part.slice(at, at + 65_536)));
    lines.end();
    expect(seen.find(([text]) => text.startsWith(' Tag'))?.[1]).toBe(40_001);
    expect(seen.length).toBeLessThan(20_000);
  });
});

describe('!poolfind', () => {
  it('is counted by tag and size, and a second search shows growth', () => {
    const block = (at: number, size: number, tag = 'Tape') =>
      `${(0xffff830da0ce8010n + BigInt(at * 4096)).toString(16)} : tag ${tag}, size ${`0x${size.toString(16)}`.padStart(9)}, Nonpaged pool`;
    const search = (count: number) => [
      '0: kd> !poolfind Tape -nonpaged',
      'Scanning large pool allocation table for tag 0x65706154 (Tape) (ffff830da1e60000 : ffff830da1f20000)',
      block(999, 0x2000),
      '',
      'Searching nonpaged pool (ffff830000000000 : ffff930000000000) for tag 0x65706154 (Tape)',
      ...Array.from({ length: count }, (_, i) => block(i, 0xb70)),
      'ffff830da0ce?010 : tag Tape, size    0xb70, Nonpaged pool',
      '0: kd> !pool ffff830da0ce8010',
      ' ffff830da0ce8010 size:   c0 previous size:   40  (Allocated)  Tape',
    ];
    const pool = readPool([{ lines: [...search(3), ...search(5)] }]);
    expect(pool?.found).toMatchObject([
      {
        tag: 'Tape',
        blocks: 6,
        bytes: 0x2000 + 5 * 0xb70,
        searches: 2,
        before: { blocks: 4 },
        sizes: [
          { size: 0xb70, blocks: 5 },
          { size: 0x2000, blocks: 1 },
        ],
      },
    ]);
    expect(pool).toMatchObject({ rows: 10, unreadTotal: 2, tables: null });
  });

  it('shows free blocks of XP and x64 apart', () => {
    const pool = readPool([
      {
        lines: [
          'Scanning large pool allocation table for Tag: Tape (827d1000 : 827e9000)',
          'Searching NonPaged pool (823b1000 : 82800000) for Tag: Tape',
          '826fa130 size:   c0 previous size:   40  (Allocated) Tape',
          '82721c00 size:   10 previous size:   30  (Free)      Tape',
        ],
      },
    ]);
    expect(pool?.found).toMatchObject([{ blocks: 1, bytes: 0xc0, free: 1, example: '00000000826fa130' }]);
    expect(pool?.next[0]?.command).toBe('!pool 826fa130 2');
  });
});

describe('!verifier 3', () => {
  const today = [
    'Driver Verification List',
    '------------------------',
    '',
    'nt!_VF_TARGET_DRIVER 0x84226b28: tapedrv.sys (Loaded)',
    '',
    '    Pool Allocation Statistics: ( NonPagedPool / PagedPool )',
    '',
    '      Current Pool Allocations: ( 0x00000003 / 0x00000000 )',
    '      Current Pool Bytes:       ( 0x00001058 / 0x00000000 )',
    '      Peak Pool Bytes:          ( 0x0004A4A0 / 0x00000000 )',
    '',
    '    Pool Allocations:',
    '',
    '      Address     Length      Tag   Caller    ',
    '      ----------  ----------  ----  ----------',
    '      0x982a8fe0  0x00000020  VMdl  0x9a3bf6ac  tapedrv!TapeControl+0x4c',
    '      0x8645a000  0x00001008  Tape  0x9a3bf687  tapedrv!TapeControl+0x27',
    '      0x9a836fd0  0x00000030  Tape  0x9a3bf687  tapedrv!TapeControl+0x27',
    '0: kd> g',
  ];
  const xp = [
    'Driver Verification List',
    '',
    'Entry     State           NonPagedPool   PagedPool   Module',
    '',
    'fffffa8003b6f670 Loaded           000000a0       00000854    tapedrv.sys',
    '',
    'Current Pool Allocations  00000002    00000000',
    'Current Pool Bytes        00000070    00000000',
    '',
    'PoolAddress  SizeInBytes    Tag       CallersAddress',
    'fffff9800157efc0     0x0000003c     Tape      fffff88002c62963',
    'fffff9800146afc0     0x00000034     Tape      fffff88002c62963',
    'Fault injection trace log',
  ];

  it('shows outstanding allocations by driver and caller', () => {
    const pool = readPool([{ lines: today }]);
    expect(pool?.verified).toMatchObject([
      {
        name: 'tapedrv.sys',
        allocations: 3,
        bytes: 0x1058,
        peak: 0x4a4a0,
        listed: 3,
        callers: [
          { caller: 'tapedrv!TapeControl+0x27', tag: 'Tape', blocks: 2, bytes: 0x1038 },
          { caller: 'tapedrv!TapeControl+0x4c', tag: 'VMdl', blocks: 1, bytes: 0x20 },
        ],
      },
    ]);
    expect(pool?.unreadTotal).toBe(0);
    expect(readPool([{ lines: xp }])?.verified).toMatchObject([
      {
        name: 'tapedrv.sys',
        allocations: 2,
        bytes: 0x70,
        callers: [{ caller: '0xfffff88002c62963', blocks: 2, bytes: 0x70 }],
      },
    ]);
  });

  it('counts a row that is damaged', () => {
    const lines = today.map((line) => line.replace('0x00000030', '0x0000?030'));
    expect(readPool([{ lines }])).toMatchObject({ unreadTotal: 1, unread: [{ line: 18 }] });
  });
});
