import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'step cache '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

describe.each(['x86', 'x64'] as const)('stepping (%s)', (architecture) => {
  const pc = architecture === 'x86' ? 'eip' : 'rip';

  async function bench(wakes: Record<string, number>, processors = 1): Promise<ShellBench> {
    const kd = new ShellBench({
      architecture,
      processors,
      stub: { state: 'running', wakes },
      symbols: { path: path.join(IMAGES, architecture), cache },
    });
    await kd.breakIn();
    return kd;
  }

  /** Activations of the recursion on the stack. */
  async function depth(kd: ShellBench): Promise<number> {
    return (await kd.command('k 30')).match(/FilterWalkTree/g)?.length ?? 0;
  }

  it('does the rest of a line at the stop that comes next', async () => {
    const kd = await bench({ worker: 5 });
    await kd.command('bp nt!MmAllocateSpecialPool');
    kd.keys.typed('g;.echo at the hit;t;.echo one further;p;.echo and over');
    const from = kd.text.length;
    await kd.see(/and over\nkd> $/);
    const text = kd.text.slice(from);
    const order = ['Breakpoint 0 hit', 'at the hit', 'one further', 'and over'].map((each) => text.indexOf(each));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(Math.min(...order)).toBeGreaterThanOrEqual(0);
    expect(text.match(/kd> /g)).toHaveLength(1);
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  });

  it('leaves a target that runs when nobody can type, whatever was to come', async () => {
    const kd = await bench({});
    kd.keys.typed('g;.echo never');
    kd.keys.ended();
    await kd.until(() => kd.exitCode !== undefined);
    expect(kd.exitCode).toBe(0);
    expect(kd.text).not.toContain('never');
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  async function inTheRecursion(): Promise<ShellBench> {
    const kd = await bench({ deep: 5 });
    await kd.command('bp /1 filterdrv!FilterWalkTree 5');
    kd.keys.typed('g');
    await kd.see(/^Breakpoint 0 hit\nfilterdrv!FilterWalkTree:\n.*\nkd> $/);
    expect(await depth(kd)).toBe(5);
    return kd;
  }

  async function sound(kd: ShellBench): Promise<void> {
    kd.keys.typed('g');
    await kd.clock.advanceAsync(2000);
    expect(await kd.leave(), kd.text.slice(-1500)).toBe(0);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.stub.books.violations).toEqual([]);
    expect(kd.stub.books.target.breakpoints).toBe(0);
  }

  it('goes up one call of a recursion at a time', async () => {
    const kd = await inTheRecursion();
    for (let left = 4; left > 0; left--) {
      const shown = await kd.command('gu');
      expect(shown).toMatch(/^filterdrv!FilterWalkTree\+0x[0-9a-f]+:\n/);
      expect(shown).not.toContain('Breakpoint');
      expect(await depth(kd)).toBe(left);
    }
    expect(await kd.command('gu')).toMatch(/^filterdrv!FilterDispatch\+0x/);
    expect(await kd.command('bl')).toBe('\n');
    await sound(kd);
  });

  it.each(['gc', 'g'])(
    'goes up past a breakpoint whose commands end in gc, and no further than one of g: %s',
    async (end) => {
      const kd = await bench({ worker: 5 });
      await kd.command('bp leakydrv!LeakyAllocate');
      await kd.command(`bp nt!MmAllocateSpecialPool ".echo passing;${end}"`);
      kd.keys.typed('g');
      await kd.see(/^Breakpoint 0 hit[^$]*kd> $/);
      const from = kd.text.length;
      kd.keys.typed('gu');
      // Without it the next stop is the next call.
      await kd.see(end === 'gc' ? /^leakydrv!\w+\+0x/ : /^Breakpoint 0 hit/);
      const shown = kd.text.slice(from);
      expect(shown).toContain('passing\n');
      expect(shown.includes('Breakpoint 0 hit')).toBe(end === 'g');
      await kd.until(() => /kd> $/.test(kd.text));
      expect((await kd.command('bl')).match(/^ \d/gm)).toHaveLength(2);
      await kd.command('bc *');
      await sound(kd);
    },
  );

  it('steps over calls, also over one to itself', async () => {
    const kd = await inTheRecursion();
    let text = '';
    for (let steps = 0; steps < 40 && !text.includes('call'); steps++) text = await kd.command('p');
    expect(text).toMatch(/^filterdrv!FilterWalkTree\+0x[0-9a-f]+:\n.*call/);
    const visits = kd.machine.tagAllocations;
    expect(await kd.command('p')).toMatch(/^filterdrv!FilterWalkTree\+0x[0-9a-f]+:\n(?!.*call)/);
    expect(kd.machine.tagAllocations).toBe(visits + 1);
    expect(await depth(kd)).toBe(5);
    expect(await kd.command('bl')).toBe('\n');
    await sound(kd);
  });

  it('goes into calls with t, takes counts, and shows every step', async () => {
    const kd = await inTheRecursion();
    const from = kd.text.length;
    kd.keys.typed('t 14');
    await kd.until(() => (kd.text.slice(from).match(/^filterdrv!FilterWalkTree/gm)?.length ?? 0) === 20);
    await kd.see(/kd> $/);
    expect(kd.text.slice(from).match(/kd> /g)).toHaveLength(1);
    expect(await depth(kd)).toBeGreaterThan(5);
    expect(await kd.command('t 0')).toContain('Range error');
    await sound(kd);
  });

  it('goes to an address once, with a breakpoint that nobody sees', async () => {
    const kd = await bench({ worker: 20 }, 2);
    const shown = await kd.command('g nt!MmAllocateSpecialPool');
    expect(shown).toMatch(/^nt!MmAllocateSpecialPool:\n.*\n$/);
    expect(await kd.command(`? @${pc} == nt!MmAllocateSpecialPool`)).toContain('Evaluate expression: 1 = ');
    expect(await kd.command('bl')).toBe('\n');
    const before = kd.machine.tagAllocations;
    kd.keys.typed('g');
    await kd.until(() => kd.machine.tagAllocations > before + 5);
    await sound(kd);
  });

  it('ends at every other stop, and leaves nothing behind', async () => {
    const kd = await bench({ worker: 20 });
    await kd.command('bp nt!MmAllocateSpecialPool');
    expect(await kd.command('g nt!KeBugCheckEx')).toMatch(/^Breakpoint 0 hit\n/);
    expect((await kd.command('bl')).trim().split('\n')).toHaveLength(1);
    await kd.command('bc *');
    kd.keys.typed('g nt!KeBugCheckEx');
    await kd.clock.advanceAsync(1000);
    expect(kd.stub.books.target.breakpoints).toBe(1);
    await kd.breakIn();
    expect(await kd.command('bl')).toBe('\n');
    await sound(kd);
  });

  it('is called off by whoever breaks in', async () => {
    const kd = await inTheRecursion();
    let steps = 0;
    kd.onText = () => {
      if (++steps === 25) kd.keys.interrupt();
    };
    kd.keys.typed('t ffff');
    await kd.see(/kd> $/);
    expect(steps).toBeLessThan(40);
    await kd.clock.advanceAsync(5000);
    expect(kd.stub.books.target.state).toBe('halted');
    await sound(kd);
  });

  it('takes out what it has set when kd leaves on the way', async () => {
    const kd = await bench({ worker: 20 });
    kd.keys.typed('g nt!KeBugCheckEx');
    await kd.clock.advanceAsync(1000);
    expect(await kd.leave()).toBe(0);
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it('says what it cannot do', async () => {
    const kd = await bench({});
    expect(await kd.command('pa 10')).toContain('pa is not supported by this kd');
    expect(await kd.command('g nt!NoSuchName')).toContain("Couldn't resolve error");
    expect(await kd.command('p 1+')).toContain('Numeric expression missing');
  });
});
