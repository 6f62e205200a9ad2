import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareReports } from '../../src/report/comparison.js';
import { markdownComparison, textComparison } from '../../src/report/formats/comparison-text.js';
import { wholeBy } from '../../src/report/measure.js';
import { comparisonAnswer } from '../../src/report/sections/comparison-sections.js';
import { anyReport } from './arbitrary-report.js';
import { reportOf } from './sample-report.js';
import { emptyReport, outstandingReport, plainStacksReport, smallReport } from './samples.js';

const plain = { top: 10, colour: false, columns: 80 };

/** Drivers by their allocations, each with one stack. */
function of(counts: Readonly<Record<string, number>>) {
  return reportOf({
    stacks: Object.entries(counts).map(([driver, count]) => ({
      frames: ['nt!ExAllocatePoolWithTag+0x1', `${driver}!Make+0x2`],
      driver,
      caller: `${driver}!Make`,
      count,
    })),
  });
}

describe('a comparison', () => {
  const grown = compareReports(of({ mydrv: 100, filt: 50, old: 10 }), of({ mydrv: 140, filt: 30, fresh: 5 }));

  it('ranks by growth, and tells new from gone', () => {
    expect(grown.drivers.map(({ name, growth, state }) => [name, growth, state])).toEqual([
      ['mydrv', 40, 'grown'],
      ['fresh', 5, 'new'],
      ['old', -10, 'gone'],
      ['filt', -20, 'shrunk'],
    ]);
    expect(comparisonAnswer(grown)).toBe(
      'mydrv grew most: from 100 to 140 allocations (+40), most of it in mydrv!Make.',
    );
    expect(grown.stacks[0]).toMatchObject({
      name: 'mydrv!Make',
      frames: ['nt!ExAllocatePoolWithTag+0x1', 'mydrv!Make+0x2'],
    });
  });

  it('ranks by more than all grew where one log is much longer', () => {
    const longer = compareReports(of({ mydrv: 100, nt: 900 }), of({ mydrv: 400, nt: 1_600 }));
    expect(longer.normalised).toBe(true);
    expect(longer.drivers.map(({ name, growth, excess }) => [name, growth, excess])).toEqual([
      ['mydrv', 300, 200],
      ['nt', 700, -200],
    ]);
    expect(comparisonAnswer(longer)).toContain(
      'mydrv grew most: its share went from 10.0 % to 20.0 % (from 100 to 400',
    );
  });

  it('uses the best measure that both have', () => {
    expect(compareReports(outstandingReport(), outstandingReport()).measure).toBe('outstanding');
    expect(compareReports(smallReport(), outstandingReport()).measure).toBe('allocations');
    expect(compareReports(smallReport(), plainStacksReport()).measure).toBe('hits');
    expect(comparisonAnswer(compareReports(smallReport(), smallReport()))).toMatch(/^Nothing grew/);
    expect(comparisonAnswer(compareReports(emptyReport(), emptyReport()))).toMatch(/^Neither log/);
  });

  it('is as it was accepted', async () => {
    await expect(textComparison(grown, plain)).toMatchFileSnapshot('golden/comparison.txt');
    await expect(markdownComparison(grown, plain)).toMatchFileSnapshot('golden/comparison.md');
    const longer = compareReports(of({ mydrv: 100, nt: 900 }), of({ mydrv: 400, nt: 1_600 }));
    await expect(textComparison(longer, plain)).toMatchFileSnapshot('golden/comparison-normalised.txt');
  });

  it('adds up: what changed is the difference of the wholes', () => {
    fc.assert(
      fc.property(anyReport, anyReport, fc.integer({ min: 60, max: 120 }), (before, after, columns) => {
        const comparison = compareReports(before, after);
        const growth = wholeBy(after, comparison.measure) - wholeBy(before, comparison.measure);
        for (const rows of [comparison.drivers, comparison.callers, comparison.stacks])
          expect(rows.reduce((sum, row) => sum + row.growth, 0)).toBe(growth);
        const back = compareReports(after, before);
        expect(back.drivers.map(({ name }) => name).sort()).toEqual(comparison.drivers.map(({ name }) => name).sort());
        const text = textComparison(comparison, { ...plain, columns });
        for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
