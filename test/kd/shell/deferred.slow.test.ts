import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import { parseBreakpointRow } from '../../../src/kd-text/listings/breakpoints.js';
import type { PartialStubOptions } from '../../../src/simulator/stub/stub-options.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'bu cache '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

describe.each(['x86', 'x64'] as const)('breakpoints that are bound to names (%s)', (architecture) => {
  async function bench(wakes: Record<string, number> = {}, stub: PartialStubOptions = {}): Promise<ShellBench> {
    const kd = new ShellBench({
      architecture,
      stub: { state: 'running', wakes, ...stub },
      symbols: { path: path.join(IMAGES, architecture), cache },
    });
    await kd.breakIn();
    return kd;
  }

  const rows = async (kd: ShellBench) => (await kd.command('bl')).split('\n').filter(Boolean).map(parseBreakpointRow);

  it('come of bp as well, where the module is not there; and a number of its own is had', async () => {
    const kd = await bench();
    expect(await kd.command('bp nosuch!DriverEntry "kb;g"')).toContain(
      "Bp expression 'nosuch!DriverEntry ' could not be resolved, adding deferred bp",
    );
    expect(await kd.command('bp nt!NoSuchFunction')).toContain("Couldn't resolve error at 'nt!NoSuchFunction'");
    await kd.command('bp7 nt!KeBugCheckEx');
    await kd.command('bp7 nt!MmAllocateSpecialPool ";kb;g"');
    await kd.command('bp7 nt!NoSuchFunction');
    expect(await rows(kd)).toMatchObject([
      { id: 0, resolved: false, symbol: 'nosuch!DriverEntry', command: 'kb;g' },
      { id: 7, resolved: true, symbol: 'nt!MmAllocateSpecialPool', command: ';kb;g' },
    ]);
    expect(await kd.leave()).toBe(0);
  });

  it('wait, are listed, switched and cleared like any other', async () => {
    const kd = await bench();
    expect(await kd.command('bu nosuch!DriverEntry+2 3 "kb;g"')).toBe('');
    await kd.command('bp nt!KeBugCheckEx;bu nt!MmAllocateSpecialPool');
    const place = ' '.repeat(architecture === 'x86' ? 8 : 17);
    expect((await kd.command('bl')).split('\n')[0]).toBe(
      ` 0 eu${place}     0001 (0001) (nosuch!DriverEntry+2 ) "kb;g"`,
    );
    expect(await rows(kd)).toMatchObject([
      { id: 0, enabled: true, resolved: false, symbol: 'nosuch!DriverEntry+2', command: 'kb;g' },
      { id: 1, resolved: true, symbol: 'nt!KeBugCheckEx' },
      { id: 2, resolved: true, symbol: 'nt!MmAllocateSpecialPool' },
    ]);
    await kd.command('bd 0 2');
    expect((await rows(kd)).map((row) => row?.enabled)).toEqual([false, true, false]);
    await kd.command('be *;bc 0;bp nt!ExFreePoolWithTag');
    expect((await rows(kd)).map((row) => row?.symbol)).toEqual([
      'nt!ExFreePoolWithTag',
      'nt!KeBugCheckEx',
      'nt!MmAllocateSpecialPool',
    ]);
    await kd.command('bu nosuch!Other;bc *');
    expect(await kd.command('bl')).toBe('\n');
    expect(await kd.command('bu 1+')).toMatch(/^Numeric expression missing/);
    expect(await kd.command('bu')).toMatch(/\^ Syntax error in 'bu'/);
    expect(await kd.leave()).toBe(0);
  });

  it('are in a driver before its first instruction, in every boot', async () => {
    const kd = await bench({ worker: 5 });
    await kd.command('bu leakydrv!DriverEntry ".echo it begins;g";bp nt!KeBugCheckEx');
    for (let boot = 0; boot < 2; boot++) {
      kd.keys.typed('.reboot');
      await kd.see(/^it begins$/);
      await kd.clock.advanceAsync(20_000);
      await kd.breakIn();
      expect(await rows(kd)).toMatchObject([{ id: 0, resolved: true, symbol: 'leakydrv!DriverEntry' }]);
    }
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.stub.books.violations).toEqual([]);
    expect(kd.stub.books.target.breakpoints).toBe(0);
  });

  it('leave the target running when kd leaves while they wait', async () => {
    const kd = await bench();
    await kd.command('bu leakydrv!DriverEntry');
    kd.keys.typed('.reboot');
    await kd.clock.advanceAsync(300);
    expect(await kd.leave()).toBe(0);
    await kd.clock.advanceAsync(60_000);
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it('do not keep a target that boots when it refuses them', async () => {
    const kd = await bench({}, { missingApis: new Set([API.writeBreakPoint]) });
    await kd.command('bu nt!MmAllocateSpecialPool');
    kd.keys.typed('.reboot');
    await kd.see(/^The target refuses breakpoint 0 at /);
    await kd.clock.advanceAsync(20_000);
    expect(kd.stub.books.target.state).toBe('running');
    expect(await kd.leave()).toBe(0);
  });

  it('take the place of one that is at their address', async () => {
    const kd = await bench({ worker: 20 });
    await kd.command('bp nt!MmAllocateSpecialPool;bu nt!MmAllocateSpecialPool ".echo bound"');
    expect(await rows(kd)).toMatchObject([{ id: 0, command: '.echo bound' }]);
    kd.keys.typed('g');
    await kd.see(/^bound\n\S+:\n.*\nkd> $/);
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  });

  it('are set at whatever a pattern fits', async () => {
    const kd = await bench({ worker: 20 });
    const shown = (await kd.command('bm leakydrv!LeakyRe* ".echo by pattern"')).trimEnd().split('\n');
    expect(shown[0]).toMatch(/^ {2}0: [0-9a-f`]+ @!"leakydrv!LeakyRe\w+"$/);
    expect(shown.map((line) => line.slice(0, 4))).toEqual(shown.map((_, index) => `  ${index}:`));
    expect(await rows(kd)).toHaveLength(shown.length);
    kd.keys.typed('g');
    await kd.see(/^by pattern\nleakydrv!LeakyRefreshCache:\n.*\nkd> $/);
    expect(await kd.command('bm leakydrv!NoSuch*')).toBe('No matching code symbols found, no breakpoints set.\n');
    expect(await kd.command('bm nt!*')).toContain('none is set');
    expect(await rows(kd)).toHaveLength(shown.length);
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  });
});
