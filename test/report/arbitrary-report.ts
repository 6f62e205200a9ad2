import fc from 'fast-check';
import type { Report } from '../../src/report/model.js';
import { reportOf, type StackSpec } from './sample-report.js';
import { HOSTILE } from './samples.js';

/** Names as kd prints them, as a damaged log has them, and as an enemy would write them. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('mydrv', 'filt', 'nt', 'ntdll', '(unknown)') },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }) },
  { weight: 2, arbitrary: fc.constantFrom(...HOSTILE) },
);

const anyStack: fc.Arbitrary<StackSpec> = fc
  .record({
    driver: anyName,
    symbol: anyName,
    frames: fc.array(anyName, { maxLength: 6 }),
    count: fc.integer({ min: 1, max: 5_000 }),
    repeated: fc.double({ min: 0, max: 0.99, noNaN: true }),
    operation: fc.constantFrom('allocation' as const, 'free' as const, 'pool' as const, 'other' as const),
    size: fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: undefined }),
    held: fc.double({ min: 0, max: 1, noNaN: true }),
    userMode: fc.boolean(),
  })
  .map(({ driver, symbol, frames, count, repeated, size, held, operation, userMode }) => {
    const caller = `${driver}!${symbol}`;
    const repeats = Math.floor(count * repeated * 0.3);
    const allocates = operation === 'allocation' || operation === 'pool';
    return {
      frames: ['nt!ExAllocatePoolWithTag+0x1', `${caller}+0x2`, ...frames],
      driver,
      caller,
      count,
      repeats,
      operation,
      userMode,
      outstanding: allocates ? Math.floor((count - repeats) * held) : 0,
      ...(size === undefined ? {} : { size }),
    };
  });

const unique = (stacks: readonly StackSpec[]): StackSpec[] => [
  ...new Map(stacks.map((stack) => [stack.frames.join('\n'), stack])).values(),
];

/** Any report whose parts agree with each other. */
export const anyReport: fc.Arbitrary<Report> = fc
  .record({
    stacks: fc.array(anyStack, { maxLength: 12 }).map(unique),
    matched: fc.boolean(),
    unread: fc.array(anyName, { maxLength: 5 }),
  })
  .map(({ stacks, matched, unread }) => {
    const count = stacks.reduce((sum, { outstanding = 0 }) => sum + outstanding, 0);
    const outstanding = {
      tracked: count,
      freed: 0,
      count,
      bytes: 0,
      sized: 0,
      endedByReboot: 0,
      unmatchedFrees: 0,
      reused: 0,
      allocationsWithoutAddress: 0,
      freesWithoutAddress: 0,
    };
    return reportOf({
      stacks,
      unread: unread.map((text, line) => ({ log: 0, line: line + 1, text })),
      ...(matched ? { outstanding } : {}),
    });
  });
