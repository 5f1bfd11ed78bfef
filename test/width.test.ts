import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible } from '../src/render/visible.ts';
import { headOf, lengthOf, widthOf } from '../src/width.ts';

describe('widthOf', () => {
  test.each([
    ['', 0],
    ['abc', 3],
    ['Grüße – Привет', 14],
    ['漢字', 4],
    ['한글', 4],
    ['\u1112\u1161\u11ab', 2],
    ['ＡＢ', 4],
    ['ｱｲｳﾞ', 4],
    ['😀', 2],
    ['🫠🩷', 4],
    ['👩‍👩‍👧', 2],
    ['👍🏽', 2],
    ['🇩🇪', 2],
    ['1️⃣', 2],
    ['❤️', 2],
    ['❤', 1],
    ['☺\ufe0e', 1],
    ['e\u0301', 1],
    ['Z\u0351\u036b\u0343\u036a\u0302', 1],
    ['ที่นี่', 2],
    ['น้ำ', 2],
    ['नमस्ते', 4],
    ['का', 2],
    ['مَرْحَبًا', 5],
    ['שָׁלוֹם', 4],
    ['│─┼…·–—→␛', 9],
  ])('%j takes %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  test('never counts a visible character as nothing or as more than two columns', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }), (character) => {
        const width = widthOf(visible(character));
        expect(width).toBeGreaterThanOrEqual(0);
        expect(width).toBeLessThanOrEqual(2 * [...visible(character)].length);
      }),
    );
  });
});

describe('headOf', () => {
  test('is the longest head that fits, in whole clusters', () => {
    expect(headOf('abc', 2)).toEqual({ text: 'ab', width: 2, whole: false });
    expect(headOf('漢字', 3)).toEqual({ text: '漢', width: 2, whole: false });
    expect(headOf('👩‍👩‍👧x', 1)).toEqual({ text: '', width: 0, whole: false });
    expect(headOf('e\u0301x', 1)).toEqual({ text: 'e\u0301', width: 1, whole: false });
    expect(headOf('漢字', 4)).toEqual({ text: '漢字', width: 4, whole: true });
  });

  test('is a head, fits, and is whole exactly when nothing is missing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (raw, columns) => {
        const text = visible(raw);
        const head = headOf(text, columns);
        expect(text.startsWith(head.text)).toBe(true);
        expect(head.width).toBeLessThanOrEqual(columns);
        expect(head.whole).toBe(head.text === text);
        expect(widthOf(head.text)).toBe(head.width);
      }),
    );
  });
});

test('a text of megabytes is measured without overflowing the stack', () => {
  expect(widthOf('x'.repeat(5_000_000))).toBe(5_000_000);
  expect(headOf('x'.repeat(5_000_000), 10).text).toBe('xxxxxxxxxx');
});

test('lengthOf counts code points, lone surrogates included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(lengthOf(text)).toBe([...text].length);
    }),
  );
  expect(lengthOf('a\ud800')).toBe(2);
  expect(lengthOf('\udc00\ud83d\ude00')).toBe(2);
});
