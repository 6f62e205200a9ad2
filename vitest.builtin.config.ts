import { defineConfig } from 'vitest/config';

/** The end-to-end tests of sessions once more, by the built-in kd at a simulated target instead of the simulated kd. */
export default defineConfig({
  test: {
    include: ['session', 'trouble', 'trouble-survived', 'laws', 'reconnect', 'supervisor'].map(
      (name) => `test/e2e/${name}.test.ts`,
    ),
    env: { LIVEDEBUG_TEST_KD: 'builtin' },
    testTimeout: 60_000,
    hookTimeout: 30_000,
    // They wait more than they work.
    maxWorkers: 4,
  },
});
