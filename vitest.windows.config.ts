import { configDefaults, defineConfig } from 'vitest/config';

/** What the session decides by itself, which the other tiers run; all of it takes a quarter of an hour in Wine. */
const PORTABLE =
  process.env.LIVEDEBUG_TEST_PORTABLE === 'run'
    ? []
    : ['laws', 'laws-net', 'reconnect', 'catching'].map((name) => `test/e2e/${name}.test.ts`);

/** What the Windows tier runs under Wine, where a process takes a second to start. Windows itself runs everything. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts', 'test/windows/**/*.test.ts'],
    // The habits of kd's text have no part of the platform.
    exclude: [...configDefaults.exclude, 'test/e2e/kd-habits.test.ts', ...PORTABLE],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
