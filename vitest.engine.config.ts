import { defineConfig } from 'vitest/config';

/** The engine tier: kd is Microsoft's engine behind a host program of ours, under Wine. scripts/engine/main.mjs names it. */
export default defineConfig({
  test: {
    include: ['test/engine/*.test.ts'],
    testTimeout: 150_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 15_000, interval: 100 } },
    // With more than two at once Wine is late for what the engine itself waits for; once more is what is left for that.
    maxWorkers: 2,
    retry: 1,
  },
});
