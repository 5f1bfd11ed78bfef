import { expect, test } from 'vitest';
import { fingerprintOf, identities, identityIndexes } from '../../src/gate/fingerprint.ts';
import { JsonText } from '../../src/result.ts';

const columns = [
  { name: 'session_id', type: 'VARCHAR' },
  { name: 'ts', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'n', type: 'BIGINT' },
  { name: 'share', type: 'DECIMAL(18,3)' },
  { name: 'models', type: 'INTEGER[]' },
  { name: 'raw', type: 'JSON' },
];

test('the header’s columns count, else all but counts and times, else all', () => {
  expect(identityIndexes(['n', 'session_id'], columns)).toEqual([0, 2]);
  expect(identityIndexes([], columns)).toEqual([0, 4, 5]);
  expect(identityIndexes([], columns.slice(1, 3))).toEqual([0, 1]);
  expect(identityIndexes(['gone'], columns.slice(0, 2))).toEqual([0, 1]);
});

test('a row without what its identity begins with is told by the rest', () => {
  const named = ['session_id', 'daemon', 'ts', 'file', 'n'].map((name) => ({
    name,
    type: { ts: 'TIMESTAMP', n: 'BIGINT' }[name] ?? 'VARCHAR',
  }));
  const of = (...row: (string | number | null)[]) =>
    fingerprintOf({ name: 'c', identity: ['session_id', 'daemon'] }, named, row);
  expect(of('s', 'd', 't1', 'a', 1)).toBe(of('s', 'd', 't2', 'b', 2));
  expect(of('s', null, 't1', 'a', 1)).toBe(of('s', null, 't2', 'b', 2));
  expect(of(null, 'd', 't1', 'a', 1)).not.toBe(of(null, 'd', 't1', 'b', 1));
  expect(of(null, 'd', 't1', 'a', 1)).toBe(of(null, 'd', 't2', 'a', 2));
  expect(identities(['session_id', 'daemon'], named)([null, 'd', 't1', 'a', 1])).toEqual({
    session_id: null,
    daemon: 'd',
    file: 'a',
  });
});

test('a fingerprint depends on check, column and value, and tells NULL from text', () => {
  const of = (value: string | null, name = 'c', column = 'session_id') =>
    fingerprintOf({ name, identity: [column] }, [{ name: column, type: 'VARCHAR' }], [value]);
  expect(new Set([of('a'), of('b'), of('a', 'd'), of('a', 'c', 'x'), of(null), of('null'), of('')]).size).toBe(7);
  expect(of('a')).toBe(of('a'));
  expect(of('a')).toMatch(/^[0-9a-f]{64}$/);
  const json = (text: string) =>
    fingerprintOf({ name: 'c', identity: [] }, [{ name: 'raw', type: 'JSON' }], [new JsonText(text)]);
  expect(json('{"a":NaN}')).not.toBe(json('{"a":1}'));
});
