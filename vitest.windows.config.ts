import { configDefaults, defineConfig } from 'vitest/config';

/** What the Windows tier runs under Wine, where a process takes a second to start. Windows itself runs everything. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts', 'test/windows/**/*.test.ts'],
    // The habits of kd's text have no part of the platform.
    exclude: [...configDefaults.exclude, 'test/e2e/kd-habits.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
