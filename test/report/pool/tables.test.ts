import { describe, expect, it } from 'vitest';
import { parsePoolTags } from '../../../src/report/build/pool-tags.js';
import { growthOf, POOLMON_HEADING, readPool, snapshotRows, usedTable } from './pool-text.js';

const TIME = (hour: number): string =>
  `Debug session time: Thu Nov 26 ${String(hour).padStart(2, '0')}:00:00.000 2026 (UTC + 0:00)`;
const UPTIME = (hours: number): string => `System Uptime: ${Math.floor(hours / 24)} days ${hours % 24}:00:00.000`;
const PROMPT = '0: kd> !poolused 2';

describe('two tables of !poolused', () => {
  const before = usedTable(['Tape', [10, 1000]], ['Same', [1, 64]], ['Gone', [2, 128]], ['Both', [1, 32], [5, 500]]);
  const after = usedTable(['New', [4, 700]], ['Tape', [30, 3000]], ['Same', [1, 64]], ['Both', [1, 32], [4, 400]]);

  it('give the growth of each tag, by pool', () => {
    const tables = readPool([{ lines: [PROMPT, ...before] }, { lines: [PROMPT, ...after] }])?.tables;
    expect(tables?.tags.map(growthOf)).toEqual([
      'Tape N 1000 -> 3000 (+2000) grown',
      'New N 0 -> 700 (+700) new',
      'Same N 64 -> 64 (+0) same',
      'Both N 32 -> 32 (+0) same',
      'Both P 500 -> 400 (-100) shrunk',
      'Gone N 128 -> 0 (-128) gone',
    ]);
    expect(tables).toMatchObject({ count: 2, compared: 2, hours: null, restarts: 0 });
  });

  it.each([
    ['before each', [TIME(9), PROMPT, ...before, TIME(11), PROMPT, ...after]],
    ['behind each', [PROMPT, ...before, TIME(9), PROMPT, ...after, TIME(11)]],
    [
      'at each stop',
      [
        PROMPT,
        ...before,
        '0: kd> .time',
        TIME(9),
        '0: kd> g',
        'Break instruction exception - code 80000003',
        TIME(11),
        PROMPT,
        ...after,
      ],
    ],
  ])('have the time that is told %s', (_, lines) => {
    const tables = readPool([{ lines }])?.tables;
    expect(tables).toMatchObject({ hours: 2, hoursFrom: 'text', first: { at: '2026-11-26T09:00:00.000Z' } });
    expect(tables?.tags[0]).toMatchObject({
      tag: 'Tape',
      growth: { bytes: 2000, count: 20 },
      perHour: { bytes: 1000, count: 10 },
    });
  });

  it('do not take the time of another stop', () => {
    const tables = readPool([{ lines: [TIME(9), PROMPT, ...before, '0: kd> g', PROMPT, ...after] }])?.tables;
    expect(tables).toMatchObject({ hours: null, last: { at: null } });
  });

  it('have the time of their files where they tell none, and say when that cannot be', () => {
    const hour = 3_600_000;
    const files = (a: number, b: number) =>
      readPool([
        { lines: before, fileTime: a },
        { lines: after, fileTime: b },
      ])?.tables;
    expect(files(hour, 4 * hour)).toMatchObject({ hours: 3, hoursFrom: 'file' });
    expect(files(hour, hour + 5000)).toMatchObject({ hours: null, clock: 'files-alike' });
    expect(files(4 * hour, hour)).toMatchObject({ hours: null, clock: 'backwards' });
    expect(readPool([{ lines: [TIME(9), ...before] }, { lines: after, fileTime: hour }])?.tables).toMatchObject({
      clock: 'mixed',
    });
    expect(readPool([{ lines: before }, { lines: after }], { hours: 4 })?.tables).toMatchObject({
      hours: 4,
      hoursFrom: 'given',
    });
  });

  it('claim nothing of tags that a table does not list', () => {
    const cut = before.slice(0, 7);
    const tags = readPool([{ lines: cut }, { lines: after }])?.tables?.tags.map(growthOf);
    expect(tags).toContain('Tape N 1000 -> 3000 (+2000) grown');
    expect(tags).toContain('New N 700 -> 700 (?) once');
    const asked = ['0: kd> !poolused 2 T*', ...usedTable(['Tape', [10, 1000]])];
    const all = [PROMPT, ...usedTable(['Tape', [30, 3000]], ['Tip', [1, 8]], ['New', [4, 700]])];
    expect(readPool([{ lines: asked }, { lines: all }])?.tables?.tags.map(growthOf)).toEqual([
      'Tape N 1000 -> 3000 (+2000) grown',
      'Tip N 0 -> 8 (+8) new',
      'New N 700 -> 700 (?) once',
    ]);
  });

  it('take the name of the owner from pooltag.txt, else from the table', () => {
    const poolTags = parsePoolTags('Tape - tapedrv.sys - Tape driver\r\n');
    const named = after.map((line) => line.replace(/\tUNKNOWN pooltag 'New .*/, '\tNew things , Binary: newdrv.sys'));
    const tags = readPool([{ lines: before }, { lines: named }], { poolTags })?.tables?.tags;
    expect(tags?.[0]?.owner).toEqual({ driver: 'tapedrv.sys', description: 'Tape driver' });
    expect(tags?.[1]?.owner).toEqual({ driver: 'newdrv.sys', description: 'New things' });
    expect(tags?.[2]?.owner).toBeNull();
  });
});

describe('a restart between two tables', () => {
  const many = (factor: number) =>
    usedTable(...Array.from({ length: 12 }, (_, i) => [`T${i}`, [10, factor * (100 + i)]] as const));

  it('is seen by the uptime', () => {
    const lines = [TIME(9), UPTIME(5), PROMPT, ...many(1), '0: kd> g', TIME(11), UPTIME(1), PROMPT, ...many(1)];
    expect(readPool([{ lines }])?.tables).toMatchObject({ restarts: 1, sign: 'uptime', compared: 1 });
    const running = [TIME(9), UPTIME(5), PROMPT, ...many(1), '0: kd> g', TIME(11), UPTIME(7), PROMPT, ...many(1)];
    expect(readPool([{ lines: running }])?.tables).toMatchObject({ restarts: 0, compared: 2 });
  });

  it('is seen by what the log says, by counters, and by sums', () => {
    const log = [
      PROMPT,
      ...many(1),
      '0: kd> g',
      'Shutdown occurred at (Thu Nov 26 10:00:00.000 2026 (UTC + 0:00))...unloading all symbol tables.',
      PROMPT,
      ...many(1),
    ];
    expect(readPool([{ lines: log }])?.tables).toMatchObject({ sign: 'log' });
    expect(readPool([{ lines: many(10) }, { lines: many(1) }])?.tables).toMatchObject({ sign: 'sums', compared: 1 });
    expect(readPool([{ lines: many(10) }, { lines: many(9) }])?.tables).toMatchObject({ sign: null, compared: 2 });
    const snapshot = (allocs: number) =>
      snapshotRows(['A', allocs, 1, 64], ['B', allocs * 2, 1, 64], ['C', allocs, 1, 64]);
    expect(readPool([{ lines: [...snapshot(100), ...snapshot(20)] }])?.tables).toMatchObject({ sign: 'counters' });
  });

  it('leaves the run with most tables', () => {
    const lines = [
      UPTIME(1),
      ...many(1),
      '0: kd> g',
      UPTIME(2),
      ...many(2),
      '0: kd> g',
      UPTIME(3),
      ...many(3),
      '0: kd> g',
      UPTIME(1),
      ...many(1),
    ];
    const tables = readPool([{ lines }])?.tables;
    expect(tables).toMatchObject({ count: 4, compared: 3, restarts: 1 });
    expect(tables?.tags[0]).toMatchObject({ tag: 'T11 ', rises: 2, falls: 0 });
  });
});

describe('PoolMon', () => {
  it('writes snapshots one after another, with one heading or with several', () => {
    const lines = [
      POOLMON_HEADING,
      ...snapshotRows(['Tape', 10, 1, 640], ['Io', 5, 1, 64]),
      ...snapshotRows(['Tape', 20, 1, 1280], ['Io', 6, 2, 64]),
    ];
    const tags = readPool([{ lines }])?.tables?.tags.map(growthOf);
    expect(tags).toEqual(['Tape N 640 -> 1280 (+640) grown', 'Io N 64 -> 64 (+0) same']);
    const headed = lines.toSpliced(
      3,
      0,
      '',
      '!SystemTime=11\\29\\2026 10:00:00.0000 (GMT)',
      '!TickCount=100000',
      POOLMON_HEADING,
    );
    expect(readPool([{ lines: headed }])?.tables).toMatchObject({
      count: 2,
      first: { at: null },
      last: { at: '2026-11-29T10:00:00.000Z' },
    });
  });

  it('has the time that PoolSnap writes between the heading and the rows', () => {
    const at = (hour: number) => [
      `!SystemTime=11\\29\\2026 ${hour}:00:00.0000 (GMT)`,
      `!TickCount=${hour * 3_600_000}`,
    ];
    const lines = [
      POOLMON_HEADING,
      ...at(10),
      ...snapshotRows(['Tape', 10, 1, 640]),
      ...at(12),
      ...snapshotRows(['Tape', 20, 1, 1280]),
    ];
    expect(readPool([{ lines }])?.tables).toMatchObject({ count: 2, hours: 2, restarts: 0 });
  });

  it('shows on its screen what there was room for', () => {
    const screen = (bytes: number, other: string) => [
      ' Memory:  260620K Avail:   65152K  PageFlts:    85   InRam Krnl: 2116K P:19560K',
      ' Tag  Type     Allocs            Frees            Diff   Bytes      Per Alloc',
      '',
      ` Tape Nonp       9112 (   1)      9002 (   0)   110 ${String(bytes).padStart(7)} (    64)     64`,
      ` ${other} Paged      3996 (   0)      3986 (   0)    10  252088 (     0)  25208`,
    ];
    const tables = readPool([{ lines: [...screen(1000, 'One '), ...screen(3000, 'Two ')] }])?.tables;
    expect(tables?.tags.map(growthOf)).toEqual([
      'Tape N 1000 -> 3000 (+2000) grown',
      'One P 252088 -> 252088 (?) once',
      'Two P 252088 -> 252088 (?) once',
    ]);
    expect(tables?.last).toMatchObject({ source: 'poolmon', whole: false });
  });
});

it('counts and shows rows that it cannot read, and then trusts no gap of that table', () => {
  const damaged = usedTable(['Tape', [10, 1000]], ['Lost', [1, 64]]).map((line) =>
    line.startsWith(' Lost') ? line.replace(/\b64\b/, '6?') : line,
  );
  const pool = readPool([{ lines: usedTable(['Lost', [1, 64]], ['Tape', [10, 1000]]) }, { lines: damaged }]);
  expect(pool).toMatchObject({ unreadTotal: 1, unread: [{ log: 1, line: 7 }] });
  expect(pool?.tables?.tags.map(growthOf)).toContain('Lost N 64 -> 64 (?) once');
});
