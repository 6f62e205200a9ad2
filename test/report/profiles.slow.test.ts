import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firefoxReport } from '../../src/report/formats/firefox.js';
import { speedscopeReport } from '../../src/report/formats/speedscope.js';
import { weightsOf } from '../../src/report/weights.js';
import { anyReport } from './arbitrary-report.js';
import { checkFirefoxProfile, firefoxStacks } from './firefox-profile.js';
import { bigReport, hostileReport, outstandingReport, smallReport } from './samples.js';

const name = 'debug.log';

describe('the speedscope profile', () => {
  it('has a profile for each measure, whose weights are those of the stacks', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyReport, fc.constantFrom(smallReport(), outstandingReport(), hostileReport())),
        (report) => {
          const file = JSON.parse(speedscopeReport(report, { name }));
          const weights = weightsOf(report);
          expect(file.profiles.map((profile: { name: string }) => profile.name)).toEqual(
            weights.map(({ title }) => title),
          );
          for (const [at, profile] of file.profiles.entries()) {
            const kept = report.stacks.filter((stack) => (weights[at]?.of(stack) ?? 0) > 0);
            expect(profile.weights).toEqual(kept.map((stack) => weights[at]?.of(stack)));
            expect(profile.endValue).toBe(profile.weights.reduce((sum: number, weight: number) => sum + weight, 0));
            expect(profile.samples.map((sample: number[]) => sample.length)).toEqual(
              kept.map(({ frames }) => frames.length),
            );
            for (const frame of profile.samples.flat())
              expect(file.shared.frames[frame].name.length).toBeGreaterThan(0);
          }
        },
      ),
    );
  });

  it('names the outermost frame first', () => {
    const { profiles, shared } = JSON.parse(speedscopeReport(smallReport(), { name }));
    expect(profiles[0].samples[0].map((frame: number) => shared.frames[frame].name).at(-1)).toBe(
      'nt!MmAllocateSpecialPool',
    );
  });
});

describe('the Firefox profile', () => {
  it('agrees with the format in every table, whatever the report', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyReport, fc.constantFrom(smallReport(), outstandingReport(), hostileReport())),
        (report) => {
          const profile = JSON.parse(firefoxReport(report, { name }));
          checkFirefoxProfile(profile);
          for (const [at, weight] of weightsOf(report).entries()) {
            const kept = report.stacks.filter((stack) => weight.of(stack) > 0);
            expect(firefoxStacks(profile, at).map(({ frames, weight }) => [frames.length, weight])).toEqual(
              kept.map((stack) => [stack.frames.length, weight.of(stack)]),
            );
          }
        },
      ),
    );
  });

  it('says what is kernel, driver and user mode, and of which module', () => {
    const profile = JSON.parse(firefoxReport(smallReport(), { name }));
    const [first] = firefoxStacks(profile, 0);
    expect(first?.frames.map(({ name, category, lib }) => [name, category, lib]).slice(0, 6)).toEqual([
      ['nt!MmAllocateSpecialPool', 'Kernel', 'nt'],
      ['nt!ExAllocatePoolWithTag+0x3c1', 'Kernel', 'nt'],
      ['mydrv!StartIo+0x2e', 'Driver', 'mydrv'],
      ['mydrv!DispatchWrite+0x57', 'Driver', 'mydrv'],
      ['nt!IofCallDriver+0x45', 'Kernel', 'nt'],
      ['nt!IopSynchronousServiceTail+0x10b', 'Kernel', 'nt'],
    ]);
    expect(first?.frames.at(-1)).toMatchObject({ name: 'ntdll!ZwWriteFile+0xc', category: 'User' });
  });

  it('interns: 20,000 stacks stay small', () => {
    const text = firefoxReport(bigReport(), { name });
    checkFirefoxProfile(JSON.parse(text));
    expect(text.length).toBeLessThan(40_000_000);
  });
});
