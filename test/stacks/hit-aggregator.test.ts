import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

const logs = path.resolve(import.meta.dirname, '../../fixtures/logs');

function read(text: string | Buffer): HitReader {
  const reader = new HitReader();
  reader.push(Buffer.from(text));
  reader.end();
  return reader;
}
const fixture = (name: string): HitReader => read(readFileSync(path.join(logs, name)));
const X86 = 'ChildEBP RetAddr  Args to Child';
const frame = (site: string, args = '00000000 00000000 00000000'): string => `f7a1bb38 80892ed6 ${args} ${site}`;

describe('what a hit is', () => {
  const operations = (name: string) => fixture(name).aggregator.stacks.map((stack) => stack.operation);

  it('tells allocations from frees, and does not guess at cold blocks', () => {
    expect(operations('xp-x86-poolhittag-frees.log')).toEqual(['allocation', 'other', 'allocation', 'free', 'free']);
    expect(operations('windows2008r2-x64-poolhittag-cold.log')).toEqual(['pool', 'free']);
    expect(operations('vista-x64-kv-kp-several.log')).toEqual(['allocation', 'free', 'allocation']);
    expect(operations('bugcheck-analyze-x86.log')).toEqual(['other']);
  });

  it('counts a stack that somebody has printed again at the same stop once, and anew after a stop or a command that resumes', () => {
    const stack = `${X86}\n${frame('nt!ExAllocatePoolWithTag')}\n${frame('a!B')}\n`;
    const hits = (between: string): number[] => {
      const { aggregator } = read(`Breakpoint 0 hit\n${stack}${between}${stack}`);
      return [aggregator.hits, aggregator.drivers.top?.hits ?? 0];
    };
    expect(hits('kd> kv\n')).toEqual([2, 1]);
    expect(hits('kd> bp nt!Foo "kb;g"\n')).toEqual([2, 1]);
    // A breakpoint whose commands end in `g` announces no stop: nobody asked for the second stack.
    for (const between of [
      '',
      'kd> g\n',
      'kd> bc 0;g\n',
      'kd> ~0 p\n',
      'Breakpoint 0 hit\n',
      'Waiting to reconnect...\n',
    ])
      expect(hits(between), between).toEqual([2, 2]);
  });

  it('knows the processor from the prompt between stop and stack only', () => {
    const stack = `${X86}\n${frame('a!B')}\n`;
    const { aggregator } = read(
      `3: kd> Breakpoint 0 hit\n${stack}Breakpoint 0 hit\n1: kd> kb\n${stack}kd> g\n${stack}`,
    );
    expect([...aggregator.processors]).toEqual([
      [-1, 2],
      [1, 1],
    ]);
  });

  it('keeps what stopped the target apart', () => {
    const kinds = fixture('xp-x86-poolhittag-frees.log').aggregator.tally.found.map(({ stop, symbol, hits }) => [
      stop?.kind,
      symbol,
      hits,
    ]);
    expect(kinds).toEqual([
      ['exception', 'nt!ExAllocatePoolWithTag+0x6f5', 2],
      ['breakpoint', 'leaky!QueueRequest+0x1c', 1],
      ['exception', 'nt!ExFreePoolWithTag+0x5a2', 2],
    ]);
  });

  it('takes no words of a driver for a stop', () => {
    const stops = (line: string): number => {
      const { aggregator } = read(`${X86}\n${frame('a!B')}\n${line}\n${frame('c!D')}\n`);
      return aggregator.stacks[0]?.frames.length ?? 0;
    };
    expect(stops('Storage request - code c0000005')).toBe(2);
    expect(stops('Storage request - code c0000005 (first chance)')).toBe(1);
    expect(stops('Break instruction exception – code 80000003')).toBe(1);
    expect(stops('WOW64 breakpoint - code 4000001f (first chance)')).toBe(1);
  });

  it('remembers where its text stands, from the stop to the last frame', () => {
    const text = `words\nBreakpoint 0 hit\nnt!X:\n${X86}\n${frame('a!B')}\nwords\n${X86}\n${frame('a!B')}\n`;
    const [stack] = read(text).aggregator.stacks;
    const { first, last } = stack ?? {};
    expect(first && text.slice(first.offset, first.offset + first.length)).toBe(
      `Breakpoint 0 hit\nnt!X:\n${X86}\n${frame('a!B')}\n`,
    );
    expect(last && text.slice(last.offset, last.offset + last.length)).toBe(`${X86}\n${frame('a!B')}\n`);
    expect([first?.line, last?.line]).toEqual([2, 7]);
  });
});

