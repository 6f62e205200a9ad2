import { beforeAll, describe, expect, it } from 'vitest';
import { takeExpression } from '../../../src/kd/shell/expression.js';
import { ShellBench } from './shell-bench.js';

describe.each(['x86', 'x64'] as const)('an expression (%s)', (architecture) => {
  let kd: ShellBench;
  beforeAll(async () => {
    kd = new ShellBench({ architecture, stub: { state: 'running' } });
    await kd.breakIn();
  });

  const value = async (text: string): Promise<bigint> => {
    const shown = await kd.command(`? ${text}`);
    const digits = /= ([0-9a-f`]+)\n$/.exec(shown)?.[1];
    if (digits === undefined) throw new Error(shown);
    return BigInt(`0x${digits.replace('`', '')}`);
  };

  it.each([
    ['10', 0x10n],
    ['0n10', 10n],
    ['0x10 + 0n10', 26n],
    ['2+3*4', 14n],
    ['(2+3)*4', 20n],
    ['1<<4|3', 0x13n],
    ['ff & ~f', 0xf0n],
    ['7 % 4', 3n],
    ['5-7+3', 1n],
    ["'Ddk '", 0x44646b20n],
    ['3 == 3', 1n],
    ['hi(12345678) + low(12345678)', 0x1234n + 0x5678n],
  ])('%s', async (text, expected) => {
    expect(await value(text)).toBe(expected);
  });

  it('reads registers, memory and modules', async () => {
    const sp = architecture === 'x86' ? 'esp' : 'rsp';
    const at = kd.machine.processors[0]?.get(sp) ?? 0n;
    expect(await value(`@${sp}`)).toBe(at);
    expect(await value(`by(${sp})`)).toBe(BigInt(kd.machine.memory.read(at, 1)[0] ?? 0));
    expect(await value(`wo(@${sp}+2)`)).toBe(BigInt(kd.machine.memory.read(at + 2n, 2).readUInt16LE(0)));
    expect(await value('dwo(nt+3c)')).toBeGreaterThan(0n);
    expect(await value('leakydrv - leakydrv')).toBe(0n);
  });

  it.each(['1+', '(1', '1 2', '5/0', 'nt!NoSuchName', '@nothing', 'poi(0)', ''])('refuses %s', async (text) => {
    await expect(value(text)).rejects.toThrow(/error|missing|zero/i);
  });
});

describe('the first expression of a line', () => {
  it.each([
    ['nt!Foo "kb;g"', 'nt!Foo', '"kb;g"'],
    ['nt!Foo+5 3', 'nt!Foo+5', '3'],
    ['nt!Foo + 5 3 "g"', 'nt!Foo + 5', '3 "g"'],
    ['poi(esp + 4) L10', 'poi(esp + 4)', 'L10'],
    ["'a b' 2", "'a b'", '2'],
    ['', '', ''],
  ])('%s', (text, expression, rest) => {
    expect(takeExpression(text)).toEqual({ expression, rest });
  });
});
