import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runAtPeak } from './peak.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug bounded '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string, count: number, textOf: (n: number) => string): string {
  const file = path.join(folder, name);
  writeFileSync(file, Array.from({ length: count }, (_, n) => textOf(n)).join(''), 'latin1');
  return file;
}

const stack = (...sites: readonly string[]): string =>
  `RetAddr           Call Site\n${sites.map((site) => `fffff800\`02c5a000 ${site}\n`).join('')}`;

describe('a report of a log in which nothing comes twice', () => {
  it('stays below 500 MB for 100,000 modules, each with a stack of its own', { timeout: 120_000 }, () => {
    const log = written('modules.log', 100_000, (n) => stack('nt!MmAllocateSpecialPool', `m${n}!F${n}+0x12`));
    const { out, peak } = runAtPeak(['report', log, '--json']);
    const report = JSON.parse(out);
    expect(report.hits).toBe(100_000);
    expect(report.stacks).toHaveLength(100_000);
    expect(report.drivers).toHaveLength(100_000);
    const over = report.over.drivers.flatMap(({ counts }: { counts: number[] }) => counts);
    expect(over.reduce((sum: number, each: number) => sum + each, 0)).toBe(100_000);
    expect(peak).toBeLessThan(500);
  });
});
