import { describe, expect, test } from 'vitest';
import type { FrameRecord } from '../../../src/kd/unwind/frame-record.js';
import { type Registers86, walkX86 } from '../../../src/kd/unwind/x86.js';
import type { Code86 } from '../../../src/kd/unwind/x86-state.js';

const SP = 0xf370_c000n;
const CODE = 0x8040_0000n;
/** From here on, memory that is no stack can be read. */
const FAR = 0x2_0000;
const MARK = 0xbadb_0d00n;
const word = (index: number) => SP + BigInt(index * 4);

const fpo = (changes: Partial<FrameRecord> = {}): FrameRecord => ({
  rva: 0,
  locals: 0,
  params: 0,
  savedRegisters: 0,
  usesBp: false,
  frame: 'fpo',
  isFunctionStart: true,
  ...changes,
});

interface Made {
  readonly words: readonly bigint[];
  readonly registers?: Partial<Registers86>;
  /** Records by the 256 bytes that they are about. */
  readonly records?: Readonly<Record<string, FrameRecord>>;
  /** Code from the pc on, and the byte before it. */
  readonly code?: string;
  readonly before?: number;
  readonly starts?: readonly bigint[];
  readonly known?: boolean;
  readonly limit?: number;
  readonly user?: boolean;
}

/** Code is at CODE, and user code at 7c90xxxx. */
async function walk({
  words,
  registers = {},
  records = {},
  code = '90',
  before = 0x90,
  starts = [],
  known = true,
  limit = 20,
  user = false,
}: Made) {
  const memory = Buffer.alloc(words.length * 4);
  words.forEach((value, index) => {
    memory.writeUInt32LE(Number(value), index * 4);
  });
  const bytes = Buffer.from(code.replaceAll(' ', ''), 'hex');
  const isCode = (address: bigint) => address >> 20n === CODE >> 20n || address >> 16n === 0x7c90n;
  const about: Code86 = {
    recordAt: async (pc) => {
      const record = records[(pc >> 8n).toString(16)];
      return record && { record, offset: Number(pc & 0xffn) };
    },
    isCode: async (address) => isCode(address),
    bytes: async (address, length) =>
      address % 0x100n === 0x0fn
        ? Buffer.of(before)
        : Buffer.concat([bytes, Buffer.alloc(length, 0xcc)]).subarray(0, length),
    isStart: async (address) => starts.includes(address),
    isKnown: async () => known,
  };
  const stack = {
    async read(address: bigint, length: number) {
      const from = Number(address - SP);
      if (from >= FAR) return Buffer.alloc(length, 0x80);
      return from >= 0 && from + length <= memory.length ? memory.subarray(from, from + length) : undefined;
    },
    entering: () => {},
  };
  return walkX86({ eip: CODE + 0x110n, esp: SP, ebp: word(4), ...registers }, stack, about, { limit, user });
}

/** A frame at word 4 whose caller's EBP is 0, and some words above. */
const chain = [1n, 2n, 3n, 4n, 0n, CODE + 0x250n, 0xa1n, 0xa2n, 0xa3n, 0n, 0n, 0n, 0n];

