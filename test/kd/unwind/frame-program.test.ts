import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runProgram } from '../../../src/kd/unwind/frame-program.js';

const start = new Map([
  ['$eip', 0x80401000n],
  ['$esp', 0x1000n],
  ['$ebp', 0x1040n],
  ['$ebx', 0n],
  ['.cbLocals', 0x18n],
  ['.cbSavedRegs', 8n],
  ['.cbParams', 0x10n],
]);
const reads = {
  word: async (address: bigint) => (address >= 0x1000n && address < 0x2000n ? address + 0x10_0000n : undefined),
  search: async () => 0x1020n as bigint | undefined,
};
const run = (program: string) => runProgram(program, start, reads);

describe('programs', () => {
  test('of a frame with EBP', async () => {
    const after = await run(
      '$T0 $ebp = $eip $T0 4 + ^ = $ebp $T0 ^ = $esp $T0 8 + = $L $T0 .cbSavedRegs - = $P $T0 8 + .cbParams + =',
    );
    expect(Object.fromEntries(after ?? [])).toMatchObject({
      $eip: 0x10_1044n,
      $ebp: 0x10_1040n,
      $esp: 0x1048n,
      $T0: 0x1040n,
      $L: 0x1038n,
      $P: 0x1058n,
    });
  });

  test.each(['.raSearch', '.raSearchStart'])('of a frame without, by %s', async (search) => {
    const after = await run(`$T0 ${search} = $eip $T0 ^ = $esp $T0 4 + = $ebx $T0 8 - ^ = `);
    expect(Object.fromEntries(after ?? [])).toMatchObject({
      $eip: 0x10_1020n,
      $esp: 0x1024n,
      $ebx: 0x10_1018n,
      $ebp: 0x1040n,
    });
  });

  test.each([
    ['$T0 $ebp 16 @ =', 0x1040n],
    ['$T0 $ebp 13 + 16 @ =', 0x1040n],
    ['$T0 7 3 - =', 4n],
    ['$T0 3 7 - =', 0xffff_fffcn],
    ['$T0 -4 =', 0xffff_fffcn],
    ['$T0 -1 2 + =', 1n],
    ['$T0 6 7 * =', 42n],
    ['$T0 44 5 / =', 8n],
    ['$T0 44 5 % =', 4n],
  ])('%s', async (program, value) => {
    expect((await run(program))?.get('$T0')).toBe(value);
  });

  test.each([
    ['a name that has no value', '$T0 $xmm =', undefined],
    ['a missing operand', '$T0 + =', undefined],
    ['an assignment to a number', '4 5 =', undefined],
    ['an operator that does not exist', '$T0 4 4 & =', undefined],
    ['a division by zero', '$T0 4 0 / =', undefined],
    ['rounding to zero', '$T0 4 0 @ =', undefined],
    ['memory that is not there', '$T0 16 ^ =', undefined],
    ['something left over', '$T0 4 = 5', undefined],
    ['a program that never ends', '$T0 4 = '.repeat(1000), undefined],
  ])('%s gives nothing', async (_, program, value) => {
    expect(await run(program)).toBe(value);
  });

  test('whatever the words are, it comes to an end', async () => {
    const words = fc.constantFrom(
      '$T0',
      '$ebp',
      '.raSearch',
      '.cbLocals',
      '4',
      '-8',
      '^',
      '@',
      '+',
      '-',
      '*',
      '/',
      '%',
      '=',
      '?',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 30 }), async (program) => {
        const after = await run(program.join(' '));
        for (const value of after?.values() ?? [])
          expect(value !== undefined && value >= 0n && value < 1n << 32n).toBe(true);
      }),
    );
  });
});
