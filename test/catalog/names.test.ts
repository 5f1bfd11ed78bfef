import { expect, test } from 'vitest';
import { didYouMean, nearNames } from '../../src/catalog/names.ts';

const known = ['alarm', 'first-shot', 'first-shot-sessions', 'op-stats', 'open-spans'];

test.each<[name: string, near: string[]]>([
  ['alram', ['alarm']],
  ['ALARM', ['alarm']],
  ['firstshot', ['first-shot']],
  ['first', ['first-shot', 'first-shot-sessions']],
  ['sessions', ['first-shot-sessions']],
  ['zzzzzzzz', []],
  ['', []],
])('near %j', (name, near) => {
  expect(nearNames(name, known)).toEqual(near);
});

test('at most three are named, the nearest first', () => {
  expect(nearNames('aa', ['aaa', 'ab', 'aa1', 'aa2', 'aaaa'])).toHaveLength(3);
  expect(nearNames('aab', ['aaxx', 'aac'])[0]).toBe('aac');
});

test('the words', () => {
  expect(didYouMean('alram', known)).toBe('Did you mean alarm?');
  expect(didYouMean('zzzzzzzz', ['lake', 'sources'])).toBe('Known: lake, sources.');
  expect(
    didYouMean(
      'zzzzzzzz',
      Array.from({ length: 100 }, (_, index) => `name-${index}`),
    ),
  ).toBe('');
  expect(didYouMean('x', [])).toBe('');
});
