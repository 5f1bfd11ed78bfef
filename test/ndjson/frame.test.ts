import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineOf, linesIn, Refusal, rawLine, shortWrite } from '../../src/ndjson/frame.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a record as a line', () => {
  it('is one line that parses back to the same record, whatever text is in it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (record) => {
        const line = lineOf(record) as string;
        expect(line).not.toContain('\n');
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(record)));
      }),
    );
  });

  it('writes U+FFFD for a lone surrogate, and leaves pairs and escaped backslashes alone', () => {
    expect(lineOf({ a: 'x\ud800y', b: '😀', c: '\\ud800', d: '\\\udfff' })).toBe(
      '{"a":"x\\ufffdy","b":"😀","c":"\\\\ud800","d":"\\\\\\ufffd"}',
    );
  });

  it('refuses what is no object, and what JSON cannot hold', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const [record, reason] of [
      [[], 'invalid'],
      [null, 'invalid'],
      [undefined, 'invalid'],
      ['text', 'invalid'],
      [7, 'invalid'],
      [new String('text'), 'invalid'],
      [{ toJSON: () => [1] }, 'invalid'],
      [{ toJSON: () => undefined }, 'invalid'],
      [new Date(0), 'invalid'],
      [Object.assign(() => 1, {}), 'invalid'],
      [circular, 'unserialisable'],
      [{ big: 1n }, 'unserialisable'],
    ] as const) {
      const refusal = lineOf(record as object);
      expect(typeof refusal === 'object' && refusal.reason).toBe(reason);
    }
  });

  it('takes every kind of object that becomes one in JSON', () => {
    class Point {
      x = 1;
    }
    expect(lineOf(new Point())).toBe('{"x":1}');
    expect(lineOf(Object.assign(Object.create(null), { x: 1 }) as object)).toBe('{"x":1}');
    expect(lineOf({ toJSON: () => ({ x: 1 }) })).toBe('{"x":1}');
    expect(lineOf({ constructor: 'mine', reason: 'mine' })).toBe('{"constructor":"mine","reason":"mine"}');
    expect(lineOf(new Map([[1, 2]]))).toBe('{}');
  });

  it('never shows the record in a refusal', () => {
    const circular: Record<string, unknown> = { secret: 'hunter2' };
    circular.self = circular;
    expect(JSON.stringify(lineOf(circular))).not.toContain('hunter2');
  });
});

describe('a raw line', () => {
  it('keeps its bytes, valid UTF-8 or not, with or without its newline', () => {
    const odd = Uint8Array.of(123, 34, 255, 34, 125);
    expect(rawLine(odd)).toEqual(odd);
    expect(rawLine(Uint8Array.of(...odd, 10))).toEqual(odd);
    expect(rawLine(bytes(' {"a":1}\r\n'))).toEqual(bytes(' {"a":1}\r'));
  });

  it('is refused when it is not one object on one line', () => {
    for (const text of ['', '\n', '{"a":1}\n{"b":2}\n', '[1]', '"x"', '{', '{"a":1', 'a}'])
      expect(rawLine(bytes(text)), JSON.stringify(text)).toBeInstanceOf(Refusal);
  });
});

describe('a short write', () => {
  const batch = bytes('{"a":1}\n{"b":2} \n{"c":3}\n');

  it('commits the lines that are whole and names the fragment', () => {
    expect(shortWrite(batch, 0, 3)).toEqual({ committed: 0, fragment: 3, lineEnd: 8, whole: false });
    expect(shortWrite(batch, 0, 8)).toEqual({ committed: 8, fragment: 0, lineEnd: 17, whole: false });
    expect(shortWrite(batch, 8, 20)).toEqual({ committed: 17, fragment: 3, lineEnd: 25, whole: false });
  });

  it('knows a record that lacks only its newline, or blanks and its newline', () => {
    expect(shortWrite(batch, 0, 7)).toMatchObject({ committed: 0, whole: true });
    expect(shortWrite(batch, 8, 15)).toMatchObject({ committed: 8, whole: true });
    expect(shortWrite(batch, 8, 16)).toMatchObject({ committed: 8, whole: true });
  });

  it('counts lines by their ends', () => {
    expect(linesIn(batch, 0, batch.byteLength)).toBe(3);
    expect(linesIn(batch, 8, 16)).toBe(0);
    expect(linesIn(batch, 8, 17)).toBe(1);
  });
});
