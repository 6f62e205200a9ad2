import { describe, expect, it } from 'vitest';
import { ShellBench, type ShellBenchOptions } from './shell-bench.js';

/** A target whose special pool breaks as a kernel does whose PoolHitTag is set: an int3 in the code, and one byte behind it. */
async function poolHits(options: ShellBenchOptions['stub'] = {}): Promise<ShellBench> {
  const kd = new ShellBench({ architecture: 'x86', stub: { state: 'running', wakes: { worker: 10 }, ...options } });
  await kd.breakIn();
  const place = kd.machine.address('nt!MmAllocateSpecialPool') ?? 0n;
  // mov edi,edi
  expect(kd.machine.memory.read(place, 2)).toEqual(Buffer.of(0x8b, 0xff));
  await kd.command(`eb ${place.toString(16)} cc 90`);
  return kd;
}

/** As it was, and the debugger away. */
async function leave(kd: ShellBench): Promise<number> {
  await kd.command(`eb ${kd.machine.address('nt!MmAllocateSpecialPool')?.toString(16)} 90 90`);
  return kd.leave();
}

const EXCEPTION = /^Break instruction exception - code 80000003 \(first chance\)$/;
const hits = (text: string): number => text.match(/^Break instruction exception/gm)?.length ?? 0;

describe('sx', () => {
  it('lists what is done at exceptions and events, and resets it', async () => {
    const kd = new ShellBench({ stub: { state: 'running' } });
    await kd.breakIn();
    const before = await kd.command('sx');
    expect(before).toMatch(/^ {2}ld - Load module - output$/m);
    expect(before).toMatch(/^ {2}av - Access violation - break - not handled$/m);
    expect(before).toMatch(
      /^ bpe - Break instruction exception - break\nbpec - Break instruction exception continue - handled$/m,
    );
    expect(before).toMatch(/^ {3}\* - Other exception - second-chance break - not handled$/m);
    expect(
      await kd.command('sxe -c "kb;g" bpe; sxn av; sxi -c2 ".echo last" 0xc000001d; sxe -h dz; sxd deadbeef'),
    ).toBe('');
    const after = await kd.command('sx');
    expect(after).toContain(' bpe - Break instruction exception - break\n       Command: "kb;g"\nbpec - ');
    expect(after).toContain('  av - Access violation - output - not handled\n');
    expect(after).toContain('  ii - Illegal instruction - ignore - not handled\n       Second command: ".echo last"\n');
    expect(after).toContain('  dz - Integer divide-by-zero - break - handled\n');
    expect(after).toContain('deadbeef - User-defined exception - second-chance break - not handled\n');
    expect(await kd.command('sxe ld:foo*;sxd wos;sxn ud;sxi ct')).toBe('');
    expect(await kd.command('sx')).toContain('  ld - Load module - break\n       (only break for foo*)\n');
    expect(await kd.command('sx- -c "" bpe;sx')).not.toContain('Command: "kb;g"');
    expect(await kd.command('sxr;sx')).toBe(`sx state reset to defaults\n${before}`);
  });

  it.each(['sxe', 'sxe nonsense', 'sxe av:foo', 'sxe -c', 'sxn -x av'])('refuses %s', async (text) => {
    const kd = new ShellBench({ stub: { state: 'running' } });
    await kd.breakIn();
    expect(await kd.command(text)).toMatch(/ \^ Syntax error in '/);
  });

  it('carries out what bpe wants at every pool hit, and leaves the break-in of a person alone', async () => {
    const kd = await poolHits();
    await kd.command('sxe -c "kb;g" bpe');
    kd.keys.typed('g');
    for (let hit = 0; hit < 5; hit++) {
      await kd.see(EXCEPTION);
      await kd.see(/^ChildEBP RetAddr {6}/);
    }
    expect(kd.text.slice(kd.text.indexOf('kb;g'))).not.toContain('kd> ');
    for (let round = 0; round < 4; round++) {
      await kd.breakIn();
      const at = kd.stub.books.target.state;
      await kd.clock.advanceAsync(3000);
      expect([at, kd.stub.books.target.state]).toEqual(['halted', 'halted']);
      kd.keys.typed('g');
      await kd.see(EXCEPTION);
    }
    await kd.breakIn();
    await kd.command(`eb ${kd.machine.address('nt!MmAllocateSpecialPool')?.toString(16)} 90 90;sxd bpe`);
    kd.keys.typed('g');
    await kd.clock.advanceAsync(2000);
    await kd.breakIn();
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.stub.books.violations).toEqual([]);
  });

  it('keeps the target when somebody breaks in while a command string runs', async () => {
    const kd = await poolHits();
    await kd.command('sxe -c ".echo one;.echo two;g" bpe');
    kd.onText = (text) => {
      if (text !== 'one\n') return;
      kd.onText = undefined;
      kd.keys.interrupt();
    };
    kd.keys.typed('g');
    await kd.see(/^one\ntwo\nnt\+0x[0-9a-f]+:\n.*int {5}3\nkd> $/);
    await kd.clock.advanceAsync(5000);
    expect(kd.stub.books.target.state).toBe('halted');
    expect(await leave(kd)).toBe(0);
  });

  it('keeps it also where the command that goes on stands in braces', async () => {
    const kd = new ShellBench({
      architecture: 'x64',
      stub: { state: 'running', baud: 115_200, wakes: { worker: 50 } },
    });
    await kd.breakIn();
    const place = kd.machine.address('nt!MmAllocateSpecialPool')?.toString(16);
    await kd.command(`bp ${place} ".if (1) {.echo yes;g} .else {g}"`);
    for (let round = 0; round < 12; round++) {
      kd.keys.typed('g');
      await kd.see(/^yes$/);
      // At every moment of a hit.
      await kd.clock.advanceAsync(round * 3);
      kd.keys.interrupt();
      await kd.see(/kd> $/);
      await kd.clock.advanceAsync(5000);
      expect(kd.stub.books.target.state, `round ${round}`).toBe('halted');
    }
    expect(await kd.leave()).toBe(0);
  });

  it('stays where a command string fails or does not go on', async () => {
    const kd = await poolHits();
    await kd.command('sxn -c "nonsense;g" bpe');
    kd.keys.typed('g');
    await kd.see(/ \^ Syntax error in 'nonsense'$/);
    await kd.see(/^nt\+0x[0-9a-f]+:\n.*int {5}3\nkd> $/);
    await kd.command('sxe -c ".echo seen" bpe');
    kd.keys.typed('g');
    await kd.see(/^seen\nnt\+0x[0-9a-f]+:\n.*int {5}3\nkd> $/);
    expect(await leave(kd)).toBe(0);
  });

  it.each([
    ['sxn bpe', true],
    ['sxd bpe', true],
    ['sxi bpe', false],
  ])('lets the target go on at %s', async (text, told) => {
    const kd = await poolHits();
    await kd.command(text);
    const [from, before] = [kd.text.length, kd.machine.tagAllocations];
    kd.keys.typed('g');
    await kd.until(() => kd.machine.tagAllocations >= before + 5);
    expect(hits(kd.text.slice(from)) >= 4).toBe(told);
    expect(kd.text.slice(from)).not.toContain('int     3');
    await kd.breakIn();
    expect(kd.text.slice(from)).toContain('You are seeing this message');
    expect(await leave(kd)).toBe(0);
  });

  it('does at an access violation what is set for it, first chance and second', async () => {
    const kd = new ShellBench({ architecture: 'x64', stub: { state: 'running', wakes: { stray: 0.1 } } });
    await kd.breakIn();
    await kd.command('sxd -c ".echo first" -c2 ".echo second" av');
    kd.keys.typed('g');
    await kd.see(/^Access violation - code c0000005 \(first chance\)\nfirst\n/);
    await kd.see(/^Access violation - code c0000005 \(!!! second chance !!!\)$/);
    await kd.see(/^second\nfffff8[0-9a-f`]+ \S+ .*\nkd> $/);
  });

  it('stops where a module is loaded, and only there', async () => {
    const kd = new ShellBench({ architecture: 'x64', stub: { state: 'running' } });
    await kd.breakIn();
    await kd.command('sxe -c ".echo it comes" ld:leaky*');
    kd.keys.typed('.reboot');
    await kd.see(/^it comes\nnt\+0x[0-9a-f]+:\n.*\nkd> $/);
    expect(await kd.command('lm m leakydrv')).toContain('leakydrv');
    expect(await kd.command('lm m faultdrv')).not.toContain('faultdrv ');
    expect(kd.machine.images.find(({ name }) => name === 'faultdrv')?.loaded).toBe(false);
    await kd.command('sxn ld');
    kd.keys.typed('g');
    await kd.see(/^ModLoad: fffff8[0-9a-f`]+ fffff8[0-9a-f`]+ {3}\\SystemRoot.*faultdrv\.sys$/);
    await kd.clock.advanceAsync(20_000);
    expect(kd.stub.books.target.state).toBe('running');
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.stub.books.violations).toEqual([]);
  });

  it('leaves a target that it holds at a module', async () => {
    const kd = new ShellBench({ architecture: 'x86', stub: { state: 'boot' } });
    await kd.clock.advanceAsync(100);
    const held = kd.see(/kd> $/);
    kd.state.initialBreak = 2;
    await held;
    await kd.command('sxe ld');
    kd.keys.typed('g');
    await kd.see(/kd> $/);
    expect(await kd.leave()).toBe(0);
    await kd.clock.advanceAsync(60_000);
    expect(kd.stub.books.target.state).toBe('running');
  });

  it('breaks in at the beginning of a boot for sxe ibp, and at a print for sxe out', async () => {
    const kd = new ShellBench({ architecture: 'x86', stub: { state: 'running', wakes: { print: 2 } } });
    await kd.breakIn();
    await kd.command('sxe out:FaultPrint');
    kd.keys.typed('g');
    await kd.see(/faultdrv: pass/);
    await kd.see(/kd> $/);
    await kd.command('sxn out;sxe ibp');
    kd.keys.typed('.reboot');
    await kd.see('(Initial Breakpoint requested)');
    await kd.see(/^Break instruction exception[^$]*kd> $/);
    expect(kd.machine.images.some(({ loaded }) => !loaded)).toBe(true);
    expect(await kd.leave()).toBe(0);
  });
});
