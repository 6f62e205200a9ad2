import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDamagedBlock, parseFoundBlock, parseFoundHeading } from '../../../src/kd-text/pool/found-blocks.js';
import { parseMoment } from '../../../src/kd-text/pool/moment.js';
import { beginsPoolMonScreen, isPoolMonHeading, parsePoolMonRow } from '../../../src/kd-text/pool/poolmon-table.js';
import { beginsVerifiedList, isDamagedVerified, parseVerified } from '../../../src/kd-text/pool/verified.js';

describe('a row of PoolMon', () => {
  it.each([
    [
      ' Ddk  Nonp    3971107 (   0)   3971077 (   0)       30    8456 (     0)    281',
      { tag: 'Ddk ', pool: 'nonpaged', allocs: 3971107, frees: 3971077, count: 30, bytes: 8456, screen: true },
    ],
    [
      '>Tape Paged      3996 (  12)      3986 (  -2)    10  252088 ( 25208)  25208 [tapedrv.sys  -  queue.c]',
      { tag: 'Tape', pool: 'paged', count: 10, bytes: 252088, says: 'tapedrv.sys - queue.c' },
    ],
    [' Tape Paged      3996       3986        10  252088   25208', { count: 10, bytes: 252088, screen: false }],
    [' A b  Nonp         5          1         4     256      64', { tag: 'A b ' }],
    ['  a b Nonp         5          1         4     256      64', { tag: ' a b' }],
    ['Io Nonp 1021112 ( 1) 1020985 ( 1) 127 91912 ( 0) 723', { tag: 'Io  ', count: 127, bytes: 91912 }],
    [
      'CM31 \tPaged \t169392( 0) \t153744( 0) \t15648 \t74838016( 0) \t4782',
      { tag: 'CM31', count: 15648, bytes: 74838016 },
    ],
  ])('%j', (line, row) => {
    expect(parsePoolMonRow(line.replaceAll('\t', ' '))).toMatchObject(row);
  });

  it('is no other line', () => {
    expect(parsePoolMonRow(' Tape Paged      3996       39?6')).toBeUndefined();
    expect(parsePoolMonRow('The Paged pool 1 2 3 4 5')).toBeUndefined();
    expect(isPoolMonHeading(' Tag  Type     Allocs     Frees      Diff   Bytes  Per Alloc')).toBe(true);
    expect(beginsPoolMonScreen(' Memory:  260620K Avail:   96364K  PageFlts:     0   InRam Krnl: 1916K P:17856K')).toBe(
      true,
    );
  });
});

describe('!poolfind', () => {
  it.each([
    ['Scanning large pool allocation table for Tag: Ddk  (827d1000 : 827e9000)', { tag: 'Ddk ', begins: true }],
    [
      'Scanning large pool allocation table for tag 0x206b6444 (Ddk ) (ffff830da1e60000 : ffff830da1f20000)',
      { tag: 'Ddk ', begins: true },
    ],
    [
      "Scanning large pool allocation table for Tag 'Tap?' (fffffa801a333000 : fffffa801a3f3000)",
      { tag: 'Tap?', begins: true },
    ],
    ['Searching NonPaged pool (823b1000 : 82800000) for Tag: Tape', { tag: 'Tape', begins: false, pool: 'nonpaged' }],
    [
      'Searching paged pool (ffff830000000000 : ffff930000000000) for tag 0x65706154 (Tape)',
      { tag: 'Tape', pool: 'paged' },
    ],
    ['Searching special pool (a0000000 : a1000000) for Tag: Tape', { pool: 'special' }],
  ])('begins with %j', (line, heading) => {
    expect(parseFoundHeading(line)).toMatchObject(heading);
  });

  it.each([
    [
      '826fa130 size:   c0 previous size:   40  (Allocated) Tape',
      { address: 0x826fa130n, size: 0xc0, tag: 'Tape', free: false },
    ],
    ['*fffffa8000c77000 size:  430 previous size:    0  (Allocated) *Tape (Protected)', { size: 0x430, free: false }],
    ['82721c00 size:   10 previous size:   30  (Free)      Tape', { size: 0x10, free: true }],
    [
      'ffff830d`a0ce8010 : tag Tape, size     0xb70, Nonpaged pool',
      { address: 0xffff830da0ce8010n, size: 0xb70, pool: 'nonpaged' },
    ],
    ['866209f0 : tag Frag, size         0, Nonpaged pool', { size: 0 }],
    ['82a51000: tag A b , size: 2000', { tag: 'A b ', size: 0x2000 }],
    ['*82a51000 :large page allocation, Tag is Ddk , size is 0x2000 bytes', { tag: 'Ddk ', size: 0x2000 }],
  ])('finds %j', (line, block) => {
    expect(parseFoundBlock(line)).toMatchObject(block);
  });

  it('knows what is damaged, and what is none of it', () => {
    expect(isDamagedBlock('826fa130 size:   c0 prev?ous size')).toBe(true);
    expect(parseFoundBlock('9515ad68 [aa0c04c0] irpStack: ( e,5)  8bcb2ca0 [ \\Driver\\AFD]')).toBeUndefined();
  });
});

