import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DIALECTS,
  type DialectName,
  formatStack,
  parseCallSite,
  type StackFrame,
} from '../../src/kd-text/frames/frames.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';
import { LONGEST_LINE } from '../../src/stacks/read/line-input.js';
import { findings, fixture, read, stacksOf } from './reading.js';

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
        const read_ = (frames: readonly (string | undefined)[]) => frames.filter((text) => !text?.startsWith('('));
        expect(reader.frames).toBe(stacksOf(reader).reduce((sum, s) => sum + s.count * read_(s.frames).length, 0));
        const { stacks, breakIns } = reader.findings();
        expect(reader.stacks).toBe(stacks.reduce((sum, s) => sum + s.count, 0));
        expect(reader.hits).toBe(stacks.reduce((sum, s) => sum + s.count - s.repeats, -breakIns));
      }),
      { numRuns: 200 },
    );
  });
});
