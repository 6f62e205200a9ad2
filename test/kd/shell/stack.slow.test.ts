import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXPECTED } from '../../simulator/machine/expected-paths.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'stack cache '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** The kernel's part of a stack: what user mode adds is not followed. */
function callersOf(thread: string, architecture: 'x86' | 'x64'): string[] {
  // Frame data finds callers that have no frames; the chain of the other architecture has them all.
  const own = thread === 'blit' ? 'x64' : architecture;
  const chain = EXPECTED[own][thread]?.[0] ?? [];
  const user = chain.findIndex((name) => name.startsWith('ntdll!'));
  const kernel = user < 0 ? [...chain] : chain.slice(0, user);
  if (thread === 'reopen' && architecture === 'x86')
    kernel.splice(kernel.indexOf('filterdrv!FilterReopen'), 0, 'filterdrv!FilterOpenBelow');
  // The label that the return address of a system call carries itself.
  return kernel.map((name) => (name === 'nt!KiSystemServiceCopyEnd' ? 'nt!KiSystemServiceExit' : name));
}

/** In kd a new hit is a new header: a breakpoint that goes on is announced by nothing else. */
const HEADER = /^(?:ChildEBP )?RetAddr .*$/m;

/** Names of the frames that kd printed, without user mode's. */
function callersIn(text: string): string[] {
  const sites = text.split('\n').flatMap((line) => /^[0-9a-f`]{8,} .*?(\S+!\S+)$/.exec(line)?.[1] ?? []);
  return sites.map((site) => site.replace(/\+0x[0-9a-f]+$/, ''));
}

const THREADS = ['worker', 'batch', 'buffers', 'blit', 'open', 'reopen', 'ioctl', 'deep'] as const;

describe.each(['x86', 'x64'] as const)('a stack (%s)', (architecture) => {
  it.each(THREADS)('names every caller of a hit: %s', async (thread) => {
    const kd = new ShellBench({
      architecture,
      stub: { state: 'running', wakes: { [thread]: 10 } },
      symbols: { path: path.join(IMAGES, architecture), cache },
    });
    await kd.breakIn();
    await kd.command('bp nt!MmAllocateSpecialPool ";kb 40;g"');
    const from = kd.text.length;
    kd.keys.typed('g');
    for (let hit = 0; hit < 3; hit++) await kd.see(HEADER);
    const stacks = kd.text.slice(from).split(HEADER).slice(1, 3);
    for (const stack of stacks) expect(callersIn(stack)).toEqual(callersOf(thread, architecture));
    await kd.breakIn();
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.stub.books.violations).toEqual([]);
  });
});
