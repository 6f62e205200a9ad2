import { describe, expect, it } from 'vitest';
import { characterConstant, ExpressionError, evaluateSteps, type Question } from '../../src/kd-text/expression.js';

const NAMES = new Map([
  ['nt', 0xfffff80000000000n],
  ['nt!Foo', 0xfffff80001000000n],
  ['rsp', 0x20n],
]);

/** A target with some names, whose every byte is the lowest byte of its address, from 0x10 on. */
function answer(question: Question): bigint | undefined {
  switch (question.ask) {
    case 'name':
    case 'register':
      return NAMES.get(question.name);
    case 'memory': {
      const length = question.bytes === 'pointer' ? 8 : question.bytes;
      if (question.address < 0x10n) return undefined;
      const bytes = Array.from({ length }, (_, at) => (question.address + BigInt(at)) & 0xffn);
      return bytes.reduceRight((sum, byte) => (sum << 8n) | byte, 0n);
    }
    case 'c++':
      return undefined;
  }
}

function evaluate(text: string, narrow?: (value: bigint) => bigint): bigint {
  const steps = evaluateSteps(text, narrow);
  let step = steps.next();
  while (!step.done) step = steps.next(answer(step.value));
  return step.value;
}

describe('an expression', () => {
  it.each([
    ['10', 0x10n],
    ['0x1f', 0x1fn],
    ['0n10', 10n],
    ['0t17', 15n],
    ['0y101', 5n],
    ['fffff800`01000010', 0xfffff80001000010n],
    ['nt!Foo+0x12', 0xfffff80001000012n],
    ['nt!Foo-1', 0xfffff80000ffffffn],
    ['nt+10-nt', 0x10n],
    ["' kdD'", 0x206b6444n],
    ["'a+b'", 0x612b62n],
    ['2+3*4', 14n],
    ['(2+3)*4', 20n],
    ['[2+3]*4', 20n],
    ['2*(3+4)%5', 4n],
    ['5-7+3', 1n],
    ['5-7', 0xfffffffffffffffen],
    ['-1', 0xffffffffffffffffn],
    ['-1 < 0', 0n],
    ['-8 >> 1', 0x7ffffffffffffffcn],
    ['~0 > 1', 1n],
    ['1<<4|3', 0x13n],
    ['8000 >>> 4', 0x800n],
    ['0-10 >>> 4', 0xffffffffffffffffn],
    ['ff & ~f', 0xf0n],
    ['ff and 0f or 100', 0x10fn],
    ['3 xor 1', 2n],
    ['7 mod 4', 3n],
    ['3 < 4', 1n],
    ['(4>=5)|(nt!Foo==nt!Foo+1-1)', 1n],
    ['(nt!Foo!=nt!Foo)|(5!=4)', 1n],
    ['not 0', 1n],
    ['NOT (3 > 4)', 1n],
    ['@@masm(10 + 1)', 0x11n],
    ['@@(2*3)', 6n],
    ['hi(12345678) + low(12345678)', 0x1234n + 0x5678n],
    ['@rsp+1', 0x21n],
    ['rsp+1', 0x21n],
    ['by(@rsp)', 0x20n],
    ['wo(rsp+1)', 0x2221n],
    ['dwo(nt!Foo+4)', 0x07060504n],
    ['qwo 10', 0x1716151413121110n],
    ['poi(poi(10)-poi(10)+10)', 0x1716151413121110n],
  ])('%s', (text, value) => {
    expect(evaluate(text)).toBe(value);
  });

  it.each([
    ['', "Numeric expression missing from ''"],
    ['1+', "Numeric expression missing from '1+'"],
    ['1 2', "Extra character error at '2'"],
    ['(1', "Syntax error at '(1'"],
    ['1+"a"', `Syntax error at '"a"'`],
    ['5/0', "Operand error at '5/0'"],
    ['7 mod 0', "Operand error at '7%0'"],
    ['poi(0)', "Memory access error at 'poi(0)'"],
    ['nt!Nope', "Couldn't resolve error at 'nt!Nope'"],
    ['1+nt!Nope+2', "Couldn't resolve error at 'nt!Nope+2'"],
    ['constructor', "Couldn't resolve error at 'constructor'"],
    ['1 constructor', "Extra character error at 'constructor'"],
    ['@nothing', "Bad register error at '@nothing'"],
    ['@@c++(1)', "Couldn't resolve error at '@@c++(1)'"],
    ['nt!Nope 2', "Couldn't resolve error at 'nt!Nope 2'"],
  ])('says about %s: %s', (text, said) => {
    expect(() => evaluate(text)).toThrow(new ExpressionError(said));
  });

  it('has numbers made narrow, unless they are written in two halves', () => {
    const narrow = (value: bigint): bigint => value & 0xffffffffn;
    expect(evaluate('1ffffffff', narrow)).toBe(0xffffffffn);
    expect(evaluate('1`ffffffff', narrow)).toBe(0x1ffffffffn);
    expect(evaluate('ffffffff + 1', narrow)).toBe(0x100000000n);
  });

  it('asks for nothing that its numbers say', () => {
    expect(evaluateSteps("1 + 'a'").next().done).toBe(true);
  });
});

it('has the first of some characters in the highest byte', () => {
  expect(characterConstant(' kdD')).toBe(0x206b6444n);
  expect(characterConstant('')).toBe(0n);
});
