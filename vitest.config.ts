import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// The suite: everything but test/heavy. Whole-program tests run the built bundle, which globalSetup makes fresh, in a temporary folder it makes, too.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/heavy/**'],
    globalSetup: ['test/suite.setup.ts'],
    // Generous: a process that is only slow, on a machine that does other things as well, is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than there are cores: many tests wait for a process, a clock or a disk.
    maxWorkers: availableParallelism() + 1,
    // One process runs many files, which saves a fifth of the time. A file that needs a process of its own starts one.
    isolate: false,
    // Where nobody watches: a dot for a test, what a failing one said, and the failures at the end.
    reporters: process.stdout.isTTY ? ['default'] : ['dot'],
    silent: 'passed-only',
  },
});
