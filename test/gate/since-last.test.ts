// --since-last without a disk: against a model of sets.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchLastRun, staysOfLast } from '../../src/gate/since-last.ts';

const names = fc.uniqueArray(fc.constantFrom('1', '2', '3', '4', '5', '6'));

test('known is what both runs have, resolved what only the last one had, new what only this one has', () => {
  fc.assert(
    fc.property(names, names, (before, now) => {
      const match = matchLastRun(new Map([['c', before]]));
      const known = now.filter((one) => match.meet('c', one));
      expect(known).toEqual(now.filter((one) => before.includes(one)));
      expect(before.filter((one) => !match.isMet('c', one))).toEqual(before.filter((one) => !now.includes(one)));
    }),
  );
});

test('one check’s findings are not another’s', () => {
  const match = matchLastRun(new Map([['c', ['1']]]));
  expect(match.meet('d', '1')).toBe(false);
  expect(match.isMet('c', '1')).toBe(false);
  expect(match.meet('c', '1')).toBe(true);
  expect(match.isMet('c', '1')).toBe(true);
});

test('what could not be looked for stays remembered', () => {
  expect(['whole', 'part', 'not'].map((judged) => staysOfLast(judged as 'whole'))).toEqual(['none', 'unmet', 'all']);
});
