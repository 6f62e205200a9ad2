import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldedReport } from '../../../src/report/formats/folded.js';
import { weightsOf } from '../../../src/report/weights.js';
import { anyReport } from '../arbitrary-report.js';
import { hostileReport, outstandingReport, smallReport } from '../samples.js';

/** A line as FlameGraph's stackcollapse readers take it: the count is behind the last blank, a number before it would be a second one. */
function parsed(line: string): { frames: string[]; count: number } {
  const [, stack = '', count = ''] = /^(.*)\s+?(\d+(?:\.\d*)?)$/.exec(line) ?? [];
  expect(stack, line).not.toMatch(/^(.*)\s+?(\d+(?:\.\d*)?)$/);
  return { frames: stack.split(';'), count: Number(count) };
}

describe('folded stacks', () => {
  it('go from the outermost frame to the innermost', () => {
    const [line] = foldedReport(smallReport());
    expect(line).toBe(
      'ntdll!ZwWriteFile+0xc;nt!KiFastCallEntry+0xfc;nt!NtWriteFile+0x65a;nt!IopSynchronousServiceTail+0x10b;' +
        'nt!IofCallDriver+0x45;mydrv!DispatchWrite+0x57;mydrv!StartIo+0x2e;nt!ExAllocatePoolWithTag+0x3c1;' +
        'nt!MmAllocateSpecialPool 4600\n',
    );
  });

  it('weigh by whatever the report has', () => {
    const report = outstandingReport();
    expect(weightsOf(report).map(({ title }) => title)).toEqual([
      'outstanding allocations',
      'outstanding bytes',
      'allocations',
      'bytes asked for',
    ]);
    const sums = weightsOf(report).map((weight) =>
      [...foldedReport(report, weight)].reduce((sum, line) => sum + parsed(line.trimEnd()).count, 0),
    );
    expect(sums).toEqual([836, 72_800, report.allocations, report.bytes?.total]);
  });

  it('lose no frame and no count to a name, whatever is in it', () => {
    fc.assert(
      fc.property(fc.oneof(anyReport, fc.constant(hostileReport())), (report) => {
        const [weight] = weightsOf(report);
        const kept = report.stacks.filter((stack) => (weight?.of(stack) ?? 0) > 0);
        const lines = [...foldedReport(report)];
        expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
        expect(
          lines.map((line) => parsed(line.slice(0, -1))).map(({ frames, count }) => [frames.length, count]),
        ).toEqual(kept.map((stack) => [stack.frames.length, weight?.of(stack)]));
      }),
    );
  });
});
