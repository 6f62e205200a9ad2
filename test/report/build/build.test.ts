import { describe, expect, it } from 'vitest';
import { buildReport, type Knowledge } from '../../../src/report/build/build.js';
import { parsePoolTags } from '../../../src/report/build/pool-tags.js';
import type { Report } from '../../../src/report/model.js';
import { parseModuleMap, resolver } from '../../../src/stacks/attribute/module-map.js';
import { HitReader } from '../../../src/stacks/read/hit-reader.js';

const KB = 'ChildEBP RetAddr  Args to Child';
const ALLOC = 'f7a1bb38 80892ed6 00000010 206b6444 00000000 nt!MmAllocateSpecialPool';

function report(texts: readonly string[], knowledge: Knowledge = {}): Report {
  const logs = texts.map((text, i) => {
    const reader = new HitReader({ size: text.length });
    reader.push(Buffer.from(text));
    reader.end();
    return { name: `${i}.log`, findings: reader.findings() };
  });
  return buildReport(logs, knowledge);
}
const hit = (site: string): string =>
  `Breakpoint 0 hit\nnt!MmAllocateSpecialPool:\n${KB}\n${ALLOC}\nf7a1bb38 80892ed6 00000000 00000000 00000000 ${site}\n`;
const at = (minute: number): string =>
  `Debug session time: Mon Jun  1 10:${String(minute).padStart(2, '0')}:00.000 2020 (UTC + 2:00)\n`;

describe('a log of --track-frees', () => {
  const asked = (type: string): string =>
    hit('a!B+0x10').replace(KB, `size=00000040 tag=206b6444 type=${type} (livedebug)\nesp=f7a1bb20\n${KB}`);
  const back = 'Breakpoint 2 hit\nnt!ExAllocatePoolWithTag+0x5cf:\nesp=f7a1bb34 eax=e1c44f80\n';

  it('knows what is outstanding though nothing was freed at all', () => {
    const { outstanding, measure, stacks, bytes } = report([`${at(1)}${asked('0')}${back}${at(9)}`]);
    expect(outstanding).toMatchObject({ tracked: 1, freed: 0, count: 1, bytes: 0x40, endedByReboot: 0 });
    expect([measure, bytes?.from]).toEqual(['outstanding', 'printed']);
    expect(stacks[0]?.oldest).toMatchObject({
      place: { log: 0, line: 2 },
      at: expect.stringMatching(/^2020-06-01T08:0/),
    });
  });

  it('names the types of pool, flags and strangers included', () => {
    const { poolTypes } = report([asked('200') + asked('200') + asked('201') + asked('9') + asked('1f')]);
    expect(poolTypes).toEqual([
      { value: '0x200', name: 'NonPagedPoolNx', hits: 2 },
      { value: '0x9', name: 'PagedPool', hits: 1 },
      { value: '0x1f', name: null, hits: 1 },
      { value: '0x201', name: null, hits: 1 },
    ]);
  });
});

describe('several logs', () => {
  it('become one report, and every place names its log', () => {
    const { stacks, logs, hits, read } = report([hit('a!B'), `words\n${hit('c!D')}${hit('a!B')}`]);
    expect(hits).toBe(3);
    expect(logs.map(({ name, hits }) => [name, hits])).toEqual([
      ['0.log', 1],
      ['1.log', 2],
    ]);
    expect(stacks.map(({ count, first, last }) => [count, first.log, first.line, last.log, last.line])).toEqual([
      [2, 0, 1, 1, 7],
      [1, 1, 2, 1, 2],
    ]);
    expect(read.lines).toBe(16);
  });

  it('keeps lines that could not be read with their log', () => {
    expect(report([hit('a!B'), `${KB} : Call\n`]).unread).toMatchObject([{ log: 1, line: 1 }]);
  });
});

