import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The engine tier has a configuration of its own.
    exclude: [...configDefaults.exclude, 'test/engine/**'],
    globalSetup: ['scripts/before-tests.mjs'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two cores are what a small CI machine has; the end-to-end tests spawn processes of their own.
    maxWorkers: 2,
  },
});
