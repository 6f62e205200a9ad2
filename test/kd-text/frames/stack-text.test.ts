import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInterleavedNoise, parseFrame, parseStackHeader } from '../../../src/kd-text/frames/frames.js';
import { formatStackText, type StackKind, type WalkedFrame } from '../../../src/kd-text/frames/stack-text.js';

const names = new Map([
  [0x8054a012n, 'nt!MmAllocateSpecialPool'],
  [0x80545c96n, 'nt!ExAllocatePoolWithTag+0x2ba'],
  [0x80403da0n, 'nt!KiFastCallEntry+0xfc'],
  [0xfffff80002ab1230n, 'nt!MmAllocateSpecialPool'],
  [0xfffff80002ab4d61n, 'nt!ExAllocatePoolWithTag+0x2ab'],
  [0xfffff80002a05574n, 'nt!KiSystemServiceCopyEnd+0x13'],
]);
const symbolOf = (pc: bigint) => names.get(pc);

const x86: WalkedFrame[] = [
  {
    pc: 0x8054a012n,
    frameAddress: 0xf370c4d4n,
    returnAddress: 0x80545c96n,
    args: [0x48n, 0x6b646444n, 1n],
    fpo: { params: 4, locals: 0, savedRegs: 0, usesBp: false, nonFpo: true },
  },
  {
    pc: 0x80545c96n,
    frameAddress: 0xf370c51cn,
    returnAddress: 0xf79e14e1n,
    args: [1n, 0x48n, 0x6b646444n],
    fpo: { params: 3, locals: 6, savedRegs: 4, usesBp: true, nonFpo: false },
  },
  {
    pc: 0xf79e14e1n,
    frameAddress: 0xf370c5ccn,
    returnAddress: 0x80403da0n,
    args: [0xb1433740n, 0n, 0xb1432738n],
    note: 'no-unwind-info',
  },
  {
    pc: 0x80403da0n,
    frameAddress: 0xf370c5ccn,
    returnAddress: 0x7c90e514n,
    args: [0xbadb0d00n, 1n, 0n],
    note: 'trap-frame',
    trapFrame: 0xf370c5e4n,
    fpo: { params: 0, locals: 0, savedRegs: 0, usesBp: false, nonFpo: false },
  },
  { pc: 0x7c90e514n, frameAddress: 0x12f8a8n, returnAddress: 0n, args: undefined },
];

const x64: WalkedFrame[] = [
  {
    pc: 0xfffff80002ab1230n,
    frameAddress: 0xfffff88002c8e858n,
    returnAddress: 0xfffff80002ab4d61n,
    args: [0xfffffa8052e08f28n, 0xfffff800004fde3an, 0x310n, 0xfffff88002c8e8b0n],
  },
  {
    pc: 0xfffff80002ab4d61n,
    frameAddress: 0xfffff88002c8e860n,
    returnAddress: 0xfffff80002a05574n,
    args: [1n, 0n, 0xfffffa8052f29d18n, 0xfffffa8053007db0n],
    note: 'no-unwind-info',
  },
  {
    pc: 0xfffff80002a05574n,
    frameAddress: 0xfffff88002c8ee00n,
    returnAddress: 0x77a712fan,
    args: undefined,
    note: 'trap-frame',
    trapFrame: 0xfffff88002c8ee70n,
  },
  { pc: 0x7fff69805b74n, frameAddress: 0x22e3f8n, returnAddress: 0n, args: undefined },
  { pc: 0x12en, frameAddress: 0x22e400n, returnAddress: 0n, args: undefined },
];

const text = (frames: readonly WalkedFrame[], kind: StackKind, options: { numbered?: boolean; wide?: boolean } = {}) =>
  formatStackText(frames, { kind, bits: frames === x86 ? 32 : 64, numbered: false, symbolOf, ...options });

