import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import type { TargetModule } from '../../../src/kd/control/modules.js';
import { ImageFiles } from '../../../src/kd/shell/image-files.js';
import type { TargetSymbols } from '../../../src/kd/shell/target-symbols.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));
const OPEN_FILES = '/proc/self/fd';
const cache = mkdtempSync(path.join(tmpdir(), 'images at hand '));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

function bench(architecture: 'x86' | 'x64', thread: string): ShellBench {
  const folder = path.join(IMAGES, architecture);
  return new ShellBench({
    architecture,
    stub: { state: 'running', wakes: { [thread]: 10 } },
    symbols: { path: folder, cache, images: folder },
  });
}

/** Requests for memory at a hit. */
async function readsOfHit(kd: ShellBench, place: string): Promise<number> {
  await kd.breakIn();
  await kd.command(`bp ${place} ";kb;g"`);
  const { books } = kd.stub;
  const reads = (): number => books.requests_by_api[API.readVirtual.toString(16)] ?? 0;
  kd.keys.typed('g');
  await kd.until(() => books.hits >= 5 && books.target.state === 'running');
  const [before, hits] = [reads(), books.hits];
  await kd.until(() => books.hits >= hits + 10 && books.target.state === 'running');
  const found = (reads() - before) / (books.hits - hits);
  await kd.breakIn();
  expect(await kd.leave()).toBe(0);
  expect(kd.machine.damages).toEqual([]);
  return found;
}

it.each(['x86', 'x64'] as const)('their code is not asked of the target at a hit (%s)', async (architecture) => {
  // The stack.
  expect(await readsOfHit(bench(architecture, 'worker'), 'nt!MmAllocateSpecialPool')).toBe(1);
});

it.each(['x86', 'x64'] as const)('they give the bytes that the target has (%s)', async (architecture) => {
  const { machine } = bench(architecture, 'worker');
  const nt = machine.images.find(({ name }) => name === 'nt') as (typeof machine.images)[number];
  const module = { ...nt, file: 'ntoskrnl.exe', checkSum: 0 } as unknown as TargetModule;
  const image = path.join(IMAGES, architecture, 'ntkrnlmp.exe');
  const images = new ImageFiles({ of: async () => ({ image }) } as unknown as TargetSymbols);
  const address = machine.address('nt!ExAllocatePoolWithTag') as bigint;
  const rva = Number(address - nt.base);
  expect(await images.bytes(module, rva, 16)).toEqual(Buffer.from(machine.memory.read(address, 16)));
  expect(await images.bytes(module, 0x7fff_0000, 16)).toHaveLength(0);
  await images.close();
  expect(await images.bytes(module, rva, 16)).toHaveLength(0);
});

/** Images that this process has open. */
function openImages(): string[] {
  const links = readdirSync(OPEN_FILES).flatMap((name) => {
    try {
      return readlinkSync(path.join(OPEN_FILES, name));
    } catch {
      return [];
    }
  });
  return links.filter((file) => file.startsWith(IMAGES));
}

it.skipIf(!existsSync(OPEN_FILES))('they are closed when the target has started anew', async () => {
  const kd = bench('x64', 'worker');
  for (let boot = 0; boot < 4; boot++) {
    await kd.breakIn();
    expect(await kd.command('kb')).toContain('Call Site');
    kd.keys.typed('.reboot');
    await kd.see('Connected to');
  }
  await kd.breakIn();
  await kd.command('kb');
  await kd.until(() => new Set(openImages()).size === openImages().length);
  expect(await kd.leave()).toBe(0);
});
