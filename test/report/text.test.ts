import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer, textReport } from '../../src/report/formats/text.js';
import { anyReport } from './arbitrary-report.js';
import { reportOf, type StackSpec } from './sample-report.js';
import {
  bigReport,
  emptyReport,
  hostileReport,
  outstandingReport,
  plainStacksReport,
  severalLogsReport,
  smallReport,
} from './samples.js';

const plain = { top: 10, colour: false, columns: 80 };
const samples = {
  small: smallReport,
  outstanding: outstandingReport,
  'several-logs': severalLogsReport,
  'plain-stacks': plainStacksReport,
  hostile: hostileReport,
  empty: emptyReport,
};

describe('the text report', () => {
  it.each(Object.entries(samples))('of the sample %s is as it was accepted', async (name, make) => {
    await expect(textReport(make(), plain)).toMatchFileSnapshot(`golden/sample-${name}.txt`);
  });

  it.each(['stack', 'caller', 'driver', 'time'] as const)('by %s is as it was accepted', async (by) => {
    await expect(textReport(severalLogsReport(), { ...plain, by })).toMatchFileSnapshot(`golden/sample-by-${by}.txt`);
  });

  it('puts first what was asked for, and shows little of the rest', () => {
    const report = bigReport(200);
    const titles = (by: 'stack' | 'time'): string[] =>
      ['Over time', 'Drivers', 'Callers', 'Stacks'].sort(
        (a, b) => textReport(report, { ...plain, by }).indexOf(a) - textReport(report, { ...plain, by }).indexOf(b),
      );
    expect(titles('time')).toEqual(['Over time', 'Drivers', 'Callers', 'Stacks']);
    expect(titles('stack').slice(1)).toEqual(['Stacks', 'Drivers', 'Callers']);
    const text = textReport(report, { ...plain, by: 'stack' });
    expect(text).toContain('  #10: ');
    expect(text).toMatch(/… and \d+ more \(--by driver\)/);
  });

  it('is never wider than the terminal, and holds no character that a terminal obeys', () => {
    fc.assert(
      fc.property(
        anyReport,
        fc.integer({ min: 60, max: 120 }),
        fc.constantFrom(undefined, 'stack', 'caller', 'driver', 'time'),
        (report, columns, by) => {
          const text = textReport(report, { top: 5, colour: false, columns, by: by as never });
          for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns);
          expect(text.replaceAll('\n', '')).not.toMatch(
            /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/,
          );
          expect(text).toBe(Buffer.from(text).toString());
        },
      ),
      { numRuns: 200 },
    );
  });

  it('emphasises only on demand', () => {
    expect(textReport(smallReport(), plain)).not.toContain('\x1b');
    expect(textReport(smallReport(), { ...plain, colour: true })).toMatch(/^\x1b\[1mmydrv made /);
  });
});

describe('the answer', () => {
  const of = (...stacks: Partial<StackSpec>[]): string =>
    answer(
      reportOf({
        stacks: stacks.map((stack) => ({
          frames: ['nt!ExAllocatePool', 'a!One'],
          driver: 'a',
          caller: 'a!One',
          count: 1,
          ...stack,
        })),
      }),
    );

  it('says who made how many allocations, and where', () => {
    expect(answer(smallReport())).toBe(
      "mydrv made 4,812 of 5,000 allocations of 'Ddk ', most of them in mydrv!StartIo.",
    );
    expect(of({})).toBe("a made 1 allocation of 'Ddk ', in a!One.");
    expect(of({ count: 2 })).toBe("a made all 2 allocations of 'Ddk ', in a!One.");
    expect(of({}, { caller: 'a!Two', frames: ['a!Two'] })).toContain('most often in a!One.');
    expect(of({ driver: 'nt', caller: 'nt!CcX' })).toMatch(/^nt itself, .* made 1 allocation of .*, in nt!CcX\.$/);
    expect(of({ driver: 'ntdll', userMode: true })).toMatch(/^ntdll, in user mode .* made 1 allocation/);
  });

  it('blames none of several drivers that made as many', () => {
    const [b, c] = [{ driver: 'b', caller: 'b!Two' }, { driver: 'c' }];
    expect(of({}, b)).toBe("a and b made 1 of 2 allocations of 'Ddk ' each.");
    expect(of({}, b, c)).toBe("a, b and 1 other driver made 1 of 3 allocations of 'Ddk ' each.");
    expect(of({ count: 2 }, b, c)).toMatch(/^a made 2 of 4 /);
    expect(of({ operation: 'other' }, { ...b, operation: 'other' })).toContain('a and b made 1 of 2 hits');
  });

  it('says what is still held where frees are known', () => {
    expect(answer(outstandingReport())).toBe(
      'mydrv still holds 816 of 836 outstanding allocations, most of them in mydrv!StartIo.',
    );
  });

  it('calls nothing an allocation that the log does not show to be one', () => {
    expect(answer(plainStacksReport())).toBe('mydrv is behind 3 of 4 stacks, in mydrv!A.');
    expect(of({ operation: 'other' })).toContain('a made 1 hit');
    expect(of({ operation: 'free', count: 3 })).toContain('a made all 3 frees');
    expect(of({ operation: 'pool', count: 3 })).toContain('a made all 3 allocations or frees');
    expect(answer(emptyReport())).toBe('No stack was found.');
  });
});
