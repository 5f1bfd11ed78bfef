import { defineConfig } from 'vitest/config';

// The suite: everything but test/heavy. Whole-program tests run the built bundle, which globalSetup makes fresh.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/heavy/**'],
    globalSetup: ['test/build.setup.ts'],
    // Generous: a process that is only slow, on a machine that does other things as well, is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Its own default leaves one core idle, which on two cores is half of the machine.
    maxWorkers: '100%',
    // Where nobody watches: a dot for a test, what a failing one said, and the failures at the end.
    reporters: process.stdout.isTTY ? ['default'] : ['dot'],
    silent: 'passed-only',
  },
});
