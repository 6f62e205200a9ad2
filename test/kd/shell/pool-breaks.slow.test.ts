import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { READ_TAG } from '../../../src/session/core/hit-tag.js';
import type { Plan } from '../../../src/session/core/plan.js';
import { step } from '../../../src/session/core/step.js';
import { imageFolders } from '../../../src/simulator/machine/images/catalogue.js';
import { type KernelName, kernelFamily } from '../../../src/simulator/machine/kernels.js';
import { HitReader } from '../../../src/stacks/read/hit-reader.js';
import { BASE } from '../../session/base-plan.js';
import { stateOf } from '../../session/state-of.js';
import { tracked } from '../../simulator/machine/pool-tables.js';
import { ShellBench } from './shell-bench.js';

const cache = mkdtempSync(path.join(tmpdir(), 'pool-breaks-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** This kd knows the target's modules by itself. */
const { modules: _, ...OURS } = BASE;
const PLAN: Plan = { ...OURS, strategy: 'pool-hit-tag', detail: 'frees', haltLimitMs: 60_000 };

/** Carries out what a session asks while it arms, until the filter is to be set. */
async function listed(kd: ShellBench): Promise<{ readonly lines: string[]; readonly asked: string[] }> {
  const target = { disposition: 'halted', haltedSince: 0 } as const;
  let state = stateOf({ phase: 'arming', target, query: { last: 1, open: true } });
  const asked: string[] = [];
  let question = { purpose: 'resolve' as string, lines: [READ_TAG] as readonly string[] };
  for (let id = 1; question.purpose !== 'arm'; id++) {
    asked.push(...question.lines);
    let text = '';
    for (const line of question.lines) text += await kd.command(line);
    const answer = { at: id, type: 'answer', id, purpose: question.purpose, lines: text.split('\n') };
    const next = step(state, answer as Parameters<typeof step>[1], PLAN);
    state = next.state;
    const ask = next.effects.find((effect) => effect.do === 'ask');
    if (ask?.do !== 'ask') throw new Error(`nothing is asked behind ${text}`);
    question = ask;
  }
  return { lines: [...question.lines], asked };
}

const CASES = [
  ['x64', '7'],
  ['x64', '2003'],
  ['x64', '10'],
  ['x64', '11'],
  ['x86', '2003'],
] as const;

describe.each(CASES)('breaks of PoolHitTag (%s, kernel %s)', (architecture, name) => {
  const kernel: KernelName = name;

  it('tell every byte that the kernel counts, and the address of every block', async () => {
    const folders = imageFolders(architecture, kernelFamily(architecture, kernel));
    const kd = new ShellBench({
      architecture,
      kernel,
      stub: { state: 'running', wakes: { worker: 10, gui: 10 } },
      symbols: { path: folders.join(';'), cache },
    });
    await kd.breakIn();
    const { bytes } = kd.traffic;
    const { lines, asked } = await listed(kd);
    expect(asked.filter((line) => /uf /.test(line)).length).toBeGreaterThan(1);
    // What all listings cost on the line: with what `vertarget` reads, less than half a second at 115,200 baud.
    expect(kd.traffic.bytes - bytes).toBeLessThan(5500);
    for (const line of lines) await kd.command(line);
    const counted = (): number => {
      const { paged, nonpaged } = tracked(kd.machine).get('Ddk ') ?? { paged: undefined, nonpaged: undefined };
      return (paged?.bytes ?? 0) + (nonpaged?.bytes ?? 0);
    };
    const [from, before] = [kd.text.length, counted()];
    const { books } = kd.stub;
    kd.keys.typed('g');
    await kd.until(() => (books.stops['pool-hit'] ?? 0) >= 60 && books.target.state === 'running');
    await kd.breakIn();
    await kd.command('ed nt!PoolHitTag 0;sxe -c "" bpe');
    const after = counted();
    const reader = new HitReader();
    reader.push(Buffer.from(kd.text.slice(from)));
    reader.end();
    const found = reader.findings();
    const asking = found.stacks.reduce((sum, stack) => sum + stack.sized, 0);
    const asks = found.stacks.reduce((sum, stack) => sum + stack.bytes, 0);
    expect(asking + found.freedSized).toBe(books.stops['pool-hit']);
    expect(asks - found.freedBytes).toBe(after - before);
    expect([asking > 20, found.freedSized > 10]).toEqual([true, true]);
    const { addresses } = found;
    // The break-in may have met the last one on its way back.
    expect(addresses.tracked).toBeGreaterThanOrEqual(asking - 1);
    expect(addresses.freed + addresses.unmatchedFrees).toBe(found.freedSized);
    expect(addresses.freed).toBeGreaterThan(5);
    expect(addresses.reused).toBe(0);
    await kd.command('bc *');
    expect(await kd.leave()).toBe(0);
    expect([books.hits_lost, books.damages, books.violations]).toEqual([0, [], []]);
  });
});
