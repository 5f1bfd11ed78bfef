// Values that have broken tables before, for every test of this folder.
import fc from 'fast-check';
import { hiddenCharacters } from '../../src/render/visible.ts';
import { JsonText, type ResultColumn, type Row, type Value } from '../../src/result.ts';

export const column = (name: string, type = 'VARCHAR'): ResultColumn => ({ name, type });

/** A character that no terminal may get raw; a newline is looked at apart. */
export const hiddenRaw = new RegExp(`(?!\\n)${hiddenCharacters().source}`, 'u');

export const attacks = [
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\u009b31m',
  'a\tb\nc\rd\u0000e\u007f',
  'exe.\u202egpj',
  '\u2066isolate\u2069',
  'zero\u200bwidth\ufeff',
  'tag \u{e0041}\u{e0042}',
  'hidden \u{e0100}\ufe00',
  'line\u2028para\u2029',
  'lone \ud800 surrogate \udc00',
] as const;

export const scripts = ['漢字かな', '😀👩‍👩‍👧👍🏽🇩🇪', 'ที่นี่', 'नमस्ते', 'مَرْحَبًا', 'שָׁלוֹם', 'e\u0301', 'ｱｲｳﾞ', '한글'] as const;

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...attacks, ...scripts, '', 'NULL', '"NULL"', 'a|b', 'a,b', 'say "hi"', '\r\n', ' '),
);

export const anyValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 6, arbitrary: text },
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.json().map((json) => new JsonText(json)),
  fc.array(fc.oneof(text, fc.integer(), fc.constant(null)), { maxLength: 3 }),
  fc.dictionary(fc.string(), text, { maxKeys: 3 }),
);

export const types = ['VARCHAR', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'JSON', 'TIMESTAMP WITH TIME ZONE'] as const;

/** Columns with unique names, and rows of that many values. */
export const anyTable: fc.Arbitrary<{ columns: ResultColumn[]; rows: Row[] }> = fc
  .uniqueArray(fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom(...attacks)), { minLength: 1, maxLength: 5 })
  .chain((names) =>
    fc.record({
      columns: fc.tuple(...names.map((name) => fc.constantFrom(...types).map((type) => column(name, type)))),
      rows: fc.array(fc.tuple(...names.map(() => anyValue)), { maxLength: 6 }),
    }),
  );
