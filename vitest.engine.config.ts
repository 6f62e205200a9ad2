import { defineConfig } from 'vitest/config';

/** The engine tier: kd is Microsoft's engine behind a host program of ours, under Wine. scripts/engine/main.mjs names it. */
export default defineConfig({
  test: {
    include: ['test/engine/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000, interval: 100 } },
    // They wait more than they work.
    maxWorkers: 3,
  },
});
