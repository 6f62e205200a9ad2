import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The file that takes as long as three others begins first: at the end it would run alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): number => Number(moduleId.includes('console-text'));
    return (await super.sort(files)).sort((a, b) => isLong(b) - isLong(a));
  }
}

/** The engine tier: kd is Microsoft's engine behind a host program of ours, under Wine. scripts/engine/main.mjs names it. */
export default defineConfig({
  test: {
    include: ['test/engine/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000, interval: 100 } },
    sequence: { sequencer: LongestFirst },
    // They wait more than they work.
    maxWorkers: 3,
  },
});
