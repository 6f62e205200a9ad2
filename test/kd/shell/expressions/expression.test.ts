import { beforeAll, describe, expect, it } from 'vitest';
import { takeExpression } from '../../../../src/kd/shell/expressions/take-expression.js';
import { ShellBench } from '../shell-bench.js';

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
    ['0t17', 15n],
    ['0y101', 5n],
    ['not 0', 1n],
    ['not 5', 0n],
    ['not (3 > 4)', 1n],
    ['@@masm(10 + 1)', 0x11n],
    ['@@(2*3)', 6n],
    ['3 != 4', 1n],
    ['(nt!=nt)|(nt!=0)', 1n],
    ['2 < 1', 0n],
    ['5 >= 5', 1n],
    ['ff and 0f or 100', 0x10fn],
    ['3 xor 1', 2n],
    ['7 mod 4', 3n],
    ['0`00001000 >> 4', 0x100n],
    ['8000 >>> 4', 0x800n],
    ['nt+10-nt', 0x10n],
    ['hi(12345678) + low(12345678)', 0x1234n + 0x5678n],
  ])('%s', async (text, expected) => {
    expect(await value(text)).toBe(expected);
  });

  it('counts in $t0 to $t19, which begin at 0', async () => {
    expect(await value('@$t19')).toBe(0n);
    expect(await kd.command('r $t19=@$t19+1;r $t19=$t19+1;r @$t3 = 0n10')).toBe('');
    expect(await value('@$t19*10 + @$t3')).toBe(0x2an);
    const zeros = '0'.repeat(architecture === 'x86' ? 7 : 15);
    expect(await kd.command('r $t19,$t3')).toBe(`$t19=${zeros}2 $t3=${zeros}a\n`);
    expect(await kd.command('r $t20')).toBe("Bad register error at '$t20'\n");
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

  it('knows the thread, the place and the way back of the stop', async () => {
    const processor = kd.machine.processors[0];
    expect(await value('@$thread')).toBe(processor?.thread);
    expect(await value('@$ip')).toBe(processor?.get(architecture === 'x86' ? 'eip' : 'rip'));
    expect(await value('@$retreg')).toBe(processor?.get(architecture === 'x86' ? 'eax' : 'rax'));
    expect(await value('@$ptrsize')).toBe(architecture === 'x86' ? 4n : 8n);
    const [, returns = ''] = /^[0-9a-f`]+ (\S+)/m.exec(await kd.command('k 1')) ?? [];
    expect(await value('@$ra')).toBe(BigInt(`0x${returns.replace('`', '')}`));
  });

  it.each([
    ['5/0', "Operand error at '5/0'"],
    ['7 mod 0', "Operand error at '7%0'"],
    ['poi(0)', "Memory access error at 'poi(0)'"],
    ['1+', "Numeric expression missing from '1+'"],
    ['1 2', "Extra character error at '2'"],
    ['@nothing', "Bad register error at '@nothing'"],
    ['@@c++(1)', 'C++ expressions are not supported by this kd.'],
    ['1+nosuch!Name+4', "Couldn't resolve error at 'nosuch!Name+4'"],
  ])('says about %s: %s', async (text, said) => {
    expect(await kd.command(`? ${text}`)).toBe(`${said}\n`);
  });

  it.each(['1+', '(1', '1 2', '5/0', 'nt!NoSuchName', '@nothing', 'poi(0)'])('refuses %s', async (text) => {
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
