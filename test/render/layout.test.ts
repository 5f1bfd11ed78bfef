import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frame, layOut } from '../../src/render/layout.ts';

const need = (cells: number, header = 1, least?: number) => ({ cells, header, word: header, least });

test('everything that fits keeps its width', () => {
  expect(layOut([need(5), need(20), need(3, 8)], 80)).toEqual({ widths: [5, 20, 8], hidden: 0 });
  expect(layOut([need(5000)], Number.POSITIVE_INFINITY)).toEqual({ widths: [5000], hidden: 0 });
});

test('long columns share what short ones leave, to the last column of the terminal', () => {
  expect(layOut([need(10), need(500), need(500)], 80).widths).toEqual([10, 30, 30]);
  expect(layOut([need(10), need(500), need(500)], 81).widths).toEqual([10, 31, 30]);
  expect(layOut([need(10), need(20), need(500)], 80).widths).toEqual([10, 20, 40]);
});

test('a column is not cut below what makes it worthless while another can give way', () => {
  expect(layOut([need(24, 2, 24), need(500), need(18, 4, 18)], 80).widths).toEqual([24, 28, 18]);
});

test('columns that would become unreadable are left out from the right', () => {
  expect(
    layOut(
      Array.from({ length: 10 }, () => need(40)),
      80,
    ),
  ).toMatchObject({ hidden: 5 });
  expect(layOut([need(100), need(100, 1, 100)], 40)).toEqual({ widths: [36], hidden: 1 });
});

test('one column is always shown, and cut to the terminal if it must be', () => {
  expect(layOut([need(100, 1, 100)], 40)).toEqual({ widths: [36], hidden: 0 });
  expect(layOut([need(100), need(5)], 5).hidden).toBe(1);
  expect(layOut([], 80)).toEqual({ widths: [], hidden: 0 });
});

test('a table is never wider than the terminal, uses all of it when something is cut, and wastes no column', () => {
  const needs = fc.array(
    fc.record({
      cells: fc.nat(60),
      header: fc.integer({ min: 10, max: 20 }),
      word: fc.nat(10),
      least: fc.option(fc.nat(60), { nil: undefined }),
    }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(needs, fc.integer({ min: 5, max: 200 }), (all, width) => {
      const { widths, hidden } = layOut(all, width);
      expect(widths.length + hidden).toBe(all.length);
      const total = widths.reduce((a, b) => a + b, 0) + frame(widths.length);
      expect(total).toBeLessThanOrEqual(Math.max(width, frame(1) + 1));
      const natural = all.slice(0, widths.length).map((each) => Math.max(each.cells, each.header, 1));
      for (const [at, each] of widths.entries()) expect(each).toBeLessThanOrEqual(natural[at]!);
      if (widths.some((each, at) => each < natural[at]!)) expect(total).toBe(Math.max(width, frame(1) + 1));
    }),
  );
});