describe('where it stopped', () => {
  const ends = (...pcs: bigint[]) => pcs.map((pc) => ({ pc }));

  test('within a function, by EBP', async () => {
    expect(await walk({ words: chain })).toMatchObject([
      {
        pc: CODE + 0x110n,
        exact: true,
        frameAddress: word(4),
        returnAddress: CODE + 0x250n,
        args: [0xa1n, 0xa2n, 0xa3n],
      },
      { pc: CODE + 0x250n, exact: false, frameAddress: 0n, returnAddress: 0n, args: undefined },
    ]);
  });

  test.each(['8b ff 55 8b ec', '89 ff 55 89 e5', '55 8b ec', '55 89 e5'])(
    'at the first instruction: %s',
    async (code) => {
      const frames = await walk({ words: [CODE + 0x330n, 1n, 2n, 3n, ...chain.slice(4)], code });
      expect(frames).toMatchObject(ends(CODE + 0x110n, CODE + 0x330n, CODE + 0x250n));
      expect(frames[0]).toMatchObject({ frameAddress: SP - 4n, args: [1n, 2n, 3n] });
    },
  );

  test.each(['8b ec', '89 e5'])('after push ebp: %s', async (code) => {
    const words = [word(4), CODE + 0x330n, 1n, 2n, ...chain.slice(4)];
    const frames = await walk({ words, code, before: 0x55, registers: { ebp: word(4) } });
    expect(frames).toMatchObject(ends(CODE + 0x110n, CODE + 0x330n, CODE + 0x250n));
    expect(frames[0]).toMatchObject({ frameAddress: SP, args: [1n, 2n, 0n] });
  });

  test('where symbols begin a function whose code does not tell', async () => {
    const words = [CODE + 0x330n, 1n, 2n, 3n, ...chain.slice(4)];
    expect(await walk({ words, code: '6a 30 68', starts: [CODE + 0x110n] })).toHaveLength(3);
    expect(await walk({ words, code: '6a 30 68' })).toHaveLength(2);
  });

  test.each([
    ['5e 5d c2 08 00', [0x66n, word(9)]],
    ['83 c4 04 5f 5d c3', [1n, 0x77n, word(9)]],
    ['81 c4 08 00 00 00 33 c0 5d c3', [1n, 2n, word(9)]],
    ['5f b8 01 00 00 00 5d e9 00 00 00 00', [0x77n, word(9)]],
    ['59 89 d8 5d ff 25 00 00 00 00', [1n, word(9)]],
    ['c3', []],
  ])('at the end of a function: %s', async (code, before) => {
    const words = [
      ...before,
      CODE + 0x330n,
      ...Array<bigint>(8 - before.length).fill(5n),
      0n,
      CODE + 0x250n,
      1n,
      1n,
      1n,
    ];
    const frames = await walk({ words, code, registers: { ebp: before.length === 0 ? word(9) : 0xffff_0000n } });
    expect(frames).toMatchObject(ends(CODE + 0x110n, CODE + 0x330n, CODE + 0x250n));
  });

  test.each(['c9 c3', '8b e5 5d c3', '8d 65 00 5d c3', '8d a5 00 00 00 00 5d c3'])('by EBP still: %s', async (code) => {
    expect(await walk({ words: chain, code })).toMatchObject(ends(CODE + 0x110n, CODE + 0x250n));
  });

  test.each(['5e e8 00 00 00 00 c3', 'eb 05', 'e9 00 00 00 00', '5c c3', '31 f6 c3'])('%s is no end', async (code) => {
    expect(await walk({ words: chain, code })).toMatchObject(ends(CODE + 0x110n, CODE + 0x250n));
  });
});

