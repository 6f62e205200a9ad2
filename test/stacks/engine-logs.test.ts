import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildReport } from '../../src/report/build/build.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';
import { read } from './reading.js';

const folder = path.resolve(import.meta.dirname, '../../../shared/engine');
const there = existsSync(path.join(folder, 'counts.tsv'));

/** Log, allocations that the target's own books count, and the driver with most of them. */
const COUNTS: readonly (readonly [string, number, string])[] = there
  ? readFileSync(path.join(folder, 'counts.tsv'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [name = '', count, driver = ''] = line.split('\t');
        return [name, Number(count), driver] as const;
      })
  : [];

describe.skipIf(!there)("logs of Microsoft's engine", () => {
  it.each(COUNTS)('%s: %d allocations', (name, allocations, driver) => {
    const log = readFileSync(path.join(folder, name));
    const report = buildReport([{ name, findings: read(log).findings() }]);
    expect(report).toMatchObject({ hits: allocations, allocations, frees: 0, repeats: 0, unreadTotal: 0 });
    if (driver) expect(report.drivers[0]).toMatchObject({ name: driver });
  });

  it.each(COUNTS)('%s: the same hit by hit, live', (name, allocations) => {
    const log = readFileSync(path.join(folder, name));
    const reader = new HitReader();
    let before = 0;
    for (let at = 0; at < log.length; at += 97) {
      reader.push(log.subarray(at, at + 97));
      const { hits } = reader;
      expect(hits).toBeGreaterThanOrEqual(before - 1);
      before = hits;
    }
    reader.end();
    expect(reader.hits).toBe(allocations);
  });

  it.each([
    ['engine-10.0.29507-real-kernel-x64-pool-hit-tag.log', 40],
    ['engine-10.0.29507-real-kernel-x86-pool-hit-tag.log', 57],
  ])('%s: %d stops of the pool tag, and the stacks of break-ins are no hits', (name, hits) => {
    const report = buildReport([{ name, findings: read(readFileSync(path.join(folder, name))).findings() }]);
    // Somebody typed `kb` once, at a stack that the break-in had cut; and once a program was stopped while it printed.
    expect(report).toMatchObject({ hits: hits + 1, repeats: 1, breakIns: 1 });
  });

  it('leaves no line unread in any of them', () => {
    for (const name of readdirSync(folder).filter((name) => name.endsWith('.log')))
      expect(read(readFileSync(path.join(folder, name))).unread.lines, name).toEqual([]);
  });
});