// Widths: a log of the engine of 2026 (10.0.29507), and of 6.12 where `wide` is false.
describe('x86', () => {
  test('k, with the warning before the frame that is in no module', () => {
    expect(text(x86, 'k')).toEqual([
      'ChildEBP RetAddr      ',
      'f370c4d4 80545c96     nt!MmAllocateSpecialPool',
      'f370c51c f79e14e1     nt!ExAllocatePoolWithTag+0x2ba',
      'WARNING: Frame IP not in any known module. Following frames may be wrong.',
      'f370c5cc 80403da0     0xf79e14e1',
      'f370c5cc 7c90e514     nt!KiFastCallEntry+0xfc',
      '0012f8a8 00000000     0x7c90e514',
    ]);
    expect(text(x86, 'kp')).toEqual(text(x86, 'k'));
  });

  test('the warning before a frame whose function has no data to unwind by, and no second one behind it', () => {
    const guessed = x86.map((frame, index) => (index === 0 ? { ...frame, note: 'no-unwind-info' } : frame));
    const lines = formatStackText(guessed, { kind: 'k', bits: 32, numbered: false, symbolOf });
    expect(lines[1]).toBe('WARNING: Stack unwind information not available. Following frames may be wrong.');
    expect(lines.filter((line) => line.startsWith('WARNING'))).toHaveLength(1);
  });

  test('kb', () => {
    expect(text(x86, 'kb').slice(0, 3)).toEqual([
      'ChildEBP RetAddr      Args to Child              ',
      'f370c4d4 80545c96     00000048 6b646444 00000001 nt!MmAllocateSpecialPool',
      'f370c51c f79e14e1     00000001 00000048 6b646444 nt!ExAllocatePoolWithTag+0x2ba',
    ]);
  });

  test('kb of 6.12', () => {
    expect(text(x86, 'kb', { wide: false })).toEqual([
      'ChildEBP RetAddr  Args to Child              ',
      'f370c4d4 80545c96 00000048 6b646444 00000001 nt!MmAllocateSpecialPool',
      'f370c51c f79e14e1 00000001 00000048 6b646444 nt!ExAllocatePoolWithTag+0x2ba',
      'WARNING: Frame IP not in any known module. Following frames may be wrong.',
      'f370c5cc 80403da0 b1433740 00000000 b1432738 0xf79e14e1',
      'f370c5cc 7c90e514 badb0d00 00000001 00000000 nt!KiFastCallEntry+0xfc',
      '0012f8a8 00000000 00000000 00000000 00000000 0x7c90e514',
    ]);
  });

  test('kv tells of frame data and trap frames', () => {
    expect(text(x86, 'kv')).toEqual([
      'ChildEBP RetAddr      Args to Child              ',
      'f370c4d4 80545c96     00000048 6b646444 00000001 nt!MmAllocateSpecialPool (FPO: [Non-Fpo])',
      'f370c51c f79e14e1     00000001 00000048 6b646444 nt!ExAllocatePoolWithTag+0x2ba (FPO: [Uses EBP] [3,6,4])',
      'WARNING: Frame IP not in any known module. Following frames may be wrong.',
      'f370c5cc 80403da0     b1433740 00000000 b1432738 0xf79e14e1',
      'f370c5cc 7c90e514     badb0d00 00000001 00000000 nt!KiFastCallEntry+0xfc (FPO: [0,0] TrapFrame @ f370c5e4)',
      '0012f8a8 00000000     00000000 00000000 00000000 0x7c90e514',
    ]);
  });
});

