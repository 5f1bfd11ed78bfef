import { defineConfig } from 'vitest/config';

// The long experiments: crash tests in full size, and properties tried more often than in the suite. Not part of the suite; run by `npm run test:heavy`.
export default defineConfig({
  test: {
    globalSetup: ['test/suite.setup.ts'],
    include: [
      'test/heavy/**/*.test.ts',
      'test/columnar/packs.test.ts',
      'test/columnar/random-damage.test.ts',
      'test/gate/roster.test.ts',
      'test/ingest/growth.test.ts',
      'test/queries/windows.test.ts',
    ],
    env: { LAKEOBS_HEAVY: '1' },
    testTimeout: 600_000,
    pool: 'forks',
    fileParallelism: false,
  },
});