describe('what it asked for', () => {
  const x64 = (...lines: string[]): string =>
    ['Breakpoint 0 hit', 'nt!ExAllocatePoolWithTag:', ...lines, 'Breakpoint 0 hit', ''].join('\n');
  const kb =
    'RetAddr           : Args to Child                                                           : Call Site\n' +
    'fffff880`03e0a11c : 00000000`00000001 00000000`00000010 00000000`206b6444 00000000`00000000 : nt!ExAllocatePoolWithTag\n' +
    'fffff880`03e0b7de : 00000000`00000000 00000000`00000000 00000000`00000000 00000000`00000000 : mydrv!Alloc+0x1c';
  const registers = [
    'rax=0000000000000000 rbx=ffffd08a9d3f1a20 rcx=0000000000000001',
    'rdx=0000000000000230 rsi=0000000000000000 rdi=0000000000000000',
    ' r8=000000006c46744e  r9=0000000000000001 r10=fffff8052c3650f0',
  ];

  it.each([
    ['home slots', x64(kb), 16, 'home-slots', 0x206b6444],
    ['registers before the stack', x64(...registers, kb), 0x230, 'registers', 0x6c46744e],
    ['registers after the stack', x64(kb, ...registers), 0x230, 'registers', 0x6c46744e],
    [
      'registers after the stack, one by one',
      x64(kb, 'rcx=0000000000000001', 'rdx=0000000000000230', 'r8=000000006c46744e', 'r9=0000000000000000'),
      0x230,
      'registers',
      0x6c46744e,
    ],
  ])('by %s', (_, log, bytes, from, tag) => {
    const { aggregator } = read(log);
    expect(aggregator.stacks).toMatchObject([{ count: 1, bytes, sized: 1 }]);
    expect(aggregator.requests.sizesFrom).toEqual([from]);
    expect([...aggregator.requests.tags]).toEqual([[tag, 1]]);
  });

  it('adds up the sizes of many hits of one stack, and leaves out those that cannot be sizes', () => {
    const sizes = [0x10, 0x20, 0xffffffff, 0x30, 0, 0x40];
    const hit = (size: number, tag = '206b6444'): string =>
      `Breakpoint 0 hit\n${X86}\n${frame('nt!MmAllocateSpecialPool', `${size.toString(16).padStart(8, '0')} ${tag} 00000000`)}\n${frame('a!B')}\n`;
    const { aggregator } = read(
      sizes.map((size) => hit(size)).join('') + hit(0x1000, 'ffffffff') + hit(0x50, '31636241'),
    );
    aggregator.drivers.ranked.forEach(({ hits }) => {
      expect(hits).toBe(8);
    });
    expect(aggregator.stacks).toMatchObject([{ count: 8, bytes: 0x10 + 0x20 + 0x30 + 0x40 + 0x50, sized: 5 }]);
    expect([...aggregator.requests.tags]).toEqual([
      [0x206b6444, 4],
      [0x31636241, 1],
    ]);
  });

  it('takes no registers of another function for arguments', () => {
    const log = x64(kb, ...registers).replace('nt!ExAllocatePoolWithTag:', 'nt!KeWaitForSingleObject:');
    expect(read(log).aggregator.stacks[0]?.bytes).toBe(16);
  });

  it('reads ExAllocatePool2 on 64 bits only', () => {
    const line = frame('nt!ExAllocatePool2', '00000040 00000230 206b6444');
    expect(read(`${X86}\n${line}\n`).aggregator.stacks[0]?.sized).toBe(0);
  });
});

describe('what became of it', () => {
  it('matches frees with allocations whose address a register showed', () => {
    const { addresses } = fixture('xp-x86-poolhittag-frees.log').aggregator;
    expect(addresses).toMatchObject({ tracked: 2, freed: 1, unmatchedFrees: 1, reused: 0 });
    // The target rebooted at the end of that log: its addresses say nothing any more.
    expect(addresses.endedByReboot).toBe(1);
    expect([...addresses.live]).toMatchObject([[-1, { stack: 2, bytes: 0x80, at: { line: 32 } }]]);
  });

  it('takes eax for an address only where the allocator has returned to its caller', () => {
    const alloc = `Breakpoint 0 hit\nnt!ExAllocatePoolWithTag:\n${X86}\n${frame('nt!ExAllocatePoolWithTag')}\n${frame('a!B+0x10')}\n`;
    const tracked = (more: string): number => read(`${alloc}${more}`).aggregator.addresses.tracked;
    expect(tracked('eax=e1b0c408\n')).toBe(0);
    expect(tracked('a!B+0x10:\neax=e1b0c408\n')).toBe(1);
    expect(tracked('a!B+0x10:\neax=00000000\n')).toBe(0);
    expect(tracked('c!D+0x10:\neax=e1b0c408\n')).toBe(0);
    expect(tracked('a!B+0x10:\neax=e1b0c408\na!B+0x12:\neax=e1b0c500\n')).toBe(1);
    expect(tracked('Breakpoint 7 hit\na!B+0x14:\neax=e1b0c408 ebx=00000000\n')).toBe(1);
  });
});

describe('facts of the session', () => {
  it('reads times, targets and connections', () => {
    const found = fixture('xp-x86-poolhittag-frees.log').findings();
    expect(found.targets).toEqual(['Windows XP Kernel Version 2600 (Service Pack 3) UP Free x86 compatible']);
    expect(found.connections).toBe(1);
    expect(found.times.map(({ at }) => new Date(at).toISOString())).toEqual([
      '2009-03-14T08:26:53.000Z',
      '2009-03-14T08:56:53.000Z',
    ]);
  });

  it('keeps few times of many, the first and the newest among them', () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => {
      const [date = '', time = ''] = new Date(Date.UTC(2020, 0, 1) + i * 1000).toISOString().slice(0, 19).split('T');
      return `Debug session time: Wed Jan ${Number(date.slice(8))} ${time}.000 2020 (UTC + 0:00)\n`;
    });
    const { times } = read(lines.join('')).findings();
    expect(times.length).toBeLessThan(5000);
    expect(times.length).toBeGreaterThan(1000);
    expect(times[0]?.at).toBe(Date.UTC(2020, 0, 1));
    expect(times.at(-1)?.at).toBe(Date.UTC(2020, 0, 1) + 99_999_000);
  });
});
