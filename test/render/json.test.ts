import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderTable } from '../../src/render/formats.ts';
import { anyTable, column } from './samples.ts';

test('json is one array with one object per line', () => {
  const table = {
    columns: [column('a', 'BIGINT'), column('b')],
    rows: [
      [1, 'x'],
      [2, null],
    ],
  };
  expect(renderTable(table, 'json')).toBe('[\n{"a":1,"b":"x"},\n{"a":2,"b":null}\n]\n');
  expect(renderTable({ ...table, rows: [] }, 'json')).toBe('[]\n');
});

test('json and jsonl hold the same objects, as many as there are rows', () => {
  fc.assert(
    fc.property(anyTable, (table) => {
      const array = JSON.parse(renderTable(table, 'json')) as unknown[];
      const lines = renderTable(table, 'jsonl').split('\n').slice(0, -1);
      expect(array).toHaveLength(table.rows.length);
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(array);
    }),
  );
});

test('rows left out by a limit do not change a data format', () => {
  const table = { columns: [column('a')], rows: [['x']], rowsMore: 9 };
  for (const name of ['json', 'jsonl', 'csv'] as const)
    expect(renderTable(table, name)).toBe(renderTable({ ...table, rowsMore: 0 }, name));
});
