import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { Session } from './session.js';
import { symbolsWithout } from './symbols.js';

const MOST = 10;

describe.each(ARCHITECTURES)('sessions by PoolHitTag with Microsoft’s engine on %s', (architecture) => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = new Laboratory(architecture);
    await lab.target();
  });
  afterEach(() => lab.close());

  test('count every allocation and free, and leave the tag at 0', async () => {
    const session = new Session(lab, ['--strategy', 'pool-hit-tag', '--break', 'now', '--max-hits', String(MOST)]);
    expect(await session.program.ended(), session.text).toBe(0);
    await lab.expectFree();
    const report = await session.report();
    expect(session.stacks).toHaveLength(report.hits);
    expect(report.hits).toBe(lab.books.stops['pool-hit']);
    expect(report.hits).toBeGreaterThanOrEqual(MOST);
    expect(report).toMatchObject({ repeats: 0, ambiguous: 0 });
    expect(report.allocations + report.frees + report.cut).toBeGreaterThanOrEqual(report.hits);
    expect(session.result).toMatchObject({ hits: report.hits, disposition: 'running' });
    // The drivers' own memory, and not only the break-in, proves that nothing stops any more.
    await lab.allocates(4);
    expect(lab.books.target.state).toBe('running');
  });

  test('tell the bytes and the address of every allocation and free', async () => {
    const words = ['--strategy', 'pool-hit-tag', '--track-frees', '--break', 'now', '--max-hits', String(2 * MOST)];
    const session = new Session(lab, words);
    expect(await session.program.ended(), session.text).toBe(0);
    await lab.expectFree();
    const report = await session.report();
    expect(report.hits).toBeGreaterThanOrEqual(2 * MOST);
    expect(report.allocations + report.frees + report.cut).toBeGreaterThanOrEqual(report.hits);
    expect(report.bytes, session.text).toMatchObject({ from: 'printed' });
    expect(report.outstanding?.tracked).toBeGreaterThan(0);
    expect(session.result).toMatchObject({ hits: report.hits, disposition: 'running' });
  });

  test('where the kernel’s symbols know no PoolHitTag, the target runs and the exit code says 7', async () => {
    // A name of the same length, so that the PDB stays one.
    const symbols = symbolsWithout(architecture, 'PoolHitTag', lab.folder);
    const words = ['--strategy', 'pool-hit-tag', '--break', 'now', '--max-hits', String(MOST)];
    const session = new Session(lab, words, { symbols });
    expect(await session.program.ended(), session.text).toBe(7);
    await lab.expectFree();
    expect(lab.books.stops['pool-hit'] ?? 0).toBe(0);
    expect(session.result).toMatchObject({ disposition: 'running' });
  });
});
