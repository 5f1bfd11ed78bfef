import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderTable } from '../../src/render/formats.ts';
import { widthOf } from '../../src/width.ts';
import { anyTable, column } from './samples.ts';

test('expanded is one record per block, one column per line', () => {
  const table = {
    columns: [column('session_id'), column('n', 'BIGINT'), column('error')],
    rows: [
      ['a1', 3, null],
      ['a2', 4, ''],
    ],
    rowsMore: 2,
  };
  expect(renderTable(table, 'table', { expanded: true, width: 40 })).toBe(
    [
      '── row 1 ───────────────────────────────',
      'session_id │ a1',
      'n          │ 3',
      'error      │ NULL',
      '── row 2 ───────────────────────────────',
      'session_id │ a2',
      'n          │ 4',
      'error      │ ',
      '2 of 4 rows, 3 columns',
      '2 more rows: --limit N shows more, --format jsonl all',
      '',
    ].join('\n'),
  );
});

test('a long value goes on below itself, and a line break in it cannot forge another column', () => {
  const table = {
    columns: [column('msg'), column('b')],
    rows: [['one\nb   │ forged\nabcdefghijklmnopqrstuvwxyz', 'x']],
  };
  expect(renderTable(table, 'table', { expanded: true, width: 26 })).toBe(
    [
      '── row 1 ─────────────────',
      'msg │ one␊',
      '    │ b   │ forged␊',
      '    │ abcdefghijklmnopqrst',
      '    │ uvwxyz',
      'b   │ x',
      '1 row, 2 columns',
      '',
    ].join('\n'),
  );
});

test('a value beyond what anybody reads is cut with its full length', () => {
  const table = { columns: [column('body')], rows: [['😀'.repeat(30_000)]] };
  const text = renderTable(table, 'table', { expanded: true });
  expect(text).toContain(`${'😀'.repeat(10_000)}\n     │ …(30,000)\n`);
});

test('every value is there, and no line is wider than the terminal', () => {
  fc.assert(
    fc.property(anyTable, fc.integer({ min: 20, max: 120 }), ({ columns, rows }, width) => {
      const text = renderTable({ columns, rows }, 'table', { expanded: true, width });
      const lines = text.split('\n').filter((line) => line.includes(' │ '));
      expect(lines.length).toBeGreaterThanOrEqual(rows.length * columns.length);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }),
  );
});

test('a cluster wider than the line is written whole instead of looping', () => {
  const pile = `a${'\u093e'.repeat(200)}`;
  const table = { columns: [column('a')], rows: [[pile]] };
  expect(renderTable(table, 'table', { expanded: true, width: 20 })).toContain(pile);
});
