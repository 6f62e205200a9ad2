import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseUnwindInfo, unwindInfoBytes } from '../../../src/kd/unwind/unwind-info.js';
import type { UnwindSource } from '../../../src/kd/unwind/unwind-source.js';
import { walkX64 } from '../../../src/kd/unwind/x64.js';
import { parseEpilogue } from '../../../src/kd/unwind/x64-epilogue.js';
import { unwindFromFile, unwindFromMemory } from '../../../src/kd/unwind/x64-source.js';
import { walkX86 } from '../../../src/kd/unwind/x86.js';
import { BASE, registers, STACK } from './made-x64.js';

const LIMIT = 30;
const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map((each) => Buffer.from(each));

/** Memory of random bytes from some address on; counts reads, of which a walk may not need many. */
function randomMemory(content: Buffer, base: bigint) {
  const memory = {
    reads: 0,
    async read(address: bigint, length: number) {
      memory.reads++;
      const from = Number(address - base);
      return from >= 0 && from + length <= content.length ? content.subarray(from, from + length) : undefined;
    },
    entering: () => {},
  };
  return memory;
}

test('UNWIND_INFO of any bytes is read or refused', () => {
  fc.assert(
    fc.property(bytes(200), (content) => {
      const info = parseUnwindInfo(content);
      if (info) expect(unwindInfoBytes(content)).toBeLessThanOrEqual(content.length);
      parseEpilogue(content, 5);
    }),
  );
});

test('a stack walked by any unwind data ends', async () => {
  /** Words that lead back into the module or the stack make for the most trouble. */
  const word = fc.oneof(
    fc.nat(0xfff).map((rva) => BASE + BigInt(rva)),
    fc.nat(0x400).map((offset) => STACK + BigInt(offset)),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { maxLength: 120 }),
      bytes(0x1000),
      fc.array(word, { minLength: 16, maxLength: 16 }),
      async (words, image, values) => {
        const content = Buffer.alloc(words.length * 8);
        words.forEach((value, index) => {
          content.writeBigUInt64LE(value, index * 8);
        });
        const stack = randomMemory(content, STACK);
        const source: UnwindSource = {
          entry: async (rva) =>
            rva % 5 === 0 ? undefined : { begin: rva & ~0xff, end: (rva & ~0xff) + 256, unwind: rva },
          info: async (rva) =>
            rva % 7 === 0
              ? image.subarray(rva)
              : Buffer.concat([
                  Buffer.of(1 | ((rva & 4) << 3), 4, rva % 8, rva & 255),
                  image.subarray(rva, rva + 64),
                  Buffer.alloc(64),
                ]),
          code: async (rva, length) => image.subarray(rva, rva + length),
        };
        const moduleAt = async (address: bigint) =>
          address >= BASE && address < BASE + 0x1000n ? { base: BASE, unwind: source } : undefined;
        const gp = values.with(4, STACK);
        const frames = await walkX64({ rip: BASE + 0x123n, gp }, stack, moduleAt, { limit: LIMIT, user: true });
        expect(frames.length).toBeGreaterThan(0);
        expect(frames.length).toBeLessThanOrEqual(LIMIT);
      },
    ),
    { numRuns: 400 },
  );
});

test('an info chained to itself ends', async () => {
  const info = Buffer.from([0x21, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0]);
  const entry = { begin: 0, end: 0x100, unwind: 0x200 };
  const source: UnwindSource = {
    entry: async () => entry,
    info: async () => info,
    code: async () => Buffer.from([0xe9, 0, 1, 0, 0]),
  };
  const stack = randomMemory(Buffer.alloc(64), STACK);
  const frames = await walkX64(
    { rip: BASE + 0x10n, gp: registers() },
    stack,
    async () => ({ base: BASE, unwind: source }),
    { limit: LIMIT },
  );
  expect(frames).toMatchObject([{ returnAddress: 0n }]);
});

test('an x86 stack of any words, frame data and code ends', async () => {
  const SP = 0xf370_c000n;
  const word = fc.oneof(
    fc.nat(0x200).map((offset) => 0xf370_c000 + offset * 4),
    fc.nat(0xfff).map((offset) => 0x8040_0000 + offset),
    fc.constant(0xbadb_0d00),
    fc.nat(0xffff_ffff),
  );
  const program = fc
    .array(fc.constantFrom('$T0', '$ebp', '$esp', '$eip', '.raSearch', '4', '^', '+', '-', '='), { maxLength: 16 })
    .map((words) => words.join(' '));
  const record = fc.record({
    rva: fc.constant(0),
    locals: fc.nat(64),
    params: fc.nat(64),
    savedRegisters: fc.nat(16),
    usesBp: fc.boolean(),
    frame: fc.constantFrom('fpo' as const, 'trap' as const, 'tss' as const, 'ebp' as const),
    isFunctionStart: fc.boolean(),
    program: fc.oneof(program, fc.constant('$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + ='), fc.constant('')),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { maxLength: 200 }),
      fc.array(record, { maxLength: 8 }),
      bytes(64),
      word,
      async (words, records, code, ebp) => {
        const content = Buffer.from(Uint32Array.from(words).buffer);
        const stack = randomMemory(content, SP);
        const frames = await walkX86(
          { eip: 0x8040_0000n, esp: SP, ebp: BigInt(ebp) },
          stack,
          {
            recordAt: async (pc) => {
              const found = records[Number(pc % 11n)];
              return found && { record: found, offset: Number(pc % 3n) };
            },
            isCode: async (address) => address >> 12n === 0x80400n,
            bytes: async (address, length) => code.subarray(Number(address % 32n), Number(address % 32n) + length),
            isStart: async (address) => address % 13n === 1n,
            isKnown: async (address) => address % 2n === 0n,
          },
          { limit: LIMIT, user: true },
        );
        expect(frames.length).toBeGreaterThan(0);
        expect(frames.length).toBeLessThanOrEqual(LIMIT);
        expect(stack.reads).toBeLessThan(LIMIT * 30);
      },
    ),
    { numRuns: 400 },
  );
});

describe('damaged tables', () => {
  test('a search in a table of any bytes ends', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1200, maxLength: 1200 }),
        fc.nat(0xffff_ffff),
        fc.nat(0xffff),
        async (content, rva, size) => {
          let reads = 0;
          const source = unwindFromMemory(
            async (at, length) => {
              reads++;
              return Buffer.from(content.subarray(at, at + length));
            },
            { rva: 0, size: 1200 },
            size,
          );
          await source.entry(rva).catch(() => undefined);
          expect(reads).toBeLessThan(40);
        },
      ),
    );
  });

  test('a file of any bytes is no image', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(0x400), async (content) => {
        expect(await unwindFromFile(async (at, length) => content.subarray(at, at + length))).toBeUndefined();
      }),
    );
  });
});
