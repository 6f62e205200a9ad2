import { describe, expect, it } from 'vitest';
import { formatKnownStacks, NOT_READ, parseKnownStacks } from '../../src/kd-text/frames/known-stacks.js';
import { buildReport } from '../../src/report/build/build.js';
import { writeHeadline, writeRemarks } from '../../src/report/headline.js';
import { addKnownStacks, sumKnownStacks } from '../../src/stacks/known-stacks.js';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

const counts = (taken: number, checked: number, different = 0) => ({ taken, checked, different });

/** A log in which the second of three stacks was not read whole. */
function log(...told: readonly ReturnType<typeof counts>[]): string {
  const stack = (partly: boolean): string =>
    [
      'RetAddr               : Args to Child                                                           : Call Site',
      ...[`nt!MmAllocateSpecialPool`, 'nt!ExAllocatePoolWithTag+0x33', 'leakydrv!LeakyAllocate+0x19'].map((site) =>
        `fffff800\`02a1${'1234'}f : 00000000\`00000030 00000000\`206b6444 00000000\`00000001 00000000\`00000000 : ${site}`.replace(
          'f :',
          ' :',
        ),
      ),
      ...(partly ? [NOT_READ] : []),
      'fffff800`02a11234 : 00000000`00000000 00000000`00000000 00000000`00000000 00000000`00000000 : nt!PspSystemThreadStartup+0x11',
      '',
    ].join('\r\n');
  return `${stack(false)}${stack(true)}${stack(false)}${told.map((each) => `${formatKnownStacks(each)}\r\nkd> g\r\n`).join('')}`;
}

function reportOf(text: string) {
  const reader = new HitReader();
  reader.push(Buffer.from(text));
  reader.end();
  return buildReport([{ name: 'debug.log', findings: reader.findings() }]);
}

describe('stacks that were not read whole', () => {
  it('are hits like others, and the same stacks', () => {
    const report = reportOf(log(counts(1, 0)));
    expect(report.hits).toBe(3);
    expect(report.stacks).toHaveLength(1);
    expect(report.unread).toEqual([]);
    expect(writeHeadline(report)).toContain('leakydrv made all 3 allocations');
  });

  it('are told with the error that was found', () => {
    expect(writeRemarks(reportOf(log(counts(300, 21))))).toContainEqual(
      expect.stringContaining('Of 300 stacks only the first frames were read'),
    );
    expect(writeRemarks(reportOf(log(counts(300, 21)))).join()).toContain(
      'none was different (an error of up to 15 % cannot',
    );
    expect(writeRemarks(reportOf(log(counts(300, 20, 1)))).join()).toContain('1 was different (5 %)');
    expect(writeRemarks(reportOf(log(counts(9, 0)))).join()).toContain('none was read whole to check that');
    expect(writeRemarks(reportOf(log())).join()).not.toContain('--known-stacks');
  });
});

it('counts go on from prompt to prompt, and begin anew with a boot', () => {
  const told = addKnownStacks([], counts(3, 1), counts(9, 2, 1), counts(2, 0), counts(4, 0));
  expect(told).toEqual([counts(9, 2, 1), counts(4, 0)]);
  expect(sumKnownStacks(told)).toEqual(counts(13, 2, 1));
  expect(sumKnownStacks([])).toBeUndefined();
});

it('the line is read as it is written, and no other', () => {
  expect(parseKnownStacks(formatKnownStacks(counts(3, 2, 1)))).toEqual(counts(3, 2, 1));
  expect(parseKnownStacks('Known stacks: many')).toBeUndefined();
});
