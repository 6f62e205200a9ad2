import { beforeAll, describe, expect, it } from 'vitest';
import { ShellBench } from './shell-bench.js';

describe.each(['x86', 'x64'] as const)('s (%s)', (architecture) => {
  let kd: ShellBench;
  /** A page of the stack that is not in use, in kd's spelling. */
  let page: bigint;
  const at = (offset: number): string => (page + BigInt(offset)).toString(16);
  const shown = (offset: number): string => {
    const digits = (page + BigInt(offset)).toString(16).padStart(16, '0');
    return architecture === 'x86' ? digits.slice(8) : `${digits.slice(0, 8)}\`${digits.slice(8)}`;
  };

  beforeAll(async () => {
    kd = new ShellBench({ architecture, stub: { state: 'running' } });
    await kd.breakIn();
    page = ((kd.machine.processors[0]?.get(architecture === 'x86' ? 'esp' : 'rsp') ?? 0n) & ~0xfffn) - 0x1000n;
    kd.machine.memory.write(page, Buffer.alloc(0x1000));
    kd.machine.memory.write(page + 0x101n, Buffer.from('Hello World', 'latin1'));
    kd.machine.memory.write(page + 0x200n, Buffer.from('Hello', 'utf16le'));
    kd.machine.memory.write(page + 0x304n, Buffer.from('44332211', 'hex'));
    kd.machine.memory.write(page + 0x402n, Buffer.from('44332211', 'hex'));
    // Two bytes in a page, two in the next.
    kd.machine.memory.write(page + 0xffen, Buffer.from('ABCD', 'latin1'));
    kd.machine.memory.write(page + 0x508n, Buffer.from('8877665544332211', 'hex'));
  });

  it('finds bytes, characters and strings, and shows sixteen bytes of each place', async () => {
    const row = `${shown(0x101)}  48 65 6c 6c 6f 20 57 6f-72 6c 64 00 00 00 00 00  Hello World.....\n`;
    expect(await kd.command(`s -b ${at(0)} L1000 48 65 6c 6c 6f 20`)).toBe(row);
    expect(await kd.command(`s ${at(0)} L1000 'H' 'e' "llo" 20`)).toBe(row);
    expect(await kd.command(`s -a ${at(0)} ${at(0xfff)} "Hello W"`)).toBe(row);
    expect(await kd.command(`s -a ${at(0x1000)} L-1000 "Hello W"`)).toBe(row);
    expect(await kd.command(`s -a ${at(0)} L1000 "hello w"`)).toBe('');
    expect(await kd.command(`s -[1]b ${at(0)} L1000 48 65 6c 6c`)).toBe(
      `0x${page.toString(16).replace(/000$/, '101')}\n`,
    );
  });

  it('finds wide strings, words and wider units where they are aligned', async () => {
    expect(await kd.command(`s -u ${at(0)} L800 "Hello"`)).toBe(
      `${shown(0x200)}  0048 0065 006c 006c 006f 0000 0000 0000  H.e.l.l.o.......\n`,
    );
    expect(await kd.command(`s -d ${at(0)} L100 11223344`)).toBe(
      `${shown(0x304)}  11223344 00000000 00000000 00000000  D3".............\n`,
    );
    expect(await kd.command(`s -w ${at(0x400)} L10 3344 1122`)).toContain(`${shown(0x402)}  3344 1122 0000`);
    expect(await kd.command(`s -q ${at(0)} L200 11223344\`55667788`)).toMatch(
      / {2}11223344`55667788 00000000`00000000\n$/,
    );
  });

  it('finds what lies across two pages, and passes over what is not there', async () => {
    expect(await kd.command(`s -a ${at(0x800)} L1000 "ABCD"`)).toContain(`${shown(0xffe)}  41 42 43 44`);
    expect(await kd.command('s -b 0 L10000 41')).toBe('');
  });

  it('refuses what is no range or no pattern', async () => {
    expect(await kd.command(`s -b ${at(0)} L20000000 41`)).toMatch(/^Range error in '/);
    expect(await kd.command(`s -b ${at(0)} 41`)).toMatch(/^Range error in '/);
    expect(await kd.command(`s -b ${at(0)} L10`)).toMatch(/^Numeric expression missing/);
    expect(await kd.command(`s -a ${at(0)} L10`)).toMatch(/ \^ Syntax error in '/);
    expect(await kd.command(`s -v ${at(0)} L10 1`)).toContain('-v is not supported by this kd');
    expect(await kd.command('s')).toMatch(/^Numeric expression missing/);
  });
});

describe('ranges and values', () => {
  it('counts units, and takes a second address for the last byte', async () => {
    const kd = new ShellBench({ architecture: 'x86', stub: { state: 'running' } });
    await kd.breakIn();
    expect((await kd.command('dd esp esp+f')).trim().split('\n')).toHaveLength(1);
    expect((await kd.command('dd esp L 8')).trim().split('\n')).toHaveLength(2);
    expect(await kd.command('dd esp L1 nonsense')).toContain("Extra character error at 'nonsense'");
    const before = await kd.command('dd esp L1');
    await kd.command("ed esp 'Ddk '");
    expect(await kd.command('dd esp L1')).toContain(' 44646b20');
    await kd.command('eb esp "a b" 00');
    expect(await kd.command('da esp')).toMatch(/"a b"/);
    await kd.command(`ed esp ${/ ([0-9a-f]{8})$/m.exec(before)?.[1]}`);
    expect(await kd.command('dd esp L1')).toBe(before);
  });

  it('are given up in the middle of a long reply, which is heard out: nothing is sent twice for it', async () => {
    const kd = new ShellBench({ architecture: 'x86', stub: { state: 'running', baud: 19_200 } });
    await kd.breakIn();
    const nt = kd.machine.images.find(({ name }) => name === 'nt')?.base ?? 0n;
    const { books } = kd.stub;
    kd.keys.typed(`dd ${(nt + 0x1000n).toString(16)} L300`);
    await kd.clock.advanceAsync(700);
    kd.keys.interrupt();
    await kd.see(/kd> $/);
    const before = books.requests_by_api['3130'] ?? 0;
    for (const offset of [0x4000n, 0x5000n]) await kd.command(`dd ${(nt + offset).toString(16)} L4`);
    expect((books.requests_by_api['3130'] ?? 0) - before).toBe(2);
    expect(await kd.command('.livedebug wire')).toContain('0 sent again');
    expect(await kd.leave()).toBe(0);
  });

  it('are given up when CTRL+C takes a search back', async () => {
    const kd = new ShellBench({ architecture: 'x86', stub: { state: 'running', baud: 115_200 } });
    await kd.breakIn();
    kd.keys.typed('s -b 0 L?fffffff 41');
    await kd.clock.advanceAsync(300);
    kd.keys.interrupt();
    await kd.see(/kd> $/);
    expect(kd.stub.books.target.state).toBe('halted');
    expect(await kd.command('.echo here')).toBe('here\n');
    expect(await kd.leave()).toBe(0);
  });
});
