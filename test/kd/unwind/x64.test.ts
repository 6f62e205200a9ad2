import { describe, expect, test } from 'vitest';
import { walkX64 } from '../../../src/kd/unwind/x64.js';
import {
  at,
  BASE,
  type MadeFunction,
  type MadeInfo,
  makeModule,
  makeStack,
  registers,
  STACK,
  walkMade,
} from './made-x64.js';

const PUSH = 0;
const LARGE = 1;
const SMALL = 2;
const FRAME = 3;
const SAVE = 4;
const SAVE_FAR = 5;
const XMM = 8;
const XMM_FAR = 9;
const MACHINE = 10;
const [RBX, RBP, RSI, R12] = [3, 5, 6, 12];

/** Callers of their own: `caller` uses RBX as its frame, so that its own caller is found only if RBX has been restored. */
const caller: MadeFunction = {
  begin: 0x2000,
  end: 0x2100,
  info: {
    prologue: 8,
    frame: [RBX, 0],
    codes: [
      [8, FRAME, 0],
      [4, SMALL, 3],
    ],
  },
};
const RETURN = at(0x2050);
/** The caller's frame at that word of the stack: 32 bytes, then its return address and its caller's home slots. */
const callerFrame = (word: number) => STACK + BigInt(word * 8);
/** No address: found only where the caller's frame is right, and the end of the walk. */
const OUTER = 0x1234_5678_9abc_def0n;
const beyond = [0n, 0n, 0n, 0n, OUTER, 1n, 2n, 3n, 4n];

async function one(info: MadeInfo, rva: number, words: readonly bigint[], code?: Buffer, changes = {}) {
  const callee: MadeFunction = { begin: 0x1000, end: 0x1100, info, ...(code && { code }) };
  return walkMade([callee, caller], rva, words, { changes });
}

