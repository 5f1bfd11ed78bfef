import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderTable } from '../../src/render/formats.ts';
import { mdText } from '../../src/render/md.ts';
import { anyTable, column } from './samples.ts';

test('md is a table with numbers to the right and a note about rows left out', () => {
  const table = {
    columns: [column('model'), column('n', 'BIGINT')],
    rows: [
      ['finch_8b', 3],
      [null, 10],
    ],
    rowsMore: 1234,
  };
  expect(renderTable(table, 'md')).toBe(
    '| model | n |\n| --- | ---: |\n| finch_8b | 3 |\n| NULL | 10 |\n\n1,234 more rows\n',
  );
});

test.each([
  ['a|b', 'a\\|b'],
  ['two\nlines', 'two␊lines'],
  ['<img src=x onerror=y>', '&lt;img src=x onerror=y&gt;'],
  ['&amp;', '&amp;amp;'],
  ['![x](http://e)', '!\\[x\\](http://e)'],
  ['`code` *em* ~del~ $x$', '\\`code\\` \\*em\\* \\~del\\~ \\$x\\$'],
  ['session_id _em_', 'session_id \\_em\\_'],
  ['a\\|b', 'a\\\\\\|b'],
  ['\u202e', '&lt;U+202E&gt;'],
])('the text %j is written as %s', (text, written) => {
  expect(mdText(text)).toBe(written);
});

test('every row is one line with as many cells as there are columns', () => {
  fc.assert(
    fc.property(anyTable, (table) => {
      const lines = renderTable(table, 'md').split('\n').slice(0, -1);
      expect(lines).toHaveLength(table.rows.length + 2);
      // A bar is a border unless an odd number of backslashes stands before it.
      for (const line of lines) {
        const borders = line.match(/(?<!\\)(?:\\\\)*\|/g) ?? [];
        expect(borders).toHaveLength(table.columns.length + 1);
      }
    }),
  );
});
