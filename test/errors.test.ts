import { constants } from 'node:buffer';
import { expect, test } from 'vitest';
import { inOurWords, LakeobsError } from '../src/errors.ts';

test('a text that is longer than JavaScript holds is told as such, however it came about; other failures stay as they are', () => {
  const thrown = (run: () => unknown): unknown => {
    try {
      return expect.unreachable(String(run()).slice(0, 10));
    } catch (error) {
      return error;
    }
  };
  const long = 'x'.repeat(2 ** 20);
  for (const run of [
    () => Buffer.alloc(constants.MAX_STRING_LENGTH + 1).toString('latin1'),
    () => long.repeat(2 ** 10),
    () => new Array(2 ** 10).fill(long).join(''),
  ]) {
    const error = inOurWords(thrown(run));
    expect(error).toBeInstanceOf(LakeobsError);
    expect(error).toMatchObject({ code: 'query', hint: expect.stringMatching(/length/) });
  }
  for (const other of [new RangeError('Invalid array length'), new LakeobsError('io', 'x'), 'text', null])
    expect(inOurWords(other)).toBe(other);
});
