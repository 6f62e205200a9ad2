import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIALECTS, type DialectName, formatStack, parseCallSite, type StackFrame } from '../../src/kd-text/frames.js';
import { HitReader } from '../../src/stacks/hit-reader.js';
import { LONGEST_LINE } from '../../src/stacks/line-input.js';

const logs = path.resolve(import.meta.dirname, '../../fixtures/logs');
const fixture = (name: string): Buffer => readFileSync(path.join(logs, name));

function read(...chunks: (Uint8Array | string)[]): HitReader {
  const reader = new HitReader();
  for (const chunk of chunks) reader.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  reader.end();
  return reader;
}

/** The stacks of a reader, most hits first, with their call sites as text. */
function stacksOf(reader: HitReader) {
  const { stacks, sites } = reader.findings();
  return [...stacks]
    .sort((a, b) => b.count - a.count || a.first.offset - b.first.offset)
    .map(({ count, bytes, frames }) => ({ count, bytes, frames: frames.map((site) => sites[site]?.text) }));
}

/** All that a reader found, for comparison. */
function findings(reader: HitReader) {
  const { hits, frames, lines, bytes, emptyStacks, cutOff, tags } = reader.findings();
  return {
    ...{ hits, frames, lines, bytes, emptyStacks, cutOff },
    stacks: stacksOf(reader).map(({ count, bytes, frames }) => [count, bytes, frames]),
    drivers: reader.ledger.drivers.ranked,
    callers: reader.ledger.callers.ranked,
    tags: [...tags],
    unread: [reader.unread.total, reader.unread.lines],
  };
}

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
    // Five stacks: three whole, one with a damaged frame, one cut off; a lost header leaves two frames outside.
    expect(found).toMatchObject({ hits: 5, frames: 3 * 9 + 8 + 3, cutOff: true });
    expect(reader.unread.lines.map(({ line, text }) => [line, text.slice(0, 12)])).toEqual([
      [46, '02 fffff880`'],
      [56, ' # RetAddr  '],
      [57, '00 fffff800`'],
      [58, '01 fffff800`'],
      [66, '04 fffff880`'],
    ]);
  });

  it('skips the cold block of the allocator, and user mode is no driver', () => {
    expect(found.callers[0]).toEqual({ name: 'netflow!CFlow<int,Pool>::operator()', hits: 3 });
    expect(found.drivers.map((driver) => driver.name)).toEqual(['netflow', 'leaky', 'nt']);
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
        frames: 1,
        unread: [1, [{ log: 0, line: 4, text: frame }]],
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

const name = fc.stringMatching(/^[A-Za-z_]\w{0,8}$/);
const offset = fc.integer({ min: 1, max: 0xfffff }).map((bytes) => `+0x${bytes.toString(16)}`);
const digits = (count: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${count}}$`));
/** Call sites of every kind, as kd prints them. */
const printed = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(name, name, offset).map(([module, symbol, at]) => `${module}!${symbol}${at}`) },
  fc.tuple(name, name).map(([module, symbol]) => `${module}!${symbol}`),
  fc.tuple(name, offset).map(([module, at]) => `${module}${at}`),
  digits(8).map((address) => `0x${address}`),
  fc.tuple(digits(8), digits(8)).map(([high, low]) => `0x${high}\`${low}`),
  offset.map((at) => `nt! ?? ::FNODOBFM::\`string'${at}`),
  fc.tuple(name, name, offset).map(([module, type, at]) => `${module}!${type}<int,${type}>::operator()${at}`),
  fc.tuple(name, name, offset).map(([module, type, at]) => `${module}!${type}::~${type}${at}`),
);
const notes = fc.option(
  fc.constantFrom('(FPO: [Non-Fpo])', '(FPO: [2,0,4])', '(CONV: stdcall)', '(TrapFrame @ f7d4ed64)'),
  { nil: undefined, freq: 3 },
);
const source = fc.option(fc.constantFrom('d:\\my src\\queue.c @ 41', 'C:\\a\\b[1].cpp @ 7'), {
  nil: undefined,
  freq: 3,
});
const line = fc.record({ printed, notes, source, inline: fc.boolean() });
/** What kd prints between two frames of a stack. */
const noise = fc.constantFrom(
  '',
  'WARNING: Stack unwind information not available. Following frames may be wrong.',
  '*** ERROR: Symbol file could not be found.  Defaulted to export symbols for ntkrnlmp.exe - ',
  '*** WARNING: Unable to verify timestamp for netflt.sys',
  'DBGHELP: c:\\symbols\\netflt.pdb - mismatched pdb',
  'SYMSRV:  c:\\symbols\\netflt.pdb not found',
  'Loading symbols for 0xbe81b000     oldnic.sys -> oldnic.sys',
  'netflt: 17 packets are waiting',
);
// Without numbers and addresses a name alone has to tell a frame from words: that form is tried by itself.
const names = (Object.keys(DIALECTS) as DialectName[]).filter(
  (dialect) => dialect !== 'x64Kc' && dialect !== 'x64KcNumbered' && dialect !== 'x86KcNumbered',
);
const stacks = fc.array(
  fc.record({
    dialect: fc.constantFrom(...names),
    lines: fc.array(line, { minLength: 1, maxLength: 12 }),
    times: fc.integer({ min: 1, max: 4 }),
    address: fc.integer({ min: 0, max: 0xffffffff }),
    between: fc.constantFrom('Breakpoint 0 hit', '0: kd> g', 'nt!MmAllocateSpecialPool:'),
    noise: fc.option(fc.tuple(noise, fc.nat(12)), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('properties', () => {
  it('loses and invents nothing in any dialect', () => {
    fc.assert(
      fc.property(stacks, fc.constantFrom('\n', '\r\n'), (list, end) => {
        let text = '';
        const counts = new Map<string, number>();
        for (const { dialect, lines, times, address, between, noise } of list) {
          const frames = lines.map(({ printed, notes, source, inline }): StackFrame => {
            const word = address.toString(16).padStart(16, '0');
            const site = {
              ...parseCallSite(printed),
              site: printed,
              ...(notes && { notes: [notes] }),
              ...(source && { source }),
            };
            return { ...site, child: word, ret: word, args: [word, word, word, word], inline };
          });
          const key = frames.map((frame) => frame.site).join('\n');
          counts.set(key, (counts.get(key) ?? 0) + times);
          const block = formatStack(frames, DIALECTS[dialect]);
          if (noise) block.splice(1 + (noise[1] % block.length), 0, noise[0]);
          for (let i = 0; i < times; i++) text += [between, ...block, ''].join(end);
        }
        const reader = read(text);
        expect(reader.unread.lines).toEqual([]);
        expect(new Map(stacksOf(reader).map((s) => [s.frames.join('\n'), s.count]))).toEqual(counts);
      }),
    );
  });

  it('does so where nothing but names is printed', () => {
    const plain = fc.tuple(name, name).map(([module, symbol]) => `${module}!${symbol}`);
    fc.assert(
      fc.property(
        fc.array(plain, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('x64Kc', 'x64KcNumbered', 'x86KcNumbered'),
        (sites, form) => {
          const frames = sites.map((site): StackFrame => ({ site, inline: false }));
          const reader = read(
            ['Breakpoint 0 hit', ...formatStack(frames, DIALECTS[form as DialectName]), ''].join('\n'),
          );
          expect(stacksOf(reader)).toMatchObject([{ count: 1, frames: sites }]);
          expect(reader.unread.lines).toEqual([]);
        },
      ),
    );
  });

  const whole = Buffer.concat(
    ['server2003-x86-kb.log', 'windows7-x64-kb-damaged.log'].map((file) =>
      Buffer.concat([fixture(file), Buffer.from('\n')]),
    ),
  );
  it.each([
    ['two logs in one', whole],
    ['UTF-16', fixture('unicode-k.log')],
    ['a line beyond the limit', Buffer.concat([whole, Buffer.alloc(LONGEST_LINE + 70, 0x41), whole])],
  ])('finds the same in %s, however it is cut, in a buffer that is reused', (_, log) => {
    const expected = findings(read(log));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 6 }), (sizes) => {
        const reader = new HitReader();
        const shared = Buffer.alloc(3000);
        for (let at = 0, turn = 0; at < log.length; turn++) {
          const size = Math.min(sizes[turn % sizes.length] ?? 1, log.length - at);
          log.copy(shared, 0, at, at + size);
          reader.push(shared.subarray(0, size));
          // Looking at what leads ends the adding up of hits: it must not change what is found.
          if (turn % 3 === 0) reader.topDriver();
          at += size;
        }
        reader.end();
        expect(findings(reader)).toEqual(expected);
      }),
      { numRuns: 25, examples: [[[1]], [[2, 1, 1]], [[7]]] },
    );
  });

  it('survives any bytes, and accounts for every line', () => {
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(3)), { maxLength: 60 });
    fc.assert(
      fc.property(damage, fc.uint8Array({ maxLength: 200 }), fc.nat(whole.length), (edits, noise, cut) => {
        const log = Buffer.concat([whole.subarray(0, cut), noise, whole.subarray(cut)]);
        for (const [at, byte, kind] of edits) log[at] = kind === 0 ? 0x0a : kind === 1 ? 0 : byte;
        log[0] = 0x4d;
        log[1] = 0x69;
        const reader = read(log);
        const feeds = log.filter((byte) => byte === 0x0a).length;
        expect(reader.lines).toBe(feeds + (log.at(-1) === 0x0a ? 0 : 1));
        expect(reader.frames).toBe(stacksOf(reader).reduce((sum, s) => sum + s.count * s.frames.length, 0));
        expect(reader.hits).toBe(stacksOf(reader).reduce((sum, s) => sum + s.count, 0));
      }),
      { numRuns: 200 },
    );
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
