import fc from 'fast-check';
import { XmlDocument, type XmlElement as XmlNode } from 'libxml2-wasm';
import { expect, test } from 'vitest';
import { visible } from '../../src/render/visible.ts';
import { xmlDocument } from '../../src/render/xml.ts';
import { attacks, hiddenRaw, scripts } from './samples.ts';

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    ...attacks,
    ...scripts,
    ']]>',
    '<!-- -->',
    '&amp;',
    '&#0;',
    '<![CDATA[',
    '\ufffe\uffff',
    '\r\n',
    ' \t',
  ),
);

/** What a reader gets: controls as symbols, line breaks kept. */
const shown = (text: string): string =>
  text.split('\n').map(visible).join('\n').replaceAll('\ufffe', '<U+FFFE>').replaceAll('\uffff', '<U+FFFF>');

test('any text survives a real parser, as text and as attribute', () => {
  fc.assert(
    fc.property(anyText, anyText, (text, attribute) => {
      const xml = xmlDocument({ name: 'a', attributes: { b: attribute }, children: [text] });
      expect(xml).not.toMatch(hiddenRaw);
      const document = XmlDocument.fromString(xml);
      try {
        expect(document.root.content).toBe(shown(text));
        expect((document.get('/a/@b') as { value: string } | null)?.value).toBe(shown(attribute));
      } finally {
        document.dispose();
      }
    }),
  );
});

test('elements alone stand on lines of their own; a text gets nothing added', () => {
  const xml = xmlDocument({
    name: 'a',
    children: [{ name: 'b' }, { name: 'c', attributes: { n: 1 }, children: ['x\ny'] }],
  });
  expect(xml).toBe('<?xml version="1.0" encoding="UTF-8"?>\n<a>\n  <b/>\n  <c n="1">x\ny</c>\n</a>\n');
  const document = XmlDocument.fromString(xml);
  expect((document.get('/a/c') as XmlNode).content).toBe('x\ny');
  document.dispose();
});
