import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { Session } from './session.js';

const MOST = 8;

describe.each(ARCHITECTURES)('sizes and frees, told by Microsoft’s engine on %s', (architecture) => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = new Laboratory(architecture);
    await lab.target();
  });
  afterEach(() => lab.close());

  async function session(...words: string[]): Promise<Session> {
    const begun = new Session(lab, ['--break', 'now', '--max-hits', String(MOST), ...words]);
    expect(await begun.program.ended(), begun.text).toBe(0);
    await lab.expectFree();
    return begun;
  }

  test('--sizes: every hit with the size that was asked for', async () => {
    const run = await session('--sizes');
    expect(lab.books.hits).toBe(MOST);
    const sizes = [...run.log.matchAll(/^(?:kd> )*size=([0-9a-f]+) tag=206b6444 type=[0-9a-f]+ /gm)];
    expect(sizes).toHaveLength(MOST);
    const report = await run.report();
    expect(report).toMatchObject({ hits: MOST, allocations: MOST, repeats: 0 });
    const asked = sizes.reduce((sum, [, size]) => sum + Number.parseInt(size ?? '', 16), 0);
    expect(report.stacks.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(asked);
  });

  test('--track-frees: what is outstanding is what was allocated and not freed', async () => {
    const run = await session('--track-frees');
    const { allocations, outstanding, frees } = ledgerOf(run.log, architecture);
    expect(allocations).toBeGreaterThanOrEqual(MOST - 1);
    const report = await run.report();
    expect(report).toMatchObject({ hits: MOST, repeats: 0 });
    const held = report.stacks.reduce((sum, each) => sum + (each.outstanding?.count ?? 0), 0);
    expect(held).toBe(outstanding);
    // Each allocation is a stop at its entry and, unless the break-in came first, one where it returns; each free is one.
    expect(lab.books.hits).toBe(MOST + allocations + frees);
  });
});

/** What a log says of addresses, read by these tests' own rules. */
function ledgerOf(log: string, architecture: string): { allocations: number; outstanding: number; frees: number } {
  const event =
    architecture === 'x64' ? /rsp=\S+ rax=(\S+)|freed=([0-9a-f]+) /g : /esp=\S+ eax=(\S+)|freed=([0-9a-f]+) /g;
  const live = new Set<string>();
  let allocations = 0;
  let frees = 0;
  for (const [, allocated, freed] of log.matchAll(event)) {
    if (allocated !== undefined) {
      allocations++;
      live.add(allocated);
    }
    if (freed !== undefined) {
      frees++;
      live.delete(freed);
    }
  }
  return { allocations, outstanding: live.size, frees };
}