describe('what rows are ranked by', () => {
  const tracked = `${hit('a!B+0x10')}a!B+0x10:\neax=e1b0c408\n`;
  const freed = `Breakpoint 1 hit\nnt!ExFreePoolWithTag:\n${KB}\nf7a1bb38 80892ed6 e1b0c500 206b6444 00000000 nt!ExFreePoolWithTag\n`;

  it('is what is outstanding, where that is known of most allocations', () => {
    expect(report([tracked + freed])).toMatchObject({
      measure: 'outstanding',
      outstanding: { tracked: 1, count: 1, unmatchedFrees: 1 },
    });
    expect(report([tracked + freed + hit('c!D').repeat(9)])).toMatchObject({
      measure: 'allocations',
      outstanding: { tracked: 1, allocationsWithoutAddress: 9 },
    });
  });

  it('is allocations without addresses, and hits where nothing is known to allocate', () => {
    expect(report([hit('a!B') + freed])).toMatchObject({
      measure: 'allocations',
      allocations: 1,
      frees: 1,
      outstanding: null,
    });
    expect(report([`Breakpoint 0 hit\n${KB}\nf7a1bb38 80892ed6 00000000 00000000 00000000 a!B\n`])).toMatchObject({
      measure: 'hits',
      hits: 1,
    });
  });
});

describe('callers', () => {
  it('are functions, one row each, with the driver if all of it is for one', () => {
    const through = (driver: string): string =>
      `${hit('nt!IoAllocateMdl+0x5')}f7a1bb38 80892ed6 00000000 00000000 00000000 ${driver}!X\n`;
    const { callers } = report([through('a') + through('b') + hit('c!D')]);
    expect(callers.map(({ name, driver, hits }) => [name, driver, hits])).toEqual([
      ['nt!IoAllocateMdl', null, 2],
      ['c!D', 'c', 1],
    ]);
  });
});

describe('over time', () => {
  it('is over the clock where kd told it around nearly all hits', () => {
    const early = hit('a!B').repeat(40);
    const late = hit('c!D').repeat(120);
    const { over } = report([at(0) + early + at(10) + late + at(20)]);
    expect(over).toMatchObject({ axis: 'time', source: 'kd' });
    expect(over.borders[0]).toBe('2020-06-01T08:00:00.000Z');
    expect(over.borders.at(-1)).toBe('2020-06-01T08:20:00.000Z');
    expect(over.counts.reduce((a, b) => a + b)).toBe(160);
    const half = over.counts.length / 2;
    const first = over.counts.slice(0, half).reduce((a, b) => a + b);
    expect(Math.abs(first - 40)).toBeLessThan(10);
    expect(over.drivers.map(({ name }) => name)).toEqual(['c', 'a']);
  });

  it('is over positions where too many hits lie outside what is known, or no time is', () => {
    for (const text of [
      hit('a!B').repeat(50),
      at(0) + hit('a!B').repeat(50),
      at(0) + hit('a!B') + at(10) + hit('a!B').repeat(200),
    ])
      expect(report([text]).over).toMatchObject({ axis: 'position', source: null });
  });

  it('takes no step back of the clock for time', () => {
    const { over } = report([at(0) + hit('a!B').repeat(50) + at(30) + at(5) + hit('a!B').repeat(2)]);
    expect(over.borders.at(-1)).toBe('2020-06-01T08:30:00.000Z');
  });

  it('takes the times of a session before those of kd', () => {
    const text = hit('a!B').repeat(100);
    const reader = new HitReader({ size: text.length });
    reader.push(Buffer.from(text));
    reader.end();
    const events = [
      { offset: 0, at: Date.UTC(2021, 0, 1) },
      { offset: text.length, at: Date.UTC(2021, 0, 2) },
    ];
    const { over } = buildReport([{ name: 'debug.log', findings: reader.findings(), events }]);
    expect(over).toMatchObject({ axis: 'time', source: 'events' });
    expect(over.counts.reduce((a, b) => a + b)).toBe(100);
  });
});