describe('frame data', () => {
  const records = (record: FrameRecord) => ({ [((CODE >> 8n) | 1n).toString(16)]: record });

  test('FPO_DATA: saved registers and locals lie below the return address', async () => {
    const words = [9n, 9n, 9n, CODE + 0x330n, 0xa1n, 0xa2n, 0xa3n, 0n, 0n, CODE + 0x250n, 0n, 0n, 0n];
    const frames = await walk({
      words,
      records: records(fpo({ locals: 8, savedRegisters: 4, params: 8 })),
      registers: { ebp: word(8) },
    });
    expect(frames).toMatchObject([
      { frameAddress: word(2), returnAddress: CODE + 0x330n, args: [0xa1n, 0xa2n, 0xa3n], note: 'fpo' },
      { frameAddress: word(8), returnAddress: CODE + 0x250n },
      { returnAddress: 0n },
    ]);
    expect(frames[0]?.fpo).toEqual({ params: 2, locals: 2, savedRegs: 1, usesBp: false, nonFpo: false });
  });

  test('FPO_DATA that saves EBP: it was pushed after EBX', async () => {
    // edi, esi, ebp, ebx as saved.
    const words = [7n, 6n, word(8), 3n, CODE + 0x330n, 0n, 0n, 0n, 0n, CODE + 0x250n, 0n, 0n, 0n];
    const frames = await walk({
      words,
      records: records(fpo({ savedRegisters: 16, usesBp: true })),
      registers: { ebp: 0x1234n },
    });
    expect(frames.map(({ pc }) => pc)).toEqual([CODE + 0x110n, CODE + 0x330n, CODE + 0x250n]);
  });

  test('arguments pushed for a call lie below the caller’s own frame', async () => {
    const program = '$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =';
    const all = {
      [((CODE >> 8n) | 1n).toString(16)]: fpo({ params: 8 }),
      [((CODE >> 8n) | 3n).toString(16)]: fpo({ locals: 4, program }),
    };
    // The two arguments look like code: only their number tells.
    const words = [CODE + 0x330n, CODE + 1n, CODE + 2n, 9n, CODE + 0x250n, 0n, 0n, 0n];
    const frames = await walk({ words, records: all, registers: { ebp: 0n } });
    expect(frames.map(({ pc }) => pc)).toEqual([CODE + 0x110n, CODE + 0x330n, CODE + 0x250n]);
    // Where the callee's parameters are not known, the return address is looked for.
    const also = { ...all, [((CODE >> 8n) | 1n).toString(16)]: fpo({ params: 8, program }) };
    expect(await walk({ words, records: also, registers: { ebp: 0n } })).toEqual(frames);
    const vague = [CODE + 0x330n, 1n, 2n, 9n, CODE + 0x250n, 0n, 0n, 0n];
    const searched = await walk({
      words: vague,
      records: { ...all, [((CODE >> 8n) | 1n).toString(16)]: fpo() },
      registers: { ebp: 0n },
    });
    expect(searched.map(({ pc }) => pc)).toEqual([CODE + 0x110n, CODE + 0x330n, CODE + 0x250n]);
  });

  test('at the first instruction of its stretch nothing has been pushed', async () => {
    const words = [CODE + 0x330n, 1n, 2n, 3n, 0n, CODE + 0x250n, 1n, 1n, 1n];
    const frames = await walk({
      words,
      records: records(fpo({ savedRegisters: 8 })),
      registers: { eip: CODE + 0x100n },
    });
    expect(frames.map(({ pc }) => pc)).toEqual([CODE + 0x100n, CODE + 0x330n, CODE + 0x250n]);
  });

  test('a call that does not return may be the last instruction of its function', async () => {
    const next = { [((CODE >> 8n) | 3n).toString(16)]: fpo({ locals: 4 }), [((CODE >> 8n) | 4n).toString(16)]: fpo() };
    const words = [CODE + 0x400n, 9n, CODE + 0x250n, 0n, 0n, 0n, 0n];
    const frames = await walk({ words, records: next, code: 'c3', registers: { ebp: 0n } });
    expect(frames.map(({ pc }) => pc)).toEqual([CODE + 0x110n, CODE + 0x400n, CODE + 0x250n]);
    expect(frames[1]?.fpo?.locals).toBe(1);
  });

  test('frame data that leads nowhere gives way to EBP', async () => {
    for (const program of ['$eip 4 ^ =', '$esp $esp 4 - = $eip 4 =', 'nonsense'])
      expect((await walk({ words: chain, records: records(fpo({ program })) }))[1]?.pc).toBe(CODE + 0x250n);
    expect((await walk({ words: chain, records: records(fpo({ frame: 'ebp' })) }))[0]).toMatchObject({
      returnAddress: CODE + 0x250n,
      fpo: { nonFpo: true },
    });
  });
});

/** A KTRAP_FRAME with EBP and EIP both in front and where the processor's are. */
function trapFrame(ebp: bigint, eip: bigint, cs: bigint, ...after: bigint[]): bigint[] {
  const words = Array<bigint>(0x74 / 4).fill(0n);
  [words[0], words[1], words[2]] = [ebp, eip, MARK];
  [words[0x60 / 4], words[0x68 / 4], words[0x6c / 4], words[0x70 / 4]] = [ebp, eip, cs, 0x202n];
  return [...words, ...after];
}

