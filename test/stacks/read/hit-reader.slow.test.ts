import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../src/kd-text/frames/frames.js';
import { HitReader } from '../../../src/stacks/read/hit-reader.js';
import { LONGEST_LINE } from '../../../src/stacks/read/line-input.js';
import { findings, fixture, read, stacksOf } from '../reading.js';

describe('an x86 log of Server 2003', () => {
  const found = findings(read(fixture('server2003-x86-kb.log')));

  it('counts every stack, the one asked for by hand included', () => {
    expect(found).toMatchObject({ hits: 5, frames: 3 * 8 + 6 + 5, unread: [0, []], tags: [[0x206b6444, 5]] });
  });

  it('attributes them', () => {
    expect(found.drivers).toEqual([
      { name: 'leaky', hits: 3 },
      { name: 'filt', hits: 1 },
      { name: 'nt', hits: 1 },
    ]);
    expect(found.callers).toEqual([
      { name: 'leaky!QueueRequest', hits: 3 },
      { name: 'filt+0x1b10', hits: 1 },
      { name: 'nt!CmpAllocateKeyControlBlock', hits: 1 },
    ]);
  });

  it('adds up the sizes, and leaves the source paths out of the call sites', () => {
    expect(found.stacks[0]?.slice(0, 2)).toEqual([3, 0x48 + 0x48 + 0x50]);
    expect(found.stacks[0]?.[2]).toContain('leaky!QueueRequest+0x2e');
  });
});

describe('an x64 log with damage', () => {
  const reader = read(fixture('windows7-x64-kb-damaged.log'));
  const found = findings(reader);

  it('reads what is whole and lists the rest by line', () => {
    // Six stacks: three whole, one with a damaged frame, one whose header is damaged, one cut off.
    expect(found).toMatchObject({ hits: 6, frames: 3 * 9 + 8 + 2 + 3, cutOff: true });
    expect(reader.unread.lines.map(({ line, text }) => [line, text.slice(0, 12)])).toEqual([
      [46, '02 fffff880`'],
      [56, ' # RetAddr  '],
      [66, '04 fffff880`'],
    ]);
  });

  it('skips the cold block of the allocator, and user mode is no driver', () => {
    expect(found.callers[1]).toEqual({ name: 'netflow!CFlow<int,Pool>::operator()', hits: 2 });
    expect(found.drivers.map((driver) => driver.name)).toEqual(['(driver not certain)', 'netflow', 'leaky', 'nt']);
  });

  it('believes sizes in home slots only beside a readable tag', () => {
    expect(found.stacks[0]?.[1]).toBe(2 * 0x48);
    expect(reader.findings().sizesFrom).toEqual(['home-slots']);
    const doubtful = fixture('windows7-x64-kb-damaged.log').toString('latin1').replaceAll('`206b6444', '`ffff8801');
    expect(read(Buffer.from(doubtful, 'latin1')).findings().tags.size).toBe(0);
  });
});

describe('encodings', () => {
  it('reads UTF-16 with its mark, without it, and in the other byte order', () => {
    const log = fixture('unicode-k.log');
    const swapped = Buffer.from(log).swap16();
    for (const form of [log, log.subarray(2), swapped]) {
      const found = findings(read(form));
      expect(found).toMatchObject({ hits: 1, frames: 2, drivers: [{ name: 'größe', hits: 1 }] });
    }
  });

  it('reads a UTF-8 mark, code pages, NUL bytes and every line end', () => {
    const stack = 'ChildEBP RetAddr  \nf1 \nf5f3ed10 805999b8 gr\xf6\xdfe!Start+0x1 \n';
    expect(findings(read(Buffer.from(stack, 'latin1'))).drivers).toEqual([{ name: 'größe', hits: 1 }]);
    expect(findings(read('\ufeffChildEBP RetAddr  \r\r\nf5f3ed10 805999b8 a!B\r\r\n')).frames).toBe(1);
    expect(findings(read('\0\0\0\0\0\0ChildEBP RetAddr  \nf5f3ed10 80\u00005999b8 a!B\n')).frames).toBe(1);
  });
});

