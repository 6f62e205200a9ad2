import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { imageFolders } from '../../../src/simulator/machine/images/catalogue.js';
import { type KernelName, kernelFamily } from '../../../src/simulator/machine/kernels.js';
import { tracked } from '../../simulator/machine/pool-tables.js';
import { ShellBench } from './shell-bench.js';

const cache = mkdtempSync(path.join(os.tmpdir(), 'kernels '));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

function bench(kernel: KernelName, processors: number): ShellBench {
  return new ShellBench({
    architecture: 'x64',
    kernel,
    processors,
    stub: { state: 'running', wakes: { worker: 10, gui: 10 } },
    symbols: { path: imageFolders('x64', kernelFamily('x64', kernel)).join(';'), cache },
  });
}

const WORDS = {
  '2003': [/^Windows Server 2003 Kernel Version 3790 \(Service Pack 2\) MP \(2 procs\) .* x64$/m, '3790.srv03_sp2_rtm'],
  '7': [/^Windows 7 Kernel Version 7601 \(Service Pack 1\) MP \(2 procs\) .* x64$/m, '7601.17514.amd64fre'],
  '10': [/^Windows 10 Kernel Version 19041 MP \(2 procs\) .* x64$/m, '19041.1.amd64fre.vb_release'],
  '11': [/^Windows 10 Kernel Version 26100 MP \(2 procs\) .* x64$/m, '26100.1.amd64fre.ge_release'],
} as const;

/** Allocations and frees of Ddk are in these functions, one frame above the break where that is a call. */
const PLACES = {
  '2003': ['nt!ExpInsertPoolTracker', 'nt!ExpRemovePoolTracker'],
  '7': ['nt!ExpInsertPoolTracker', 'nt!ExpRemovePoolTracker'],
  '10': ['nt!ExInsertPoolTag', 'nt!ExRemovePoolTag'],
  '11': ['nt!ExAllocateHeapPool', 'nt!ExFreeHeapPool'],
} as const;

describe.each(['2003', '7', '10', '11'] as const)('kernel %s under the built-in kd', (kernel) => {
  it('says which Windows it is, and !poolused what the kernel has counted', async () => {
    const kd = bench(kernel, 2);
    await kd.clock.advanceAsync(2000);
    await kd.breakIn();
    const [title, lab] = WORDS[kernel];
    const shown = await kd.command('vertarget');
    expect(shown).toMatch(title);
    expect(shown).toContain(lab);
    const { paged } = tracked(kd.machine).get('Ddk ') ?? {};
    const outstanding = (paged?.allocs ?? 0) - (paged?.frees ?? 0);
    expect(outstanding).toBeGreaterThan(0);
    const row = new RegExp(`^ Ddk +0 +0 +${outstanding} +${paged?.bytes}$`, 'm');
    expect(await kd.command('!poolused 0 Ddk')).toMatch(row);
    expect(await kd.command('!poolused 4')).toMatch(row);
    expect(await kd.leave()).toBe(0);
  });

  it('goes on at every break of PoolHitTag, and loses none', async () => {
    const kd = bench(kernel, 1);
    await kd.breakIn();
    await kd.command('ed nt!PoolHitTag 0x206b6444;sxe -c "kb 3;g" bpe');
    const from = kd.text.length;
    kd.keys.typed('g');
    const { books } = kd.stub;
    await kd.until(() => books.hits >= 40 && books.target.state === 'running');
    // Later ones may meet the break-in, and stop without a stack.
    const { hits } = books;
    const text = kd.text.slice(from);
    const stacks = [...text.matchAll(/^RetAddr .*\n.*\n.*$/gm)].map(([frames]) => frames);
    const [allocations, frees] = PLACES[kernel].map(
      (place) => stacks.filter((frames) => frames.includes(`${place}+`)).length,
    );
    expect((allocations ?? 0) + (frees ?? 0)).toBe(hits);
    expect([(allocations ?? 0) > 10, (frees ?? 0) > 10]).toEqual([true, true]);
    await kd.breakIn();
    await kd.command('ed nt!PoolHitTag 0;sxd bpe');
    expect(await kd.leave()).toBe(0);
    expect(books.stops['pool-hit']).toBe(books.hits);
    expect([books.hits_lost, books.damages, books.violations]).toEqual([0, [], []]);
  });
});
