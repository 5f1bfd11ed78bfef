// A run that takes long says what it reads, once, and only while nothing was answered; a time-out says it too.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { slowRun } from '../../src/commands/reading-progress.ts';
import { interruption } from '../../src/engine/engine.ts';
import { LakeobsError } from '../../src/errors.ts';
import { indexHintBytesMin, slowRunMs } from '../../src/limits.ts';
import { testIo } from './io.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const large = { files: 12, bytes: 3 * indexHintBytesMin, indexedBytes: 0 };

test('after some seconds, with the command that helps', () => {
  const io = testIo();
  slowRun(true, ' --lake /logs', io).onScan(large);
  vi.advanceTimersByTime(slowRunMs - 1);
  expect(io.err()).toBe('');
  vi.advanceTimersByTime(slowRunMs * 10);
  expect(io.err()).toBe(
    'lakeobs: still running: it reads 768 MiB in 12 files, all of it without an index; lakeobs index --lake /logs makes that quicker\n',
  );
});

test('where an index would change nothing it is not named', () => {
  const io = testIo();
  slowRun(true, '', io).onScan({ ...large, indexedBytes: large.bytes });
  vi.advanceTimersByTime(slowRunMs);
  expect(io.err()).toMatch(/what takes long is the statement itself/);
});

test('not with --quiet, not before anything is known, and not of little data', () => {
  const io = testIo();
  slowRun(true, '', io).onScan({ files: 1, bytes: indexHintBytesMin, indexedBytes: 0 });
  slowRun(false, '', io).onScan(large);
  slowRun(true, '', io);
  vi.advanceTimersByTime(slowRunMs * 2);
  expect(io.err()).toBe('');
});

test('a time-out says it, other failures stay what they are', () => {
  const run = slowRun(true, '', testIo());
  const timedOut = interruption('time-out');
  expect(run.timedOut(timedOut)).toBe(timedOut);
  run.onScan(large);
  const told = run.timedOut(timedOut) as LakeobsError;
  expect(told.message).toMatch(/time limit: it reads 768 MiB/);
  expect(told).toMatchObject({ code: 'query', hint: timedOut.hint, cause: timedOut.cause });
  const other = new LakeobsError('query', 'no');
  expect(run.timedOut(other)).toBe(other);
});
