import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderTable } from '../../src/render/formats.ts';
import { headerLines, headerWidth, widestWord } from '../../src/render/header.ts';
import { widthOf } from '../../src/width.ts';
import { column } from './samples.ts';

test.each([
  ['first_shot_rate', 15, ['first_shot_rate']],
  ['first_shot_rate', 12, ['first_shot_', 'rate']],
  ['first_shot_rate', 6, ['first_', 'shot_', 'rate']],
  ['first_shot_rate', 4, ['fir…', 'sho…', 'rate']],
  ['count of all rows', 8, ['count of', 'all rows']],
  ['a_b_c_d_e_f', 2, ['a_', 'b_', 'c…']],
  ['modèle_漢字', 7, ['modèle_', '漢字']],
  ['', 5, ['']],
  ['__', 1, ['…']],
  ['tab\there', 20, ['tab␉here']],
])('the name %j in %i columns is %j', (name, columns, lines) => {
  expect(headerLines(name, columns)).toEqual(lines);
});

test('a name keeps to its columns and to three lines, and is whole where it has the room it asks for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 30 }), (name, columns) => {
      const lines = headerLines(name, columns);
      expect(lines.length).toBeLessThanOrEqual(3);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(headerLines(name, Math.max(2, headerWidth(name)))).toHaveLength(1);
      expect(widestWord(name)).toBeLessThanOrEqual(headerWidth(name));
    }),
  );
});

test('long names of narrow columns do not push other columns out of the table', () => {
  const names = ['model', 'sessions', 'judged', 'first_shot', 'first_shot_rate', 'rate_low', 'rate_high'];
  const columns = names.map((name, at) => column(name, at === 0 ? 'VARCHAR' : 'DOUBLE'));
  const rows = [['kestrel-70b-instruct', 273, 265, 236, 0.890566, 0.847471, 0.922563]];
  expect(renderTable({ columns, rows }, 'table', { width: 80, expanded: false })).toBe(
    [
      '┌────────────────┬──────────┬────────┬────────┬──────────┬──────────┬──────────┐',
      '│ model          │ sessions │ judged │ first_ │   first_ │ rate_low │    rate_ │',
      '│                │          │        │   shot │    shot_ │          │     high │',
      '│                │          │        │        │     rate │          │          │',
      '├────────────────┼──────────┼────────┼────────┼──────────┼──────────┼──────────┤',
      '│ kestrel-7…(20) │      273 │    265 │    236 │ 0.890566 │ 0.847471 │ 0.922563 │',
      '└────────────────┴──────────┴────────┴────────┴──────────┴──────────┴──────────┘',
      '1 row, 7 columns',
      '',
    ].join('\n'),
  );
});
