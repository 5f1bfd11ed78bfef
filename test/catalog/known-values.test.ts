import { expect, test } from 'vitest';
import { followsFrom } from '../../src/catalog/known-values.ts';

const values = new Map([
  ['flag', ['false', 'true']],
  ['one', ['true']],
  ['quoted', ["it's", 'x', ' AND ']],
  ['none', []],
]);
const follows = (where: string | null) => followsFrom(where, (column) => values.get(column));

test.each([
  [`("known" AND (NOT ("flag" = 'true')))`, [`"flag" IN ('false')`]],
  [`("known" AND (NOT ("flag" = 'maybe')) AND ("kind" = 'a'))`, [`"flag" IN ('false', 'true')`]],
  [`((NOT ("one" = 'true')) AND (NOT ("flag" = 'false')))`, ['false', `"flag" IN ('true')`]],
  [`((NOT ("quoted" = 'it''s')) AND ("kind" = ') OR ('))`, [`"quoted" IN ('x', ' AND ')`]],
  [`((NOT ("none" = 'x')) AND "known")`, ['false']],
])('%s', (where, conditions) => {
  expect(follows(where)).toEqual(conditions);
});

test.each([
  null,
  'false',
  `("known" AND ("flag" = 'true'))`,
  `("known" AND (NOT ("other" = 'true')))`,
  `("known" AND (("kind" = 'a') OR (NOT ("flag" = 'true'))))`,
  `("known" OR (NOT ("flag" = 'true')))`,
  `("known" AND (NOT ("flag" = 'true'))) OR ("known")`,
  `("known" AND (NOT (("flag" = 'true') AND ("one" = 'true'))))`,
  `(NOT ("flag" = 'true'))`,
])('nothing follows from %s', (where) => {
  expect(follows(where)).toEqual([]);
});
