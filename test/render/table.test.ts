import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formats, renderTable } from '../../src/render/formats.ts';
import { JsonText, type ResultColumn, type Row } from '../../src/result.ts';
import { widthOf } from '../../src/width.ts';
import { cpuMs } from '../cpu.ts';
import { anyTable, column, scripts } from './samples.ts';

const table = (columns: ResultColumn[], rows: Row[], rowsMore = 0) => ({ columns, rows, rowsMore });

test('a table has a box, its header, numbers to the right, and says how much it holds', () => {
  const result = table(
    [column('model'), column('judged', 'BIGINT'), column('rate', 'DOUBLE'), column('ok', 'BOOLEAN')],
    [
      ['finch', 10, 0.5, true],
      ['osprey', 1200, 1, null],
    ],
  );
  expect(renderTable(result, 'table')).toBe(
    [
      '┌────────┬────────┬──────┬──────┐',
      '│ model  │ judged │ rate │ ok   │',
      '├────────┼────────┼──────┼──────┤',
      '│ finch  │     10 │  0.5 │ true │',
      '│ osprey │   1200 │    1 │ NULL │',
      '└────────┴────────┴──────┴──────┘',
      '2 rows, 4 columns',
      '',
    ].join('\n'),
  );
});

test('a table without rows still shows its columns', () => {
  expect(renderTable(table([column('a'), column('b')], []), 'table')).toBe(
    '┌───┬───┐\n│ a │ b │\n├───┼───┤\n└───┴───┘\n0 rows, 2 columns\n',
  );
});

test('rows beyond the limit are counted, with what to do in the words of the caller', () => {
  expect(renderTable(table([column('a')], [['x']], 1183), 'table')).toMatch(
    /\n1 of 1,184 rows, 1 column\n1,183 more rows: --limit N shows more, --format jsonl all\n$/,
  );
  const writer = formats.table.start([column('a')]);
  expect(writer.rows([['x']]) + writer.end({ rowsMore: 1_000_001, atLeast: true })).toMatch(
    /\n1 of 1,000,002\+ rows, 1 column\n1,000,001\+ more rows: /,
  );
  expect(renderTable(table([column('a')], [['x']], 1), 'table', { hints: { more: '.limit 100' } })).toMatch(
    /\n1 more row: \.limit 100\n$/,
  );
});

test('a long cell is cut with a mark and its full length in characters', () => {
  const long = `${'error '.repeat(1000)}😀`;
  const text = renderTable(table([column('n', 'BIGINT'), column('error')], [[1, long]]), 'table', { width: 40 });
  expect(text).toContain('│ 1 │ error error error error …(6,001) │');
  expect(text.split('\n')[0]).toHaveLength(40);
});

describe('what is kept whole', () => {
  const id = '0199a2b4c6d8e0f1a2b3c4d5e6f70819';
  const ts = '2026-01-05T06:00:00.123Z';
  const columns = [
    column('session_id'),
    column('ts', 'TIMESTAMP WITH TIME ZONE'),
    column('n', 'BIGINT'),
    column('error'),
  ];
  const result = table(columns, [[id, ts, 123456, 'x'.repeat(50)]]);

  test('the first id and numbers always; times lose their seconds before a column is left out', () => {
    expect(renderTable(result, 'table', { width: 140 })).toContain(`│ ${id} │ ${ts} │ 123456 │ ${'x'.repeat(50)} │`);
    expect(renderTable(result, 'table', { width: 100 })).toContain(
      `│ ${id} │ ${ts} │ 123456 │ ${'x'.repeat(20)}…(50) │`,
    );
    expect(renderTable(result, 'table', { width: 80 })).toContain(
      `│ ${id} │ 2026-01-05T06:00… │ 123456 │ xxxxxxx…(50) │`,
    );
    expect(renderTable(result, 'table', { width: 79, expanded: false })).toContain('not shown: error: ');
    expect(renderTable(result, 'table', { width: 92 })).toContain('│ 2026-01-05T06:00:00… ');
  });
});

test('columns for which there is no room are named, not dropped in silence', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const result = table(
    names.map((name) => column(name)),
    [names.map((name) => name.repeat(40))],
  );
  const text = renderTable(result, 'table', { width: 60, expanded: false });
  expect(text).toMatch(/\n1 row, 3 of 7 columns\nnot shown: d, e, f, g: --format jsonl has them\n$/);
  expect(
    renderTable(result, 'table', { width: 60, expanded: false, hints: { hidden: 'use .mode expanded' } }),
  ).toContain('g: use .mode expanded');
});