describe('trap frames', () => {
  const inEntry = { eip: CODE + 0x110n, ebp: word(2) };

  test('to user mode, whose first frame is shown and not followed', async () => {
    const words = [1n, 2n, ...trapFrame(0x12_f8a8n, 0x7c90_e514n, 0x1bn, 0x12_f800n, 0x23n)];
    expect(await walk({ words, registers: inEntry })).toEqual([
      {
        pc: CODE + 0x110n,
        exact: true,
        frameAddress: word(2),
        returnAddress: 0x7c90_e514n,
        args: [MARK, 0n, 0n],
        note: 'trap-frame',
        trapFrame: word(2),
      },
      { pc: 0x7c90_e514n, exact: true, frameAddress: 0x12_f8a8n, returnAddress: 0n, args: undefined },
    ]);
  });

  test('within the kernel: the stack goes on above it', async () => {
    const words = [1n, 2n, ...trapFrame(word(40), CODE + 0x330n, 8n, 5n, 6n)];
    const padded = [...words, ...Array<bigint>(40 - words.length).fill(0n), 0n, CODE + 0x250n, 1n, 2n, 3n];
    expect(await walk({ words: padded, registers: inEntry })).toMatchObject([
      { note: 'trap-frame' },
      { pc: CODE + 0x330n, exact: true, returnAddress: CODE + 0x250n },
      { returnAddress: 0n },
    ]);
  });

  test('a function called with EBP at a trap frame is no trap', async () => {
    const words = [CODE + 0x330n, 2n, ...trapFrame(0x12_f8a8n, 0x7c90_e514n, 0x1bn, 0x12_f800n, 0x23n)];
    const frames = await walk({ words, registers: inEntry, code: '8b ff 55 8b ec' });
    expect(frames.map(({ pc }) => pc)).toEqual([CODE + 0x110n, CODE + 0x330n, 0x7c90_e514n]);
  });

  test('a record of one gives it the ChildEBP and arguments of what it called', async () => {
    const words = [
      word(8),
      CODE + 0x330n,
      1n,
      2n,
      3n,
      0n,
      0n,
      0n,
      ...trapFrame(0x12_f8a8n, 0x7c90_e514n, 0x1bn, 0n, 0x23n),
    ];
    const frames = await walk({
      words,
      registers: { ebp: SP },
      records: { [((CODE >> 8n) | 3n).toString(16)]: fpo({ frame: 'trap' }) },
    });
    expect(frames).toMatchObject([
      { frameAddress: SP, args: [1n, 2n, 3n] },
      { frameAddress: SP, args: [1n, 2n, 3n], trapFrame: word(8), returnAddress: 0x7c90_e514n },
      { pc: 0x7c90_e514n },
    ]);
  });
});

describe('where a stack ends', () => {
  test('at user mode without a trap frame', async () => {
    const frames = await walk({ words: [0n, 0n, 0n, 0n, 0x12_ffb0n, 0x7c93_007en, 1n, 2n, 3n] });
    expect(frames).toMatchObject([
      { returnAddress: 0x7c93_007en },
      { pc: 0x7c93_007en, frameAddress: 0x12_ffb0n, returnAddress: 0n },
    ]);
  });

  test.each([
    ['does not rise', word(2)],
    ['is far away', SP + 0x2_0000n],
    ['leaves the bytes that are there', word(400)],
    ['is a user address', 0x12_0000n],
  ])('where EBP %s: the return address is still a frame', async (_, ebp) => {
    const words = chain.with(4, ebp);
    expect(await walk({ words })).toMatchObject([
      { pc: CODE + 0x110n },
      { pc: CODE + 0x250n, frameAddress: ebp, returnAddress: 0n },
    ]);
    // Where a thread was made to begin, nobody called.
    expect(await walk({ words, starts: [CODE + 0x250n] })).toHaveLength(1);
    expect(await walk({ words: words.with(5, 0x9000_0000n) })).toHaveLength(1);
  });

  test('at a return address of 0, and at the limit', async () => {
    expect(await walk({ words: chain.with(5, 0n) })).toMatchObject([{ returnAddress: 0n }]);
    const long = Array.from({ length: 80 }, (_, index) => (index % 2 === 0 ? word(index + 2) : CODE + 0x250n));
    expect(await walk({ words: long, registers: { ebp: SP }, limit: 7 })).toHaveLength(7);
  });

  test('frames of modules without symbols are guesses, unless the code itself tells', async () => {
    expect((await walk({ words: chain, known: false })).map(({ note }) => note)).toEqual([
      'no-unwind-info',
      'no-unwind-info',
    ]);
    const sure = await walk({ words: [CODE + 0x330n, ...chain.slice(1)], known: false, code: '55 8b ec' });
    expect(sure.map(({ note }) => note)).toEqual([undefined, 'no-unwind-info', 'no-unwind-info']);
  });
});
