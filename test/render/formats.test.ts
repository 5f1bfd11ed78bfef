// The suite every result format must pass, whatever it writes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatNames } from '../../src/render/format.ts';
import { formatOfFile, formats, renderTable } from '../../src/render/formats.ts';
import type { Row } from '../../src/result.ts';
import { anyTable, attacks, column, hiddenRaw } from './samples.ts';

describe.each(formatNames)('format %s', (name) => {
  const format = formats[name];

  test('is registered under its own name and tells what it is', () => {
    expect(format.name).toBe(name);
    expect(format.doc).not.toBe('');
    expect(formatOfFile(`out${format.suffixes[0]}`)).toBe(name);
    expect(formatOfFile(`/tmp/OUT${format.suffixes[0]!.toUpperCase()}`)).toBe(name);
  });

  test('writes the same text however the rows are split into chunks', () => {
    fc.assert(
      fc.property(anyTable, fc.array(fc.nat(6), { maxLength: 4 }), ({ columns, rows }, cuts) => {
        const writer = format.start(columns, { width: 80, fence: 'f' });
        let text = '';
        let from = 0;
        for (const to of [...cuts].sort((a, b) => a - b)) {
          text += writer.rows(rows.slice(from, to));
          from = Math.max(from, to);
        }
        text += writer.rows(rows.slice(from)) + writer.end();
        expect(text).toBe(renderTable({ columns, rows }, name, { width: 80, fence: 'f' }));
      }),
      { numRuns: 60 },
    );
  });

  test('gives its text away as it comes if it says that it streams, and holds it back if not', () => {
    const writer = format.start([column('a')], {});
    const pieces = ['1', '2', '3'].map((value) => writer.rows([[value]]));
    expect(pieces.every((piece) => piece !== '')).toBe(format.streams);
    const whole = pieces.join('') + writer.end();
    for (const value of ['1', '2', '3']) expect(whole).toContain(value);
  });

  test('closes a document without rows, after no chunk and after empty chunks alike', () => {
    const none = format.start([column('a'), column('b')], { fence: 'f' }).end();
    const empty = format.start([column('a'), column('b')], { fence: 'f' });
    expect(empty.rows([]) + empty.end()).toBe(none);
    if (name === 'jsonl') expect(none).toBe('');
    else expect(none).toMatch(/\n$/);
  });

  test('ends every document with rows in a newline', () => {
    expect(renderTable({ columns: [column('a')], rows: [['x']] }, name)).toMatch(/\n$/);
  });

  test('lets no control, bidi or invisible character of a value or a name reach a terminal', () => {
    fc.assert(
      fc.property(anyTable, ({ columns, rows }) => {
        const text = renderTable({ columns, rows }, name, { width: 100, terminal: true });
        expect(text.replaceAll('\r\n', '\n')).not.toMatch(hiddenRaw);
      }),
      { numRuns: 100 },
    );
    const rows: Row[] = attacks.map((attack) => [attack]);
    for (const expanded of [false, true]) {
      const text = renderTable({ columns: [column('a')], rows }, name, { terminal: true, expanded });
      expect(text.replaceAll('\r\n', '\n')).not.toMatch(hiddenRaw);
    }
  });

  test('keeps the value of a null, an empty text and a text that says NULL apart', () => {
    const cell = (value: string | null): string =>
      renderTable({ columns: [column('a'), column('b')], rows: [[value, 'x']] }, name);
    expect(new Set([cell(null), cell(''), cell('NULL')]).size).toBe(3);
  });
});

test('an unknown suffix asks for no format', () => {
  expect(formatOfFile('out.parquet')).toBeUndefined();
  expect(formatOfFile('json')).toBeUndefined();
  expect(formatOfFile('a.json.bak')).toBeUndefined();
});
