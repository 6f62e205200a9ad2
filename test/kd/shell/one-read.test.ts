import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import { readImageHeaders } from '../../../src/kd/symbols/image/image.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'one read '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

it.each([
  ['x86', '.printf \\"%x %x %x\\",poi(@esp+4),poi(@esp+8),poi(@esp+c)'],
  ['x64', '.printf \\"%p %x %x\\",@rcx,@rdx,@r8;r rsp,rax'],
] as const)('arguments in front of a stack cost the target nothing (%s)', async (architecture, first) => {
  const kd = new ShellBench({
    architecture,
    stub: { state: 'running', wakes: { worker: 10 } },
    symbols: { path: path.join(IMAGES, architecture), cache },
  });
  // One part of the context and one piece of the stack at every hit.
  expect(await perHit(kd, `;${first};kb`)).toEqual([1, 1]);
  await kd.breakIn();
  expect(await kd.leave()).toBe(0);
});

/** Requests for a part of the context, and for memory, at every hit of the pool breakpoint. */
async function perHit(kd: ShellBench, command: string): Promise<number[]> {
  await kd.breakIn();
  await kd.command(`bp nt!MmAllocateSpecialPool "${command};g"`);
  kd.keys.typed('g');
  const { books } = kd.stub;
  const count = (): number[] =>
    [API.getContextEx, API.readVirtual].map((api) => books.requests_by_api[api.toString(16)] ?? 0);
  await kd.until(() => books.hits >= 5 && books.target.state === 'running');
  const [before, hits] = [count(), books.hits];
  await kd.until(() => books.hits >= hits + 20 && books.target.state === 'running');
  return count().map((each, index) => (each - (before[index] ?? 0)) / (books.hits - hits));
}

/** Says of a kernel function that it keeps its frame in rdi: without saved registers that are placed by it, nothing else changes. */
async function giveFrameRegister({ machine }: ShellBench, name: string): Promise<void> {
  const { memory } = machine;
  const base = machine.images.find((image) => image.name === 'nt')?.base ?? 0n;
  const read = async (rva: number, length: number): Promise<Buffer> =>
    Buffer.from(memory.read(base + BigInt(rva), length));
  const table = (await readImageHeaders(read))?.directories[3];
  const rva = Number((machine.address(name) ?? 0n) - base);
  const entries = await read(table?.rva ?? 0, table?.size ?? 0);
  for (let entry = 0; entry < entries.length; entry += 12)
    if (entries.readUInt32LE(entry) <= rva && rva < entries.readUInt32LE(entry + 4)) {
      const info = base + BigInt(entries.readUInt32LE(entry + 8));
      memory.write(info + 3n, Buffer.of(7));
      return;
    }
  throw new Error(`no unwind data for ${name}`);
}

it('takes all registers at once where a stack depends on more than a few (x64)', async () => {
  const [few, all] = [false, true].map(
    () =>
      new ShellBench({
        architecture: 'x64',
        stub: { state: 'running', wakes: { worker: 10 } },
        symbols: { path: path.join(IMAGES, 'x64'), cache },
      }),
  ) as [ShellBench, ShellBench];
  await giveFrameRegister(all, 'nt!ExAllocatePoolWithTag');
  const aHit = ({ text }: ShellBench): string | undefined => text.split(/^RetAddr .*\n/m)[5];
  const bytesOfHit = ({ stub: { books } }: ShellBench): number => books.bytes_out / books.hits;
  for (const kd of [few, all]) expect(await perHit(kd, 'kb')).toEqual([1, 1]);
  expect(aHit(all)).toBe(aHit(few));
  expect(bytesOfHit(all)).toBeGreaterThan(bytesOfHit(few) + 100);
});
