import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseBreakpointRow } from '../../../src/kd-text/listings/breakpoints.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));
const cache = mkdtempSync(path.join(tmpdir(), 'plain-code-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** At a hit, with another breakpoint in the target's table: kd steps over its breakpoints, and leaves no register to them. */
async function atHit(architecture: 'x86' | 'x64'): Promise<ShellBench> {
  const kd = new ShellBench({
    architecture,
    ways: 'careful' as const,
    stub: { state: 'running', wakes: { worker: 5 } },
    symbols: { path: path.join(IMAGES, architecture), cache },
  });
  await kd.breakIn();
  await kd.command('bp nt!MmAllocateSpecialPool;bp nt!MmFreeSpecialPool');
  kd.keys.typed('g');
  await kd.see(/^Breakpoint 0 hit[^$]*kd> $/);
  return kd;
}

describe.each(['x86', 'x64'] as const)('what is shown of code (%s)', (architecture) => {
  it('is shown as it is where a breakpoint of ours stands, which stays', async () => {
    const kd = await atHit(architecture);
    const at = kd.machine.address('nt!MmFreeSpecialPool') ?? 0n;
    expect(kd.machine.memory.read(at, 1)[0]).toBe(0xcc);
    const first = (await kd.command('u nt!MmFreeSpecialPool L2')).split('\n')[1]?.split(' ')[1] ?? '';
    expect(first.slice(0, 2)).not.toBe('cc');
    for (const command of ['db', 'dd'])
      expect(await kd.command(`${command} nt!MmFreeSpecialPool L4`)).not.toMatch(/ (?:[0-9a-f]{6})?cc /);
    expect(await kd.command('bl')).toMatch(/ 1 e .*nt!MmFreeSpecialPool/);
    await kd.command('bc 0');
    kd.keys.typed('g');
    await kd.see(/^Breakpoint 1 hit/, 600_000);
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  });

  it('goes on behind what was shown of this stop', async () => {
    const kd = await atHit(architecture);
    const places = (text: string): string[] => text.match(/^[0-9a-f`]{8,17}(?= )/gm) ?? [];
    const all = places(await kd.command('u @$ip L10'));
    await kd.command('u @$ip L8');
    expect(places(await kd.command('u'))).toEqual(all.slice(8, 16));
    for (const again of ['.reload', 'r', 'r $t1=2']) {
      await kd.command('u @$ip L8');
      await kd.command(again);
      expect(places(await kd.command('u')), again).toEqual(all.slice(0, 8));
    }
    await kd.command('u @$ip L8');
    await kd.command('r @$ip');
    expect(places(await kd.command('u'))).toEqual(all.slice(8, 16));
    kd.keys.typed('g');
    await kd.see(/^Breakpoint 1 hit[^$]*kd> $/, 600_000);
    expect(BigInt(`0x${places(await kd.command('u'))[0]?.replace('`', '')}`)).toBe(
      kd.machine.address('nt!MmFreeSpecialPool'),
    );
  });

  it('is quoted with the blank behind a name that is not known, where more follows', async () => {
    const kd = await atHit(architecture);
    expect(await kd.command('dd nt!NoSuchThing L1')).toBe("Couldn't resolve error at 'nt!NoSuchThing '\n");
    expect(await kd.command('dd nt!NoSuchThing')).toBe("Couldn't resolve error at 'nt!NoSuchThing'\n");
    const deferred = 'could not be resolved, adding deferred bp\n';
    expect(await kd.command('bp nosuch!Thing')).toBe(`Bp expression 'nosuch!Thing' ${deferred}`);
    expect(await kd.command('bp nosuch!Other ";kb;g"')).toBe(`Bp expression 'nosuch!Other ' ${deferred}`);
    const rows = (await kd.command('bl')).split('\n');
    expect(rows[2]).toMatch(/ 2 eu .*\(nosuch!Thing\)$/);
    expect(rows[3]).toMatch(/ 3 eu .*\(nosuch!Other \) ";kb;g"$/);
  });

  it('gives a breakpoint that is set again the lowest number that is free', async () => {
    const kd = await atHit(architecture);
    await kd.command('bc 0');
    expect(await kd.command('bp nt!MmFreeSpecialPool "kb"')).toBe('breakpoint 1 redefined\n');
    expect((await kd.command('bl')).split('\n').filter(Boolean).map(parseBreakpointRow)).toMatchObject([
      { id: 0, symbol: 'nt!MmFreeSpecialPool', command: 'kb' },
    ]);
  });
});