describe('!verifier 3', () => {
  it.each([
    [
      'nt!_VF_TARGET_DRIVER 0xa013f2c8: tapedrv.sys (Loaded and Unloaded)',
      { kind: 'driver', name: 'tapedrv.sys', state: 'loaded and unloaded' },
    ],
    ['  MODULE: 0x84226b28 tapedrv.sys (Loaded)', { kind: 'driver', name: 'tapedrv.sys', state: 'loaded' }],
    [
      'fffffa8003b6f670 Loaded           000000a0       00000854    tapedrv.sys',
      { kind: 'driver', name: 'tapedrv.sys' },
    ],
    ['      Current Pool Allocations: ( 0x00000003 / 0x00000001 )', { kind: 'count', allocations: 4 }],
    ['Current Pool Allocations  00000002    00000013', { kind: 'count', allocations: 0x15 }],
    ['      Current Pool Bytes:       ( 0x00001058 / 0x00000000 )', { kind: 'bytes', bytes: 0x1058 }],
    ['      Peak Pool Bytes:          ( 0x0004A4A0 / 0x00000000 )', { kind: 'peak', bytes: 0x4a4a0 }],
    [
      '      0x982a8fe0  0x00000020  VMdl  0x9a3bf6ac  tapedrv!TapeControl+0x4c',
      { kind: 'block', size: 0x20, tag: 'VMdl', symbol: 'tapedrv!TapeControl+0x4c' },
    ],
    [
      'fffff9800157efc0     0x0000003c     A b       fffff88002c62963',
      { kind: 'block', size: 0x3c, tag: 'A b ', caller: 0xfffff88002c62963n },
    ],
    ['0xfffff980`0157efc0  0x000000000000003c   Tap  0xfffff880`02c62963  tapedrv!TapeOpen', { tag: ' Tap' }],
  ])('%j', (line, said) => {
    expect(parseVerified(line)).toMatchObject(said);
  });

  it('knows its beginning, and what is damaged', () => {
    expect(beginsVerifiedList('## Driver Verification List')).toBe(true);
    expect(isDamagedVerified('      0x982a8fe0  0x0000?020  VMdl  0x9a3bf6ac')).toBe(true);
    expect(parseVerified('      ----------  ----------  ----  ----------')).toBeUndefined();
  });
});

it('reads times of a table', () => {
  const at = Date.UTC(2026, 10, 29, 22, 15, 3);
  expect(parseMoment('Debug session time: Sun Nov 29 22:15:03.000 2026 (UTC + 0:00)')).toEqual({ at });
  expect(parseMoment('!SystemTime=11\\29\\2026 22:15:03.0042 (GMT)')).toEqual({ at, ahead: true });
  expect(parseMoment('=== 2026-11-29 23:15:03 +01:00 ===')).toEqual({ at, ahead: true });
  expect(parseMoment('System Uptime: 1 days 2:11:04.217')).toEqual({ uptime: ((26 * 60 + 11) * 60 + 4) * 1000 + 217 });
  expect(parseMoment('!TickCount=-1')).toEqual({ uptime: 4294967295, ahead: true });
  expect(parseMoment('2026-13-45 99:99')).toBeUndefined();
  expect(parseMoment('it was 2026-11-29 22:15')).toBeUndefined();
});

const READERS = [
  parsePoolMonRow,
  parseFoundBlock,
  parseFoundHeading,
  parseVerified,
  parseMoment,
  isDamagedBlock,
  isDamagedVerified,
];

it('takes any line without complaint', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (line) => {
      for (const read of READERS) read(line);
    }),
  );
});

it('reads long lines in time that follows their length', () => {
  // So often that a reader that goes back for each character would not be done within the time of a test.
  for (const line of [
    '('.repeat(4096),
    ' '.repeat(4096),
    '1 '.repeat(2048),
    'A'.repeat(4096),
    '0x'.repeat(2048),
    'Tape Paged '.repeat(400),
    `0x11111111  0x1${' '.repeat(4000)}x`,
    `Nonp ${'1('.repeat(2000)}`,
  ])
    for (let times = 0; times < 300; times++) for (const read of READERS) read(line);
});
