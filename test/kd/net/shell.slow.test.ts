import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { windows } from '../../../src/simulator/stub/kd-variant.js';
import { ShellBench } from '../shell/shell-bench.js';

/** What Microsoft's engine was measured to move for one hit with its stack, on the same target. */
const ENGINE = { bytes: 16_578, datagrams: 140 };
const STACK = 'nt!MmAllocateSpecialPool';
const TROUBLE = { lose: 0.05, double: 0.05, flip: 0, late: 0.05, lateMs: 15 };
const FAULTS = { toTarget: TROUBLE, toHost: TROUBLE, staleId: 0, replyDelayMs: 0 };

const cache = mkdtempSync(path.join(os.tmpdir(), 'livedebug-kdnet-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));
const images = fileURLToPath(new URL('../../../fixtures/images/x64', import.meta.url));
const symbols = { path: images, cache, images };

describe('the built-in kd over KDNET', () => {
  it('says how it is connected, and costs a quarter of what Microsoft’s engine does at a hit, at the most', async () => {
    const bench = new ShellBench({
      architecture: 'x64',
      personality: windows,
      net: true,
      symbols,
      args: ['-bonc'],
      stub: { wakes: { worker: 2 } },
    });
    await bench.see(/^Connected to target 10\.0\.0\.7 on port 50000 on local IP 10\.0\.0\.7\.\n/);
    await bench.see(/kd> $/);
    await bench.command('bp nt!MmAllocateSpecialPool ";kb;g"');
    bench.keys.typed('g');
    const costs: { datagrams: number; bytes: number }[] = [];
    for (let hit = 0; hit < 12; hit++) {
      const { pieces, bytes } = bench.traffic;
      await bench.see(STACK);
      costs.push({ datagrams: bench.traffic.pieces - pieces, bytes: bench.traffic.bytes - bytes });
    }
    // The first hits read what is known from then on.
    for (const { datagrams, bytes } of costs.slice(6)) {
      expect(bytes).toBeLessThanOrEqual(ENGINE.bytes / 4);
      expect(datagrams).toBeLessThanOrEqual(ENGINE.datagrams / 4);
    }
    expect(await bench.leave()).toBe(0);
    expect(bench.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it.each(Array.from({ length: 16 }, (_, seed) => seed + 1))(
    'frees its target with datagrams lost, at any moment (seed %i)',
    async (seed) => {
      const bench = new ShellBench({
        architecture: 'x64',
        net: true,
        symbols,
        args: ['-bonc'],
        stub: { wakes: { worker: 10 }, faults: FAULTS, seed },
      });
      await bench.see(/kd> $/);
      await bench.command('bp nt!MmAllocateSpecialPool ";kb;g"');
      bench.keys.typed('g');
      for (let hit = 0; hit < seed % 5; hit++) await bench.see(STACK);
      await bench.clock.advanceAsync(seed * 37);
      expect(await bench.leave(), bench.text.slice(-800)).toBe(0);
      await bench.clock.advanceAsync(2000);
      expect(bench.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
      expect(bench.stub.books).toMatchObject({ violations: [], damages: [], bug_checks: [] });
    },
  );

  it('goes on through a reboot, and stops the new boot as it did the first', async () => {
    const bench = new ShellBench({
      architecture: 'x64',
      net: true,
      symbols,
      args: ['-bonc'],
      stub: { boot: { driverMs: 5 } },
    });
    await bench.see(/kd> $/);
    bench.keys.typed('.reboot');
    await bench.see(/^Shutdown occurred at /);
    await bench.see(/^Connected to target /);
    await bench.see(/kd> $/);
    expect(await bench.leave()).toBe(0);
  });
});