describe('names for modules without symbols', () => {
  const map = [
    ' mydrv',
    '',
    ' Timestamp is 4a5bc6a4 (Mon Jul 13 23:50:28 2009)',
    '',
    ' Preferred load address is 0000000000010000',
    '',
    '  Address         Publics by Value              Rva+Base               Lib:Object',
    '',
    ' 0001:00000000       DriverEntry                0000000000011000 f   main.obj',
    ' 0001:00000040       _QueueRequest@8            0000000000011040 f   queue.obj',
    ' 0001:00000100       ?Start@CQueue@@QEAAJXZ     0000000000011100 f   queue.obj',
    '',
    ' Static symbols',
    '',
    ' 0001:00000080       Helper                     0000000000011080 f   queue.obj',
  ].join('\r\n');

  it('come from a linker map', () => {
    const resolve = resolver([parseModuleMap(map, undefined) ?? expect.fail('no map')]);
    const { callers, unresolved, stacks } = report([hit('MyDrv+0x1052') + hit('mydrv+0x1080') + hit('other+0x1052')], {
      resolve,
    });
    expect(callers.map(({ name }) => name)).toEqual(['MyDrv!QueueRequest', 'mydrv!Helper', 'other+0x1052']);
    expect(unresolved.map(({ text }) => text)).toEqual(['other+0x1052']);
    expect(stacks[0]?.frames[1]).toEqual({
      text: 'MyDrv!QueueRequest+0x12',
      module: 'MyDrv',
      symbol: 'QueueRequest',
      offset: 0x12,
    });
  });

  it('make one stack of those that symbols and the map name alike', () => {
    const resolve = resolver([parseModuleMap(map, undefined) ?? expect.fail('no map')]);
    expect(report([hit('mydrv+0x1052') + hit('mydrv!QueueRequest+0x12')], { resolve }).stacks).toHaveLength(1);
  });

  it('come from a list of nm, too', () => {
    const list = '00010000 A ___ImageBase\n00011040 T _QueueRequest@8\n00011000 T _DriverEntry@8\n';
    const parsed = parseModuleMap(list, 'mydrv');
    expect(parsed).toEqual({ module: 'mydrv', starts: [0x1000, 0x1040], names: ['DriverEntry', 'QueueRequest'] });
    expect(parseModuleMap(list, undefined)).toBeUndefined();
    expect(parseModuleMap('no map at all\n', 'x')).toBeUndefined();
  });
});

describe('pooltag.txt', () => {
  const text = [
    'rem',
    'rem  Pooltag.txt',
    'rem',
    'Ddk  - mydrv.sys    - Default for driver allocated memory',
    'AcdN - tdi.sys      -     TDI AcdObjectInfoG',
    ' Sc?? - stornvme    - Storage class',
    'R*   - win32k.sys   - GDI objects',
    'Abc - <unknown>     - three characters',
    'no row at all',
  ].join('\r\n');
  const tags = parsePoolTags(text);
  const of = (tag: string) => tags.find([...tag].map((char) => char.charCodeAt(0)));

  it('names driver and purpose, by tag and by prefix', () => {
    expect(of('Ddk ')).toEqual({ driver: 'mydrv.sys', description: 'Default for driver allocated memory' });
    expect(of('AcdN')?.description).toBe('TDI AcdObjectInfoG');
    expect(of('ScXy')?.driver).toBe('stornvme');
    expect(of('Rxyz')?.driver).toBe('win32k.sys');
    expect(of('Abc\0')?.driver).toBe('<unknown>');
    expect(of('Zzzz')).toBeUndefined();
    expect(of('ddk ')).toBeUndefined();
  });

  it('is in the report', () => {
    expect(report([hit('a!B')], { poolTags: tags }).tags).toMatchObject([
      { tag: 'Ddk ', owner: { driver: 'mydrv.sys' } },
    ]);
    expect(report([hit('a!B')]).tags).toMatchObject([{ owner: null }]);
  });
});

it('reads a pooltag.txt that is made to be slow to read', () => {
  const blanks = ' '.repeat(100_000);
  const text = [`a -${blanks}-${blanks}x - `, ` a a a ${blanks}- ${blanks}-`, `a - ${'b - '.repeat(50_000)}\t`].join(
    '\n',
  );
  const began = performance.now();
  parsePoolTags(text);
  expect(performance.now() - began).toBeLessThan(2000);
});