describe('x64', () => {
  test('k, and kn with its numbers', () => {
    const lines = text(x64, 'k');
    expect(lines).toEqual([
      'Child-SP          RetAddr               Call Site',
      'fffff880`02c8e858 fffff800`02ab4d61     nt!MmAllocateSpecialPool',
      'fffff880`02c8e860 fffff800`02a05574     nt!ExAllocatePoolWithTag+0x2ab',
      'fffff880`02c8ee00 00000000`77a712fa     nt!KiSystemServiceCopyEnd+0x13',
      '00000000`0022e3f8 00000000`00000000     0x00007fff`69805b74',
      '00000000`0022e400 00000000`00000000     0x12e',
    ]);
    const numbers = [' # ', '00 ', '01 ', '02 ', '03 ', '04 '];
    expect(text(x64, 'kn')).toEqual(lines.map((line, index) => `${numbers[index]}${line}`));
    expect(text(x64, 'k', { wide: false }).slice(0, 2)).toEqual([
      'Child-SP          RetAddr           Call Site',
      'fffff880`02c8e858 fffff800`02ab4d61 nt!MmAllocateSpecialPool',
    ]);
    expect(text(x64, 'kn', { wide: false })[0]).toBe(' # Child-SP          RetAddr           Call Site');
  });

  test('kb, in the columns of the engine of today and in those of 6.12', () => {
    const args = 'fffffa80`52e08f28 fffff800`004fde3a 00000000`00000310 fffff880`02c8e8b0';
    const [header, first] = text(x64, 'kb');
    expect(header).toBe(`RetAddr               : Args to Child${' '.repeat(59)}: Call Site`);
    expect(first).toBe(`fffff800\`02ab4d61     : ${args} : nt!MmAllocateSpecialPool`);
    const [old, oldFirst] = text(x64, 'kb', { wide: false });
    expect(old).toBe(`RetAddr           : Args to Child${' '.repeat(59)}: Call Site`);
    expect(oldFirst).toBe(`fffff800\`02ab4d61 : ${args} : nt!MmAllocateSpecialPool`);
    const [numbered, numberedFirst] = text(x64, 'kb', { numbered: true });
    expect([numbered, numberedFirst]).toEqual([` # ${header}`, `00 ${first}`]);
  });

  test('kv tells of trap frames', () => {
    expect(text(x64, 'kv')[0]).toBe(
      `Child-SP          RetAddr               : Args to Child${' '.repeat(59)}: Call Site`,
    );
    expect(text(x64, 'kv')[3]).toBe(
      `fffff880\`02c8ee00 00000000\`77a712fa     : ${Array(4).fill('00000000`00000000').join(' ')} : nt!KiSystemServiceCopyEnd+0x13 (TrapFrame @ fffff880\`02c8ee70)`,
    );
  });
});

test('frames are numbered in hexadecimal, from where the list begins', () => {
  const lines = formatStackText(x86.slice(0, 2), { kind: 'kn', bits: 32, numbered: true, symbolOf, first: 0xf });
  expect(lines.slice(1).map((line) => line.slice(0, 3))).toEqual(['0f ', '10 ']);
});

const address = (bits: 32 | 64) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n });
const frame = (bits: 32 | 64): fc.Arbitrary<WalkedFrame> =>
  fc.record(
    {
      pc: address(bits),
      frameAddress: address(bits),
      returnAddress: address(bits),
      args: fc.option(fc.array(address(bits), { minLength: bits === 32 ? 3 : 4, maxLength: bits === 32 ? 3 : 4 }), {
        nil: undefined,
      }),
      note: fc.constantFrom('no-unwind-info', 'fpo'),
      trapFrame: address(bits),
    },
    { requiredKeys: ['pc', 'frameAddress', 'returnAddress', 'args'] },
  );
const kinds = fc.constantFrom<StackKind>('k', 'kb', 'kv', 'kn', 'kp');

const forms = fc.record({ numbered: fc.boolean(), wide: fc.boolean() });

describe.each([32, 64] as const)('%i bits', (bits) => {
  test('what is printed is read back', () => {
    fc.assert(
      fc.property(fc.array(frame(bits), { maxLength: 40 }), kinds, forms, (frames, kind, { numbered, wide }) => {
        const options = { kind, bits, numbered, wide, symbolOf: () => undefined };
        const [header = '', ...lines] = formatStackText(frames, options);
        const dialect = parseStackHeader(header);
        expect(dialect).toBeDefined();
        const read = lines.filter((line) => !isInterleavedNoise(line)).map((line) => parseFrame(line, dialect));
        expect(read).toHaveLength(frames.length);
        const digits = (value: bigint) => value.toString(16).padStart(16, '0');
        read.forEach((got, index) => {
          const { pc, frameAddress, returnAddress, args } = frames[index] as WalkedFrame;
          expect(got).toMatchObject({ ret: digits(returnAddress), address: digits(pc), inline: false });
          if (kind !== 'kb' || bits === 32) expect(got?.child).toBe(digits(frameAddress));
          if (kind === 'kb' || kind === 'kv')
            expect(got?.args).toEqual((args ?? Array<bigint>(bits === 32 ? 3 : 4).fill(0n)).map(digits));
          if (numbered || kind === 'kn') expect(got?.number).toBe(index);
        });
      }),
    );
  });
});