test('a few records too wide for the terminal are shown one per block, many are not', () => {
  const columns = Array.from({ length: 9 }, (_, index) => column(`c${index}`));
  const row = columns.map((_, index) => `value ${index} `.repeat(3));
  const few = renderTable(table(columns, [row, row, row, row]), 'table', { width: 80 });
  expect(few).toMatch(/^── row 1 ─/);
  expect(few).toContain('4 rows, 9 columns\n');
  expect(renderTable(table(columns, [row, row, row, row, row]), 'table', { width: 80 })).toMatch(/^┌/);
  expect(renderTable(table(columns, [row]), 'table', { width: 80, expanded: false })).toMatch(/^┌/);
  expect(renderTable(table(columns, [row]), 'table', { width: 300 })).toMatch(/^┌/);
  expect(renderTable(table(columns, []), 'table', { width: 40 })).toMatch(/^┌/);
});

test('fractions are shown to six digits, whole numbers and texts untouched', () => {
  const values = [
    0.5972222222222222,
    1 / 3,
    2.5,
    0.000012345678,
    1234567.891234,
    12345678901234,
    -0.1234567,
    '0.123456789',
  ];
  const text = renderTable(
    table(
      [column('a', 'DOUBLE')],
      values.map((value) => [value]),
    ),
    'table',
  );
  const shown = [...text.matchAll(/│ +(\S+) │/g)].map((match) => match[1]);
  expect(shown.slice(1)).toEqual([
    '0.597222',
    '0.333333',
    '2.5',
    '0.0000123457',
    '1234567.9',
    '12345678901234',
    '-0.123457',
    '0.123456789',
  ]);
});

test('without a width nothing is cut but what would bury everything else', () => {
  const text = renderTable(table([column('a')], [['x'.repeat(900)], ['y'.repeat(5000)]]), 'table');
  expect(text).toContain('x'.repeat(900));
  expect(text).toContain('…(5,000)');
  expect(text.split('\n')[0]).toHaveLength(1004);
});

describe('alignment', () => {
  test('wide characters, emoji and combining marks line up', () => {
    const text = renderTable(
      table(
        [column('text'), column('n', 'BIGINT')],
        scripts.map((script, index) => [script, index]),
      ),
      'table',
    );
    const widths = boxLines(text).map(widthOf);
    expect(new Set(widths).size).toBe(1);
  });

  test('every line of a box is as wide as the first, and none is wider than the terminal', () => {
    fc.assert(
      fc.property(anyTable, fc.integer({ min: 20, max: 160 }), fc.boolean(), ({ columns, rows }, width, color) => {
        const text = stripVTControlCharacters(
          renderTable({ columns, rows }, 'table', { width, color, expanded: false }),
        );
        const lines = boxLines(text);
        expect(lines.length).toBeGreaterThanOrEqual(rows.length + 4);
        expect(lines.length).toBeLessThanOrEqual(rows.length + 6);
        const first = widthOf(lines[0]!);
        expect(first).toBeLessThanOrEqual(width);
        for (const line of lines) expect(widthOf(line)).toBe(first);
      }),
      { numRuns: 200 },
    );
  });
});

test('colour changes nothing but colour, and is absent unless asked for', () => {
  fc.assert(
    fc.property(anyTable, fc.boolean(), ({ columns, rows }, expanded) => {
      const plain = renderTable({ columns, rows }, 'table', { width: 80, expanded });
      const colored = renderTable({ columns, rows }, 'table', { width: 80, expanded, color: true });
      expect(plain).not.toContain('\u001b');
      expect(colored).toContain('\u001b[');
      expect(stripVTControlCharacters(colored)).toBe(plain);
    }),
    { numRuns: 60 },
  );
});

test('a text that says NULL is told from NULL without colour', () => {
  const text = renderTable(table([column('a')], [[null], ['NULL'], ['']]), 'table');
  expect(text).toContain('│ NULL   │\n│ "NULL" │\n│        │');
});

test('a JSON column is shown compact', () => {
  const text = renderTable(table([column('a', 'JSON')], [[new JsonText('{ "b": 1.0 }')]]), 'table');
  expect(text).toContain('│ {"b":1.0} │');
});

test('a cell of megabytes costs no more than what is shown of it', () => {
  const huge = table([column('a')], [['漢'.repeat(4_000_000)], ['e\u0301'.repeat(2_000_000)]]);
  let text = '';
  const effort = cpuMs(() => {
    text = renderTable(huge, 'table', { width: 80 });
  });
  expect(effort).toBeLessThan(2_000);
  expect(text).toContain('…(4,000,000)');
});

function boxLines(text: string): string[] {
  return text.split('\n').filter((line) => /^[┌│├└]/.test(line));
}
