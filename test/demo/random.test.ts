import { expect, test } from 'vitest';
import { randomOf } from '../../src/demo/random.ts';

test('the generator is mulberry32: its first numbers for seed 1', () => {
  const random = randomOf(1);
  const first = [random.next(), random.next(), random.next()];
  expect(first).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
});

test('whole numbers reach both ends and nothing beyond, evenly', () => {
  const random = randomOf(3);
  const counts = [0, 0, 0, 0];
  for (let draw = 0; draw < 8000; draw++) counts[random.whole(0, 3)]!++;
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
});

test('weights are kept, and a weight of 0 is never picked', () => {
  const random = randomOf(4);
  const counts = { a: 0, b: 0, c: 0 };
  for (let draw = 0; draw < 6000; draw++) counts[random.pick(['a', 'b', 'c'] as const, [3, 0, 1])]++;
  expect(counts.b).toBe(0);
  expect(counts.a / counts.c).toBeGreaterThan(2.5);
  expect(counts.a / counts.c).toBeLessThan(3.5);
});

test('a sample has different items, and never more than there are', () => {
  const random = randomOf(5);
  const items = [1, 2, 3, 4, 5];
  for (let draw = 0; draw < 100; draw++) expect(new Set(random.sample(items, 3)).size).toBe(3);
  expect(random.sample(items, 9).sort()).toEqual(items);
  expect(items).toEqual([1, 2, 3, 4, 5]);
});

test('around has its median where it says', () => {
  const random = randomOf(6);
  const values = Array.from({ length: 2001 }, () => random.around(100, 0.5)).sort((a, b) => a - b);
  expect(Math.abs(values[1000]! - 100)).toBeLessThan(6);
  expect(values[0]).toBeGreaterThan(0);
});