describe('codes', () => {
  test('pushes and allocations of all sizes', async () => {
    const info: MadeInfo = {
      prologue: 0x20,
      codes: [[0x20, SMALL, 0], [0x1c, LARGE, 1], 0x10, 0, [0x14, LARGE, 0], 3, [4, PUSH, R12], [2, PUSH, RBX]],
    };
    // 8 + 16 + 24 bytes, r12, rbx, return.
    const frames = await one(info, 0x1040, [9n, 9n, 9n, 9n, 9n, 9n, 0x12n, callerFrame(9), RETURN, ...beyond]);
    expect(frames).toMatchObject([
      { pc: at(0x1040), frameAddress: STACK, returnAddress: RETURN, exact: true },
      { pc: RETURN, frameAddress: callerFrame(9), returnAddress: OUTER, exact: false, args: [1n, 2n, 3n, 4n] },
    ]);
    expect(frames[0]?.args).toEqual([0n, 0n, 0n, 0n]);
  });

  test('only what the prologue has done by then is undone', async () => {
    const info: MadeInfo = {
      prologue: 6,
      codes: [
        [6, SMALL, 0],
        [2, PUSH, RSI],
        [1, PUSH, RBX],
      ],
    };
    const stack = [9n, 0x66n, callerFrame(4), RETURN, ...beyond];
    for (const [rva, words] of [
      [0x1006, stack],
      [0x1005, stack.slice(1)],
      [0x1002, stack.slice(1)],
      [0x1001, stack.slice(2)],
      [0x1000, stack.slice(3)],
    ] as const) {
      const rbx = STACK + BigInt((words.length - beyond.length) * 8);
      const fixed = words.map((word) => (word === callerFrame(4) ? rbx : word));
      const frames = await one(info, rva, fixed, undefined, rva === 0x1000 ? { [RBX]: rbx } : {});
      expect(
        frames.map(({ returnAddress }) => returnAddress),
        rva.toString(16),
      ).toEqual([RETURN, OUTER]);
    }
  });

  test('registers saved near and far, and XMM registers that do not matter', async () => {
    const near: MadeInfo = { prologue: 9, codes: [[9, XMM, 6], 2, [5, SAVE, RBX], 2, [4, SMALL, 3]] };
    const far: MadeInfo = { prologue: 9, codes: [[9, XMM_FAR, 6], 32, 0, [5, SAVE_FAR, RBX], 16, 0, [4, SMALL, 3]] };
    const words = [9n, 9n, callerFrame(5), 9n, RETURN, ...beyond];
    for (const info of [near, far])
      expect((await one(info, 0x1040, words)).map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
  });

  test('a frame register, with RSP anywhere below', async () => {
    // push rbx; push rbp; sub rsp, 20h; lea rbp, [rsp+10h]; then alloca.
    const info: MadeInfo = {
      prologue: 12,
      frame: [RBP, 0x10],
      codes: [
        [12, FRAME, 1],
        [6, SMALL, 3],
        [2, PUSH, RBP],
        [1, PUSH, RBX],
      ],
    };
    const words = [9n, 9n, 9n, 9n, 9n, 9n, 0x55n, callerFrame(9), RETURN, ...beyond];
    const set = await one(info, 0x1040, words, undefined, { [RBP]: STACK + 0x20n });
    expect(set.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
    // Before the LEA, RSP is what counts, whatever RBP holds.
    const early = await walkMade(
      [{ begin: 0x1000, end: 0x1100, info }, caller],
      0x1006,
      words.slice(2).map((word) => (word === callerFrame(9) ? callerFrame(7) : word)),
    );
    expect(early.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
  });

  test('registers saved in home slots before the stack pointer has moved', async () => {
    // mov [rsp+8], rbx; push rdi; sub rsp, 30h
    const info: MadeInfo = { prologue: 10, codes: [[10, SMALL, 5], [6, PUSH, 7], [5, SAVE, RBX], 8] };
    const early = await one(info, 0x1005, [RETURN, callerFrame(2), ...beyond]);
    expect(early.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
    const pushed = await one(info, 0x1006, [0x77n, RETURN, callerFrame(3), ...beyond]);
    expect(pushed.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
  });

  test('what is saved before the frame register is set counts from RSP', async () => {
    const info: MadeInfo = {
      prologue: 14,
      frame: [RBP, 0x10],
      codes: [[14, FRAME, 1], [9, SAVE, RBX], 1, [4, SMALL, 2], [1, PUSH, RBP]],
    };
    const words = [9n, callerFrame(5), 9n, 0x55n, RETURN, ...beyond];
    const early = await one(info, 0x1009, words);
    expect(early.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
    const set = await one(info, 0x1040, words, undefined, { [RBP]: STACK + 0x10n });
    expect(set.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
  });

  test.each([0, 1])('a machine frame, error code %i', async (error) => {
    const info: MadeInfo = {
      prologue: 4,
      codes: [
        [4, SMALL, 0],
        [0, MACHINE, error],
      ],
    };
    const there = callerFrame(12);
    const frame = [at(0x2008), 0x10n, 0x246n, there, 0x18n];
    const words = [9n, ...(error ? [0n] : []), ...frame];
    const padded = [...words, ...Array<bigint>(12 - words.length).fill(7n), ...beyond];
    const frames = await one(info, 0x1040, padded, undefined, { [RBX]: there });
    expect(frames).toMatchObject([
      { note: 'trap-frame', trapFrame: STACK + 8n + BigInt(error * 8) - 0x168n, returnAddress: at(0x2008) },
      { pc: at(0x2008), exact: true, frameAddress: there, returnAddress: OUTER },
    ]);
  });

  test('a chained part undoes its own codes, then all of its function', async () => {
    const part: MadeInfo = {
      prologue: 5,
      codes: [[5, SAVE, RBX], 1],
      chained: { begin: 0x3000, end: 0x3100, unwind: 0x10_3000 },
    };
    const whole: MadeFunction = {
      begin: 0x3000,
      end: 0x3100,
      info: {
        prologue: 90,
        codes: [
          [90, SMALL, 1],
          [2, PUSH, RSI],
        ],
      },
    };
    const words = [9n, callerFrame(4), 0x66n, RETURN, ...beyond];
    const callee: MadeFunction = { begin: 0x1000, end: 0x1100, info: part };
    const frames = await walkMade([callee, whole, caller], 0x1040, words);
    expect(frames.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
  });

  test('the epilogues of version 2 are passed over', async () => {
    const codes: MadeInfo['codes'] = [
      [6, SMALL, 0],
      [1, PUSH, RBX],
    ];
    const words = [9n, callerFrame(3), RETURN, ...beyond];
    for (const epilogs of [
      [[5, 6, 1], 0],
      [
        [5, 6, 0],
        [0x20, 6, 0],
      ],
      [[5, 6, 1], [0x20, 6, 0], [0x40, 6, 0], 0],
    ] as MadeInfo['codes'][]) {
      const frames = await one({ version: 2, prologue: 6, codes: [...(epilogs ?? []), ...codes] }, 0x1040, words);
      expect(frames.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
    }
  });

  test.each([
    ['a version that does not exist', { version: 3 as unknown as 1 }],
    ['an operation that does not exist', { codes: [[1, 11, 0]] }],
    ['an operation without its operand', { codes: [[1, LARGE, 0]] }],
  ] as [string, MadeInfo][])('%s: the frame is a guess', async (_, info) => {
    const frames = await one({ prologue: 1, ...info }, 0x1040, [RETURN, ...beyond]);
    expect(frames[0]).toMatchObject({ note: 'no-unwind-info', returnAddress: RETURN });
  });
});

describe('epilogues', () => {
  const info: MadeInfo = {
    prologue: 6,
    codes: [
      [6, SMALL, 3],
      [2, PUSH, R12],
      [1, PUSH, RBX],
    ],
  };
  const words = [9n, 9n, 9n, 9n, 0x12n, callerFrame(7), RETURN, ...beyond];
  const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

  test.each([
    ['48 83 c4 20 41 5c 5b c3', [0, 4, 6, 7]],
    ['48 81 c4 20 00 00 00 41 5c 5b c2 08 00', [0, 7, 9, 10]],
    ['48 83 c4 20 41 5c 5b f3 c3', [0, 4, 6, 7]],
    ['48 83 c4 20 41 5c 5b e9 00 10 00 00', [0, 4, 6, 7]],
    ['48 83 c4 20 41 5c 5b ff 25 00 10 00 00', [0, 4, 6, 7]],
    ['48 83 c4 20 41 5c 5b 48 ff e0', [0, 4, 6, 7]],
  ])('%s', async (code, places) => {
    const all = Buffer.concat([Buffer.alloc(0x40, 0x90), hex(code)]);
    for (const [index, place] of places.entries()) {
      const left = words.slice([0, 4, 5, 6][index]);
      const rbx = STACK + BigInt((left.length - beyond.length) * 8);
      const fixed = left.map((word) => (word === callerFrame(7) ? rbx : word));
      const frames = await one(info, 0x1040 + place, fixed, all, index === 3 ? { [RBX]: rbx } : {});
      expect(
        frames.map(({ returnAddress }) => returnAddress),
        `at ${place}`,
      ).toEqual([RETURN, OUTER]);
    }
  });

  test.each(['eb 10', 'e9 10 00 00 00', 'ff e0', '48 83 c4 20 90 c3', '48 8d 64 24 20 c3'])(
    '%s is none: the whole frame is there',
    async (code) => {
      const all = Buffer.concat([Buffer.alloc(0x40, 0x90), hex(code)]);
      const frames = await one(info, 0x1040, words, all);
      expect(frames.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
    },
  );

  test('a jump to another part of the same function is none; one to its begin is', async () => {
    const jump = (to: number) => Buffer.concat([Buffer.alloc(0x40, 0x90), hex('e9'), le32(to - 0x1045)]);
    const cold: MadeFunction = {
      begin: 0x4000,
      end: 0x4100,
      info: { chained: { begin: 0x1000, end: 0x1100, unwind: 0x10_1000 } },
    };
    const hot = (to: number): MadeFunction => ({ begin: 0x1000, end: 0x1100, info, code: jump(to) });
    const within = await walkMade([hot(0x4010), cold, caller], 0x1040, words);
    expect(within[0]?.returnAddress).toBe(RETURN);
    const recursive = await walkMade([hot(0x1000), cold, caller], 0x1040, words.slice(6), {
      changes: { [RBX]: callerFrame(1) },
    });
    expect(recursive.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
  });

  test('lea rsp from the frame register', async () => {
    const framed: MadeInfo = {
      prologue: 9,
      frame: [RBP, 0x20],
      codes: [
        [9, FRAME, 2],
        [5, SMALL, 3],
        [2, PUSH, RBP],
        [1, PUSH, RBX],
      ],
    };
    const all = Buffer.concat([Buffer.alloc(0x40, 0x90), hex('48 8d 65 00 5d 5b c3')]);
    const stack = [9n, 9n, 9n, 9n, 9n, 9n, 0x55n, callerFrame(9), RETURN, ...beyond];
    const frames = await one(framed, 0x1040, stack, all, { [RBP]: STACK + 0x30n });
    expect(frames.map(({ returnAddress }) => returnAddress)).toEqual([RETURN, OUTER]);
  });

  function le32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  }
});

describe('where a stack ends', () => {
  const leaf = (words: readonly bigint[], options = {}) => walkMade([], 0x1000, words, options);
  const home = [0n, 0n, 0n, 0n];

  test('at a return address of 0, and at one that is no address', async () => {
    expect(await leaf([0n, ...home])).toHaveLength(1);
    const odd = await leaf([0x1234_5678_9abc_def0n, ...home]);
    expect(odd).toMatchObject([{ returnAddress: 0x1234_5678_9abc_def0n }]);
    expect(odd).toHaveLength(1);
  });

  test('at user mode, whose first frame is shown and not followed', async () => {
    const frames = await leaf([0x77a712fan, 1n, 2n, 3n, 4n]);
    expect(frames).toMatchObject([
      { returnAddress: 0x77a712fan },
      { pc: 0x77a712fan, frameAddress: STACK + 8n, returnAddress: 0n, args: undefined },
    ]);
  });

  test('where the stack cannot be read', async () => {
    expect(await leaf([])).toMatchObject([{ returnAddress: 0n, args: undefined }]);
    expect(await leaf([at(0x1000)])).toMatchObject([
      { returnAddress: at(0x1000), args: undefined },
      { returnAddress: 0n },
    ]);
  });

  test('where the stack pointer does not rise', async () => {
    const info: MadeInfo = { frame: [RBP, 0], codes: [[0, FRAME, 0]] };
    const functions = [{ begin: 0x1000, end: 0x1100, info }];
    const words = Array.from({ length: 16 }, () => at(0x1010));
    const frames = await walkMade(functions, 0x1010, words, { changes: { 4: STACK + 0x20n, [RBP]: STACK } });
    expect(frames).toMatchObject([{ returnAddress: at(0x1010) }]);
    expect(frames).toHaveLength(1);
  });

  test('at the limit', async () => {
    const words = Array.from({ length: 50 }, () => at(0x1010));
    expect(await leaf(words, { limit: 7 })).toHaveLength(7);
  });

  test('a frame outside all modules is passed if it was called from one', async () => {
    const modules = makeModule([]);
    const start = { rip: BASE - 0x1000n, gp: registers() };
    const options = { limit: 9 };
    const through = await walkX64(start, makeStack([at(0x1000), 0n, ...home]), modules, options);
    expect(through).toMatchObject([{ note: 'no-unwind-info' }, { pc: at(0x1000) }]);
    const lost = await walkX64(start, makeStack([BASE - 0x2000n, at(0x1000), ...home]), modules, options);
    expect(lost).toHaveLength(1);
  });

  test('a call that does not return may be the last instruction of its function', async () => {
    const last: MadeFunction = { begin: 0x1100, end: 0x1200, info: { prologue: 4, codes: [[4, SMALL, 0]] } };
    const following: MadeFunction = { begin: 0x1200, end: 0x1300, info: { prologue: 4, codes: [[4, SMALL, 3]] } };
    const frames = await walkMade([last, following, caller], 0x5000, [at(0x1200), 9n, at(0x3000), 0n, ...home, 0n]);
    expect(frames.map(({ pc }) => pc)).toEqual([at(0x5000), at(0x1200), at(0x3000)]);
    const atTheEnd = [{ ...last, begin: 0xf_ff00, end: 0x10_0000 }];
    expect(await walkMade(atTheEnd, 0x5000, [at(0x10_0000), 9n, at(0x3000), 0n, ...home, 0n])).toHaveLength(3);
  });
});
