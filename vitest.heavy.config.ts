import { defineConfig } from 'vitest/config';

// The long experiments: crash tests in full size. Not part of the suite; run by `npm run test:heavy`.
export default defineConfig({
  test: {
    include: ['test/heavy/**/*.test.ts'],
    testTimeout: 600_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
