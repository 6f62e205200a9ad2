import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { NOT_READ, parseKnownStacks } from '../../../src/kd-text/frames/known-stacks.js';
import type { MachineArchitecture } from '../../../src/simulator/machine/machine.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));
const cache = mkdtempSync(path.join(os.tmpdir(), 'known stacks '));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** Threads of many depths and kinds, so that stacks begin alike and go on otherwise. */
const WAKES = { worker: 9, batch: 3, ioctl: 5, deep: 4, open: 5, reopen: 4, buffers: 3, gui: 5 };

function bench(architecture: MachineArchitecture, knownStacks: boolean): ShellBench {
  return new ShellBench({
    architecture,
    knownStacks,
    stub: { state: 'running', wakes: WAKES },
    symbols: { path: path.join(IMAGES, architecture), cache },
  });
}

/** What is printed at so many hits by this command string, a text a stack, and the bytes of the later ones of these hits. */
async function collect(kd: ShellBench, hits: number, command: string): Promise<{ stacks: string[]; bytes: number }> {
  const { books } = kd.stub;
  const bytes = (): number => books.bytes_out + books.bytes_in;
  await kd.breakIn();
  await kd.command(`bp nt!MmAllocateSpecialPool "${command}"`);
  const from = kd.text.length;
  kd.keys.typed('g');
  await kd.until(() => books.hits >= hits / 2);
  const [half, halfBytes] = [books.hits, bytes()];
  await kd.until(() => books.hits >= hits);
  const perHit = (bytes() - halfBytes) / (books.hits - half);
  await kd.breakIn();
  const stacks = kd.text
    .slice(from)
    .split(/^(?=.*RetAddr)/m)
    .filter((text) => text.includes('RetAddr'));
  return { stacks: stacks.slice(0, hits), bytes: perHit };
}

/** A stack's call sites, innermost first. */
function sites(stack: string): string {
  return [...stack.matchAll(/^[0-9a-f`]{8,17} [0-9a-f`]{8,17} .* (\S+[!+]\S+)$/gm)].map(([, site]) => site).join(' < ');
}

describe.each(['x64', 'x86'] as const)('stacks that are known (%s)', (architecture) => {
  it('are told whole, and are right', async () => {
    const kd = bench(architecture, true);
    // `kb` with a count is a question of its own, and reads what it shows.
    const { stacks } = await collect(kd, 160, ';kb;kb 100;g');
    const pairs = Array.from({ length: stacks.length / 2 }, (_, hit) => [
      stacks[2 * hit] ?? '',
      stacks[2 * hit + 1] ?? '',
    ]);
    expect(pairs.filter(([first = '']) => first.includes(NOT_READ)).length).toBeGreaterThan(40);
    expect(pairs.filter(([, second = '']) => second.includes(NOT_READ))).toEqual([]);
    for (const [first = '', second = ''] of pairs) expect(sites(first)).toBe(sites(second));
    const said = kd.text.split('\n').flatMap((line) => parseKnownStacks(line) ?? []);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatchObject({ different: 0 });
    expect(said[0]?.checked).toBeGreaterThan(3);
    expect(await kd.leave()).toBe(0);
  });

  it('cost less on the line, and what somebody asks for at a prompt is read whole', async () => {
    const [exact, known] = [bench(architecture, false), bench(architecture, true)];
    const [all, some] = [await collect(exact, 160, ';kb;g'), await collect(known, 160, ';kb;g')];
    expect(some.bytes).toBeLessThan(all.bytes * (architecture === 'x64' ? 0.72 : 0.97));
    expect(exact.text).not.toContain(NOT_READ);
    expect(exact.text).not.toContain('Known stacks');
    await known.command('bp nt!MmAllocateSpecialPool');
    known.keys.typed('g');
    await known.see(/nt!MmAllocateSpecialPool:\n.*\nkd> $/);
    expect(await known.command('kb')).not.toContain(NOT_READ);
    for (const kd of [exact, known]) expect(await kd.leave()).toBe(0);
  });
});
