import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonDocument, jsonOf, objectOf } from '../../src/render/json-text.ts';
import { JsonText, type Value } from '../../src/result.ts';
import { anyTable, anyValue, attacks, column, hiddenRaw } from './samples.ts';

describe('jsonOf', () => {
  test('parses back to the value, whatever it is', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(JSON.parse(jsonOf(value))).toEqual(plainOf(value));
      }),
    );
  });

  test('is one line without hidden characters', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(jsonOf(value)).not.toMatch(hiddenRaw);
        expect(jsonOf(value)).not.toContain('\n');
      }),
    );
    for (const attack of attacks) expect(JSON.parse(jsonOf(attack))).toBe(attack);
  });

  test('embeds a JSON column as its own text: numbers, key order and duplicate keys untouched, white space gone', () => {
    const text = '{ "z": 12345678901234567890,\n\t"a": 0.10, "a": 1e400, "s": "a b \\" c\\\\", "e": [ ] }';
    expect(jsonOf(new JsonText(text))).toBe('{"z":12345678901234567890,"a":0.10,"a":1e400,"s":"a b \\" c\\\\","e":[]}');
    expect(jsonOf({ inner: [new JsonText('1.50')] })).toBe('{"inner":[1.50]}');
  });

  test('escapes hidden characters inside an embedded text without changing its value', () => {
    const text = JSON.stringify({ key: 'a\u202eb\u009b\u{e0041}' });
    expect(jsonOf(new JsonText(text))).toBe('{"key":"a\\u202eb\\u009b\\udb40\\udc41"}');
    expect(JSON.parse(jsonOf(new JsonText(text)))).toEqual(JSON.parse(text));
  });

  test.each(['{"a":NaN}', '[1,2,]', "{'a':1}", '{"a":1', '', 'Infinity'])(
    'makes a string of %j, which is not strict JSON',
    (text) => {
      expect(JSON.parse(jsonOf(new JsonText(text)))).toBe(text);
    },
  );

  test('embeds a text of megabytes', () => {
    const long = JSON.stringify({ body: 'x y '.repeat(1_000_000), after: [1, 2] });
    expect(jsonOf(new JsonText(`  ${long}  `))).toBe(long);
  });

  test('writes numbers as JSON has them: no -0, no infinity', () => {
    expect(
      [0, -0, 1.5, 1e21, -1e-7, Number.MAX_SAFE_INTEGER, Number.NaN, Number.POSITIVE_INFINITY].map((n) => jsonOf(n)),
    ).toEqual(['0', '0', '1.5', '1e+21', '-1e-7', '9007199254740991', 'null', 'null']);
  });
});

test('a document of ours keeps its lines, and hides nothing in them', () => {
  const document = { file: 'a\u202e\u009b\nb.jsonl', list: [1, { two: '漢' }] };
  for (const indent of [undefined, 2]) {
    const text = jsonDocument(document, indent);
    expect(JSON.parse(text)).toEqual(document);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text.split('\n')).toHaveLength(indent === undefined ? 1 : 9);
  }
});

test('objectOf keeps the order of the columns and escapes their names', () => {
  const object = objectOf([column('b'), column('a"\u202e'), column('__proto__')]);
  expect(object([1, null, 'x'])).toBe('{"b":1,"a\\"\\u202e":null,"__proto__":"x"}');
});

test('every row of a table is an object with exactly its columns', () => {
  fc.assert(
    fc.property(anyTable, ({ columns, rows }) => {
      for (const row of rows) {
        const parsed = JSON.parse(objectOf(columns)(row)) as object;
        expect(Object.keys(parsed).sort()).toEqual(columns.map((each) => each.name).sort());
      }
    }),
  );
});

function plainOf(value: Value): unknown {
  if (value instanceof JsonText) return JSON.parse(value.text);
  if (Array.isArray(value)) return value.map(plainOf);
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value === 'object' && value !== null) return JSON.parse(JSON.stringify(value));
  return value;
}
