import { defineConfig } from 'vitest/config';

// The suite: everything but test/heavy. Whole-program tests run the built bundle, which globalSetup makes fresh.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/heavy/**'],
    globalSetup: ['test/build.setup.ts'],
    testTimeout: 20_000,
    pool: 'forks',
  },
});
