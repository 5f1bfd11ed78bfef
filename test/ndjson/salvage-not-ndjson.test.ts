// Files that are no NDJSON get one finding; files of bad lines do not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doubtLinesMax, lineBytesMax } from '../../src/limits.ts';
import type { Found } from '../../src/ndjson/salvage.ts';
import { chunkSizes, recordText } from './salvage-arbitraries.ts';
import { assertExact, scanBytes } from './salvage-laws.ts';

const record = '{"schema":"session.iterate.v1","session_id":"s"}';

function scan(text: string | Buffer, limit = lineBytesMax): { found: Found[]; short: string[]; tail: string } {
  const bytes = Buffer.from(text);
  const { found, tail } = scanBytes(bytes, limit);
  assertExact(bytes, found);
  const short = found.map(
    (one) => `${one.line}@${one.byteOffset}+${one.byteLength} ${one.kind === 'record' ? one.origin : one.reason}`,
  );
  return { found, short, tail: tail.state };
}

const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

describe('one finding for the file', () => {
  const files: [what: string, file: string | Buffer, message: RegExp][] = [
    ['a pretty-printed object', `${pretty({ a: 1, b: { c: [] } })}\n`, /span lines/],
    [
      'pretty-printed objects, one behind the other',
      `${pretty({ a: 1 })}\n${pretty({ b: 2 })}\n\n${pretty({ c: 3 })}`,
      /span lines/,
    ],
    [
      'pretty-printed objects, braces against each other',
      `${[1, 2, 3, 4].map((a) => pretty({ a })).join('')}\n`,
      /span lines/,
    ],
    ['pretty-printed objects with commas between them', `${pretty({ a: 1 })},\n${pretty({ b: 2 })},\n`, /span lines/],
    ['a pretty-printed array', pretty([{ a: 1 }, {}, []]), /span lines/],
    ['an array with one record a line', `[\n${record},\n${record},\n${record}\n]\n`, /span lines/],
    [
      'an array with one record a line, a comma in front of each',
      `[${record}\n,${record}\n,${record}]\n`,
      /span lines/,
    ],
    [
      'a pretty-printed object cut in its middle',
      pretty({ a: 1, b: 2, c: { d: [1, 2, 3] } }).slice(0, -20),
      /span lines/,
    ],
    [
      'a text log with pretty-printed JSON in it',
      `[10:00] sending\n${pretty({ a: 1 })}\n[10:01] got\n${pretty({ b: [1] })}\nend\n`,
      /span lines/,
    ],
    [
      'pretty-printed JSON behind a byte-order mark, with CRLF',
      `\ufeff${pretty({ a: 1, b: 2 }).replaceAll('\n', '\r\n')}\r\n`,
      /span lines/,
    ],
    ['pretty-printed JSON with a line that alone is a record', `[\n  ${record}\n]`, /span lines/],
    ['lines that end in CR', `${record}\r${record}\r${record}\r`, /CR alone/],
    ['lines that end in CR, some of them broken', `${record}\rbroken\r\r${record}`, /CR alone/],
    ['UTF-16 with a byte-order mark', Buffer.from(`\ufeff${record}\n${record}\n`, 'utf16le'), /UTF-16/],
    ['UTF-16 without one', Buffer.from(`${record}\n${record}\n`, 'utf16le'), /UTF-16/],
    ['big-endian UTF-16', Buffer.from(`\ufeff${record}\n`, 'utf16le').swap16(), /UTF-16/],
    ['gzip data under a plain name', Buffer.from('1f8b0800000000000003abae0500', 'hex'), /gzip/],
    ['a thousand lines of text', '2026-01-01 a line\n"and one\n'.repeat(doubtLinesMax / 2), /plain text/],
  ];
  for (const [what, file, message] of files)
    it(`for ${what}`, () => {
      const bytes = Buffer.from(file);
      const { found, tail } = scan(bytes);
      expect(found).toMatchObject([
        { kind: 'damaged', reason: 'not-ndjson', line: 1, message: expect.stringMatching(message) },
      ]);
      expect(tail).toBe('none');
      const { found: inBytes } = scanBytes(bytes, lineBytesMax, [1]);
      expect(inBytes).toEqual(found);
    });

  it('for any JSON values printed over lines, wherever the chunks end', () => {
    const json = fc.array(
      fc.oneof(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.array(fc.jsonValue(), { minLength: 1 })),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(
        json,
        fc.constantFrom(1, 2, '\t'),
        fc.constantFrom('\n', '\r\n', ''),
        chunkSizes,
        (values, indent, end, sizes) => {
          const text = values
            .map((value) => JSON.stringify(value, null, indent))
            .join('\n')
            .replace(/\\ud[89a-f]/g, '\\u00');
          const { found } = scanBytes(Buffer.from(text + end), lineBytesMax, sizes);
          expect(found).toMatchObject([{ reason: 'not-ndjson', byteOffset: 0, byteLength: Buffer.byteLength(text) }]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('for lines that end in CR and are together longer than any line', () => {
    const { found } = scan(`${record}\r`.repeat(20), 100);
    expect(found).toMatchObject([{ reason: 'not-ndjson', byteLength: (record.length + 1) * 20 - 1 }]);
  });

  it('also when the file is much larger than what is held', () => {
    const one = `${pretty(JSON.parse(record))}\n`;
    const { short } = scan(one.repeat(2000));
    expect(short).toEqual([`1@0+${one.length * 2000 - 1} not-ndjson`]);
  });

  it('ends where records begin after all: none of them is lost', () => {
    const text = 'line of text\n'.repeat(doubtLinesMax + 500);
    expect(scan(`${text}${record}\nbad\n${record}`).short).toEqual([
      `1@0+${text.length - 1} not-ndjson`,
      `1501@${text.length}+${record.length} whole`,
      `1502@${text.length + record.length + 1}+3 not-json`,
      `1503@${text.length + record.length + 5}+${record.length} whole`,
    ]);
  });

  it('does not swallow a record behind a line that looks like the start of a value, however late', () => {
    const text = 'line of text\n'.repeat(doubtLinesMax + 10);
    const open = '{"a":[\n';
    expect(scan(`${text}${open}${record}\n${record}\n`).short.slice(1)).toEqual([
      `1011@${text.length}+6 torn`,
      `1012@${text.length + open.length}+${record.length} whole`,
      `1013@${text.length + open.length + record.length + 1}+${record.length} whole`,
    ]);
    expect(scan(`${text}${open}${record}\n`).short.slice(1)).toEqual([
      `1011@${text.length}+6 torn`,
      `1012@${text.length + open.length}+${record.length} whole`,
    ]);
    const atTheBound = 'line of text\n'.repeat(doubtLinesMax - 1);
    expect(
      scan(`${atTheBound}${open}${record}\n${record}\n`).found.filter(({ kind }) => kind === 'record').length,
    ).toBe(2);
  });
});

describe('files of bad lines stay files of bad lines', () => {
  const files: [what: string, file: string, kept: number, bad: number][] = [
    ['one line of rubbish', 'rubbish\n', 0, 1],
    ['lines of rubbish', 'a\nb\nc\nd\n', 0, 4],
    ['one torn line', '{"a":', 0, 1],
    ['torn lines only', '{"a":1\n{"a":\n{"a"\n{\n{"b":[\n', 0, 5],
    ['a record cut behind a colon in front of the only good one', `{"a":2,"s":\n${record}\n`, 1, 1],
    ['a record cut behind a colon in front of the only good one, which has no newline', `{"a":2,"s":\n${record}`, 1, 1],
    ['a record cut behind a bracket in front of two good ones', `{"a":[\n${record}\n${record}\n`, 2, 1],
    ['a record broken in two by a raw newline inside a string', `{"a":"x\ny"}\n`, 0, 2],
    ['a record broken in two behind a good one', `${record}\n{"a":1,\n"b":2}\n`, 1, 2],
    ['pretty-printed JSON behind a good line', `${record}\n{\n"b":2\n}\n`, 1, 3],
    ['a few lines of pretty-printed JSON among many of rubbish', `${'rubbish\n'.repeat(6)}{"a":1,\n"b":2}\n`, 0, 8],
    [
      'a record behind a cut one, then rubbish, then pretty-printed JSON',
      `{"a":[\n${record}\nrubbish\n${pretty([1, 2, 3])}\n`,
      1,
      7,
    ],
    ['a CR between two values of one line', '[1]\r[2]\n[3]\n', 0, 2],
    ['valid lines that are no objects', '[1]\n[2]\n"x"\n3\nnull\n', 0, 5],
    ['a CR between two records of one line, LF between the others', `{"a":1}\r{"b":2}\n${record}\n`, 3, 0],
    ['a long text in front of one record', `${'text\n'.repeat(doubtLinesMax - 2)}${record}\n`, 1, doubtLinesMax - 2],
  ];
  for (const [what, file, kept, bad] of files)
    it(what, () => {
      const { found } = scan(file);
      expect(found.filter(({ kind }) => kind === 'record').length).toBe(kept);
      expect(found.filter((one) => one.kind === 'damaged' && one.reason !== 'not-ndjson').length).toBe(bad);
      expect(found.length).toBe(kept + bad);
    });

  it('and never a file with a record on a line of its own behind damage that cannot go on as JSON', () => {
    const text = fc.array(fc.constantFrom('rubbish', '{"a":1', '[]', '42', '{"a":"', ']', '}', ',', ''), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(text, recordText, text, (before, good, behind) => {
        const { found } = scan([...before, 'rubbish', good, ...behind].join('\n'));
        expect(found.some((one) => one.kind === 'damaged' && one.reason === 'not-ndjson')).toBe(false);
        expect(found.filter(({ kind }) => kind === 'record').length).toBe(1);
      }),
      { numRuns: 200 },
    );
  });

  it('and a scan from the middle of a file never calls it something else', () => {
    expect(scanBytes(Buffer.from(`${record}\n${pretty({ a: 1 })}\n`), lineBytesMax).found.length).toBe(4);
  });
});
