import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseListing } from '../../../src/kd-text/instructions.js';
import { imageFolders } from '../../../src/simulator/machine/images/catalogue.js';
import { type KernelName, kernelFamily } from '../../../src/simulator/machine/kernels.js';
import { ShellBench } from './shell-bench.js';

const cache = mkdtempSync(path.join(tmpdir(), 'unassemble-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

async function stopped(architecture: 'x86' | 'x64', kernel: KernelName): Promise<ShellBench> {
  const folders = imageFolders(architecture, kernelFamily(architecture, kernel));
  const kd = new ShellBench({
    architecture,
    kernel,
    stub: { state: 'running', wakes: { worker: 10 } },
    symbols: { path: folders.join(';'), cache },
  });
  await kd.breakIn();
  return kd;
}

describe('uf', () => {
  it('lists a function along its jumps, with its cold part, and the names of what it refers to', async () => {
    const kd = await stopped('x64', '11');
    const text = await kd.command('uf nt!ExRemovePoolTag');
    const listing = [...parseListing(text.split('\n')).values()];
    expect(text.split('\n')[0]).toBe('nt!ExRemovePoolTag:');
    expect(text).toMatch(/cmp {5}eax,dword ptr \[nt!PoolHitTag \(fffff800`[0-9a-f]{8}\)\]$/m);
    expect(text).toMatch(/je {6}nt!ExRemovePoolTag\+0x1e \(fffff800`[0-9a-f]{8}\)$/m);
    expect(text).toMatch(/call {4}nt!ExpCountFree \(fffff800`[0-9a-f]{8}\)$/m);
    expect(text).toMatch(/^nt!ExRemovePoolTag\+0x1e:\n\S+ cc +int {5}3$/m);
    // Behind its last instruction another function begins: it is not listed.
    expect(listing.at(-1)?.mnemonic).toBe('jmp');
    const end = kd.machine.address('nt!ExRemovePoolTag') ?? 0n;
    expect(listing.every(({ address }) => address >= end && address < end + 0x24n)).toBe(true);
    expect(await kd.leave()).toBe(0);
  });

  it('reads every piece of code once, and little more than there is', async () => {
    const kd = await stopped('x86', '2003');
    const { bytes } = kd.traffic;
    await kd.command('uf nt!ExpInsertPoolTracker');
    expect(kd.traffic.bytes - bytes).toBeLessThan(1000);
    expect(await kd.leave()).toBe(0);
  });

  it('says what it cannot read', async () => {
    const kd = await stopped('x86', '2003');
    expect(await kd.command('uf 10')).toBe("Memory access error at '10'\n");
    expect(await kd.command('uf nt!NoSuchThing')).toBe("Couldn't resolve error at 'nt!NoSuchThing'\n");
    expect(await kd.leave()).toBe(0);
  });
});
