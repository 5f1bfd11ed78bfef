import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chartColumns, parseChart } from '../../src/query/chart.ts';

test('a chart is its kind and the columns it names', () => {
  expect(parseChart(' bar ')).toEqual({ kind: 'bar' });
  expect(parseChart('line y=b  x=a=b series=c')).toEqual({ kind: 'line', x: 'a=b', y: 'b', series: 'c' });
  expect(chartColumns({ kind: 'line', y: 'b', series: 'c' })).toEqual(['b', 'c']);
});

test.each([
  ['', /bar, line or hist, not ""/],
  ['pie', /not "pie"/],
  ['bar model', /stand x=, y= and series=, not "model"/],
  ['bar z=a', /not "z=a"/],
  ['bar x=', /not "x="/],
  ['bar x=a x=b', /x= is written twice/],
  ['bar series=a', /series= is for line, and this is a bar/],
  ['hist x=a', /has no x=/],
])('%j is refused with what is wrong', (text, says) => {
  expect(parseChart(text)).toMatch(says);
});

test('any text is a chart or a complaint, never an exception', () => {
  fc.assert(fc.property(fc.string(), (text) => ['string', 'object'].includes(typeof parseChart(text))));
});
