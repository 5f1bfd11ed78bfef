import { expect, test } from 'vitest';
import { count, counted, humanBytes } from '../../src/render/figures.ts';

test('counts have thousands', () => {
  expect([0, 7, 999, 1000, 1234567, -1234567, 1234.5678].map(count)).toEqual([
    '0',
    '7',
    '999',
    '1,000',
    '1,234,567',
    '-1,234,567',
    '1,234.5678',
  ]);
});

test('words agree with their count', () => {
  expect([counted(1, 'row'), counted(0, 'row'), counted(1200, 'row'), counted(2, 'reply', 'replies')]).toEqual([
    '1 row',
    '0 rows',
    '1,200 rows',
    '2 replies',
  ]);
});

test('sizes are in powers of 1024 and never say 1024 of a unit', () => {
  expect(
    [0, 1, 1023, 1024, 1536, 150_000, 1024 ** 2 - 1, 4_400_000, 50 * 1024 ** 2, 3 * 1024 ** 4].map(humanBytes),
  ).toEqual(['0 B', '1 B', '1,023 B', '1 KiB', '1.5 KiB', '146 KiB', '1 MiB', '4.2 MiB', '50 MiB', '3 TiB']);
});