describe('what a stack is', () => {
  const header = DIALECTS.x86Kb.header;
  const frame = 'f7a1bb38 80892ed6 00000048 206b6444 00000000 leaky!Start+0x1';

  it('counts a hit with its first frame, before the stack is complete', () => {
    const reader = new HitReader();
    reader.push(Buffer.from(`${header}\n`));
    expect(reader.hits).toBe(0);
    reader.push(Buffer.from(`${frame}\n`));
    expect(reader.hits).toBe(1);
    expect(reader.topDriver()).toBeUndefined();
    reader.push(Buffer.from('Breakpoint 0 hit\n'));
    expect(reader.hits).toBe(1);
    expect(reader.topDriver()).toEqual({ name: 'leaky', hits: 1 });
    expect(reader.topCaller()).toEqual({ name: 'leaky!Start', hits: 1 });
  });

  it('is over at a stop, a command or another header, and not at text', () => {
    for (const line of [
      'Breakpoint 1 hit',
      'nt!KeBugCheck:',
      '0: kd> bl',
      'kd>',
      'Break instruction exception - code 80000003 (first chance)',
    ])
      expect(findings(read(`${header}\n${frame}\n${line}\n${frame}\n`)), line).toMatchObject({
        hits: 2,
        frames: 2,
        unread: [0, []],
      });
    for (const line of ['', 'leaky: some words', '*** ERROR: Symbol file could not be found.', '........'])
      expect(findings(read(`${header}\n${frame}\n${line}\n${frame}\n`)), line).toMatchObject({ hits: 1, frames: 2 });
    expect(read(`${header}\n${frame}\n${header}\n${frame}\n`).hits).toBe(2);
    expect(read(`${header}\n${frame}\n0: kd> ${frame}\n`).frames).toBe(2);
  });

  it('begins anew at frame number 0, if a header was lost', () => {
    const numbered = `00 ${frame}\n01 ${frame}\n`;
    expect(findings(read(`${DIALECTS.x86KbNumbered.header}\n${numbered}${numbered}`))).toMatchObject({
      hits: 2,
      frames: 4,
    });
  });

  it('takes a log that stops at a prompt for whole, and at anything else for cut off', () => {
    expect(read(`${header}\n${frame}\n0: kd> `).cutOff).toBe(false);
    expect(read(`${header}\n${frame}\nf7a1`).cutOff).toBe(true);
    expect(read(`${header}\n${frame}\n`).cutOff).toBe(false);
  });

  it('notes headers without frames', () => {
    expect(findings(read(`${header}\n${header}\n`))).toMatchObject({ hits: 0, emptyStacks: 2 });
  });

  it('lists a line that is too long, and reads on', () => {
    const found = findings(read(`${'x'.repeat(LONGEST_LINE + 1)}\n${header}\n${frame}\n`));
    expect(found).toMatchObject({ hits: 1, lines: 3, unread: [1, [{ line: 1 }]] });
    expect(findings(read(`${'x'.repeat(LONGEST_LINE)}\n`)).unread[0]).toBe(0);
  });

  it('gives kp parameters and addresses in notes no stack of their own', () => {
    const line = (i: number): string => `f5f3ed10 805999b8 a!B(int n = 0n${i})+0x1 (TrapFrame @ 8000${i})`;
    const reader = read(...[1, 2, 3].map((i) => `ChildEBP RetAddr  \n${line(i)}\n`));
    expect(stacksOf(reader)).toMatchObject([{ count: 3, frames: ['a!B+0x1'] }]);
  });
});

it('keeps a flat memory over 100,000 hits', () => {
  const log = fixture('server2003-x86-kb.log');
  const reader = new HitReader();
  for (let i = 0; i < 20; i++) reader.push(log);
  const stacksThen = stacksOf(reader).length;
  const heapThen = process.memoryUsage().heapUsed;
  for (let i = 0; i < 20_000; i++) reader.push(log);
  reader.end();
  expect(reader.hits).toBe(5 * 20_020);
  expect(stacksOf(reader)).toHaveLength(stacksThen);
  expect(process.memoryUsage().heapUsed - heapThen).toBeLessThan(60e6);
});

it('keeps a flat memory over 1,500,000 different words of a driver', () => {
  const reader = new HitReader();
  const words = (from: number): Buffer =>
    Buffer.from(Array.from({ length: 10_000 }, (_, i) => `netflt: packet ${from + i} is waiting\n`).join(''));
  reader.push(words(0));
  const before = process.memoryUsage().rss;
  for (let i = 1; i < 150; i++) reader.push(words(i * 10_000));
  reader.end();
  expect(reader.lines).toBe(1_500_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(80e6);
});

it('does not take quadratic time over hostile lines', () => {
  const hostile = [
    '[ '.repeat(8000),
    ' '.repeat(60_000),
    '(FPO: '.repeat(9000),
    'a!'.repeat(30_000),
    '0 '.repeat(30_000),
  ];
  const started = performance.now();
  for (const tail of hostile) read(`ChildEBP RetAddr  \nf5f3ed10 805999b8 a!B${tail}x\n${tail}\nf5f3ed10 ${tail}\n`);
  expect(performance.now() - started).toBeLessThan(5000);
});
