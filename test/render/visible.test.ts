import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible } from '../../src/render/visible.ts';

test.each([
  ['plain text, Grüße, 漢字, 😀', 'plain text, Grüße, 漢字, 😀'],
  ['a\tb\nc\r\n', 'a␉b␊c␍␊'],
  ['\u0000\u001f\u007f', '␀␟␡'],
  ['\u001b[2J', '␛[2J'],
  ['\u009b2J', '<U+009B>2J'],
  ['\u202egpj', '<U+202E>gpj'],
  ['\u2066x\u2069', '<U+2066>x<U+2069>'],
  ['\u200e\u200f\u061c', '<U+200E><U+200F><U+061C>'],
  ['a\u200bb\u00ad\ufeff', 'a<U+200B>b<U+00AD><U+FEFF>'],
  ['x\u{e0041}', 'x<U+E0041>'],
  ['x\u{e0100}', 'x<U+E0100>'],
  ['\u2028\u2029', '<U+2028><U+2029>'],
  ['\ud800', '<U+D800>'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('the joiners of emoji and scripts stay', () => {
  for (const text of ['👩‍👩‍👧', '❤️', '☺︎', 'می‌خواهم', 'क्‍ष']) expect(visible(text)).toBe(text);
});

test('of all code points that terminals act on none is left, and what is shown is shown as it is', () => {
  for (let code = 0; code <= 0x10ffff; code++) {
    const character = String.fromCodePoint(code);
    const acts =
      code < 0x20 ||
      (code >= 0x7f && code < 0xa0) ||
      (code >= 0x202a && code <= 0x202e) ||
      (code >= 0x2066 && code <= 0x2069);
    if (acts && visible(character) === character) expect.fail(`U+${code.toString(16)} went through`);
  }
});

test('showing twice is showing once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(visible(text))).toBe(visible(text));
    }),
  );
});
