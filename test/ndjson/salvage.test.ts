// The salvage scan, by kind of damage. Hand-made files are in salvage-fixtures.test.ts, laws in salvage-laws.test.ts.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lineBytesMax, rawHeadBytes } from '../../src/limits.ts';
import { damageReasons } from '../../src/ndjson/damage.ts';
import { type Found, SalvageScanner } from '../../src/ndjson/salvage.ts';
import { cpuMs } from '../cpu.ts';
import { assertExact, scanBytes } from './salvage-laws.ts';

/** One short line a finding: what was kept (its text) or refused (reason and bytes). */
function scan(text: string | Buffer, limit = lineBytesMax): string[] {
  const bytes = Buffer.from(text);
  const { found } = scanBytes(bytes, limit);
  assertExact(bytes, found);
  return found.map((one) => {
    const raw = bytes.toString('latin1', one.byteOffset, one.byteOffset + one.byteLength);
    if (one.kind === 'damaged')
      return `${one.line} ${one.reason}: ${raw.replace(/\0+/g, (run) => `NUL*${run.length}`)}`;
    return `${one.line} ${one.origin}: ${Buffer.from(one.bytes).toString()}`;
  });
}

const good = '{"first":1}\n';
const family = '{"endpoint":"/v1","success":true}';

describe('whole lines', () => {
  it('keeps records between blank lines, CRLF, white space, vertical tabs and form feeds', () => {
    expect(scan('\n\r\n {"a":1} \r\n\t{"b":2}\v\f\n \n{"c":3}')).toEqual([
      '3 whole: {"a":1}',
      '4 whole: {"b":2}',
      '6 whole: {"c":3}',
    ]);
  });

  it('skips a byte-order mark at the start of the file, and where files were put together', () => {
    expect(scan('\ufeff{"a":1}\n\ufeff{"b":2}\n{"c":3}\ufeff\n')).toEqual([
      '1 whole: {"a":1}',
      '2 whole: {"b":2}',
      '3 not-json: {"c":3}\xef\xbb\xbf',
    ]);
    expect(scan(`${good}\0\ufeff${family}\n`).slice(1)).toEqual([
      '2 nul-bytes: NUL*1',
      '2 not-json: \xef\xbb\xbf',
      `2 suffix: ${family}`,
    ]);
  });

  it('keeps white space and CR inside an object, and a pair of surrogates by escapes', () => {
    const line = '{ "a" :\r[ 1 ,\t2 ] , "b":"\\ud83d\\ude00 \\\\ud800" }';
    expect(scan(`${line}\n`)).toEqual([`1 whole: ${line}`]);
  });

  it('counts lines and bytes from where it is told to start', () => {
    const scanner = new SalvageScanner({ lineBytesMax, startLine: 41, startOffset: 1000 });
    const found = [...scanner.push(Buffer.from('{"a":1}\nbad\n{"b":2}')), ...scanner.end()];
    expect(found.map(({ line, byteOffset }) => [line, byteOffset])).toEqual([
      [41, 1000],
      [42, 1008],
      [43, 1012],
    ]);
    expect(scanner.bytes).toBe(1019);
    expect(scanner.lines).toBe(3);
    expect(scanner.tail).toEqual({ byteOffset: 1012, byteLength: 7, line: 43, state: 'record' });
  });
});

describe('glued lines', () => {
  it('keeps two and more whole objects on one line', () => {
    expect(scan(`${good}{"a":1}{"b":2} \t{"c":3}\n`)).toEqual([
      '1 whole: {"first":1}',
      '2 glued: {"a":1}',
      '2 glued: {"b":2}',
      '2 glued: {"c":3}',
    ]);
  });

  it('keeps the whole object in front of a torn one, of any family', () => {
    expect(scan(`${good}{"a":1}{"b":\n`).slice(1)).toEqual(['2 whole: {"a":1}', '2 torn: {"b":']);
  });

  it('keeps an object in front of other bytes only when it is of a known family', () => {
    expect(scan(`${good}{"a":1}#\n${family}#\n{"a":1}{"b":2}]\n`).slice(1)).toEqual([
      '2 not-json: {"a":1}#',
      `3 whole: ${family}`,
      '3 not-json: #',
      '4 glued: {"a":1}',
      '4 not-json: {"b":2}]',
    ]);
  });
});

describe('a whole object behind a torn part', () => {
  const torn: [what: string, part: string][] = [
    ['behind a colon', '{"a":2,"s":'],
    ['inside a string', '{"a":"xy'],
    ['inside a string behind a backslash', '{"a":"xy\\'],
    ['inside a key', '{"a":1,"b'],
    ['inside a number', '{"a":12.'],
    ['inside an escape', '{"a":"\\u12'],
    ['inside a list', '{"a":[1,'],
    ['inside a list of objects', '{"a":[{"b":1},{"c":{"d":"}'],
    ['at the start of the part, which lost its head', 'tail of a record"}'],
    ['behind a text', '2026-03-01 INFO '],
  ];
  for (const [what, part] of torn)
    it(`is kept when the cut is ${what}, and only the part is named`, () => {
      expect(scan(Buffer.from(`${good}${part}${family}\n`)).slice(1)).toEqual([
        expect.stringMatching(/^2 (torn|not-json): /),
        `2 suffix: ${family}`,
      ]);
      expect(scan(`${good}${part}${family}\n`)[1]).toMatch(
        new RegExp(`: ${part.replace(/[\\[\]{}.*+?^$()|]/g, '\\$&').trimEnd()}$`),
      );
    });

  it('is not kept when no family knows it, when bytes follow it, or when another object follows it', () => {
    expect(scan(`${good}{"a":"x{"b":1}\n{"a":"x${family}x\n{"a":"x${family}{"b":1}\n`).slice(1)).toEqual([
      '2 not-json: {"a":"x{"b":1}',
      `3 not-json: {"a":"x${family}x`,
      `4 not-json: {"a":"x${family}{"b":1}`,
    ]);
  });

  it('is the longest one when several would do', () => {
    const longer = `{"endpoint":{"endpoint":1,"success":2},"success":${family}}`;
    expect(scan(`${good}{"t":${longer}\n`).slice(1)).toEqual(['2 torn: {"t":', `2 suffix: ${longer}`]);
  });

  it('is kept without its duplicate keys', () => {
    const [, , record] = scanBytes(
      Buffer.from(`${good}{"t":{"endpoint":1,"success":true,"success":false}\n`),
      lineBytesMax,
    ).found;
    expect(record).toMatchObject({
      origin: 'suffix',
      duplicateKeys: ['success'],
      record: { endpoint: 1, success: true },
    });
  });
});

describe('runs of NUL bytes', () => {
  const nul = '\0'.repeat(5);
  it('are named alone; whole objects before, between and behind them stay', () => {
    expect(scan(`${good}${nul}{"a":1}${nul} {"b":2}${nul}\n${nul}\n{"c":3}\n`).slice(1)).toEqual([
      '2 nul-bytes: NUL*5',
      '2 whole: {"a":1}',
      '2 nul-bytes: NUL*5',
      '2 whole: {"b":2}',
      '2 nul-bytes: NUL*5',
      '3 nul-bytes: NUL*5',
      '4 whole: {"c":3}',
    ]);
  });

  it('behind a torn part leave the whole object behind them, of any family', () => {
    expect(scan(`${good}{"a":"x${nul}{"b":2}\n`).slice(1)).toEqual([
      '2 torn: {"a":"x',
      '2 nul-bytes: NUL*5',
      '2 whole: {"b":2}',
    ]);
  });

  it('inside a record do not make its members records', () => {
    expect(scan(`${good}{"list":[{"a":1},${nul}{"b":2}]}\n`).slice(1)).toEqual([
      `2 torn: {"list":[{"a":1},NUL*5{"b":2}]}`,
    ]);
  });

  it('behind a torn part do not make what stands in front of another torn part a record', () => {
    expect(scan(`${good}{"list":[${nul}{"a":1}{"b"\n`).slice(1)).toEqual([`2 torn: {"list":[NUL*5{"a":1}{"b"`]);
  });

  it('inside rubbish are a part of it: one range', () => {
    expect(scan(`${good}a\0b \0 c\0\n`).slice(1)).toEqual(['2 not-json: aNUL*1b NUL*1 c', '2 nul-bytes: NUL*1']);
  });

  it('longer than any line take no memory, in front of a record and at the end of the file', () => {
    const scanner = new SalvageScanner({ lineBytesMax: 100 });
    const zeros = new Uint8Array(64 * 1024);
    const before = process.memoryUsage().arrayBuffers;
    const found = scanner.push(Buffer.from(good));
    for (let index = 0; index < 1000; index += 1) found.push(...scanner.push(zeros));
    found.push(...scanner.push(Buffer.from('{"b":2}\n')));
    for (let index = 0; index < 1000; index += 1) found.push(...scanner.push(zeros));
    found.push(...scanner.end());
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    expect(found.map((one) => [one.kind, one.line, one.byteOffset, one.byteLength])).toEqual([
      ['record', 1, 0, 11],
      ['damaged', 2, 12, 65_536_000],
      ['record', 2, 65_536_012, 7],
      ['damaged', 3, 65_536_020, 65_536_000],
    ]);
    expect(scanner.tail).toMatchObject({ state: 'torn', byteOffset: 65_536_020, byteLength: 65_536_000 });
  });
});

describe('reasons', () => {
  const cases: [reason: string, line: string | Buffer][] = [
    ['torn', '{"a":1'],
    ['torn', '{'],
    ['torn', '{"name":"The Firm}'],
    ['torn', Buffer.from([0x7b, 0x22, 0xe2, 0x82])],
    ['not-json', 'text'],
    ['not-json', '{"a":1,}'],
    ['not-json', '{"a":01}'],
    ['not-json', '{"a":+1}'],
    ['not-json', "{'a':1}"],
    ['not-json', '{"a":"\\x"}'],
    ['not-json', '{"a":\f1}'],
    ['not-json', '[1,'],
    ['not-json', '[NaN]'],
    ['not-json', '"a""b"'],
    ['not-an-object', 'null'],
    ['not-an-object', ' [{"a":1}] '],
    ['not-an-object', '-0.5e3'],
    ['not-an-object', '"\\ud83d\\ude00"'],
    ['invalid-utf8', Buffer.from('{"a":"\xff"}', 'latin1')],
    ['invalid-utf8', Buffer.from('{"a":"\xc0\x80"}', 'latin1')],
    ['invalid-utf8', Buffer.from('{"a":"\xed\xa0\x80"}', 'latin1')],
    ['invalid-utf8', Buffer.from('{"a":"\xf4\x90\x80\x80"}', 'latin1')],
    ['invalid-utf8', Buffer.from('caf\xe9', 'latin1')],
    ['lone-surrogate', '{"a":"\\ud800"}'],
    ['lone-surrogate', '{"a":"\\udc00\\ud800"}'],
    ['lone-surrogate', '{"\\ud800":1}'],
    ['lone-surrogate', '{"a":{"b":["\\ud800\\ud800"]}}'],
    ['lone-surrogate', '["\\udadA"]'],
    ['control-character', '{"a":"x\ty"}'],
    ['control-character', '{"a":"x\u001fy"}'],
    ['line-too-long', `{"a":"${'x'.repeat(100)}"}`],
  ];
  for (const [reason, line] of cases)
    it(`${reason}: ${JSON.stringify(line.toString('latin1' as never)).slice(0, 40)}`, () => {
      const bytes = Buffer.concat([Buffer.from(good), Buffer.from(line), Buffer.from('\n')]);
      const [, range] = scanBytes(bytes, 60).found;
      expect(range).toMatchObject({ kind: 'damaged', reason, line: 2 });
      expect(range?.kind === 'damaged' && range.message.length).toBeGreaterThan(10);
    });

  it('are all explained in the documentation, and only these', () => {
    const page = readFileSync(new URL('../../docs/reading.md', import.meta.url), 'utf8');
    const table = page.slice(page.indexOf('| reason |'), page.indexOf('**No damage**'));
    expect([...table.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1])).toEqual(Object.keys(damageReasons));
  });

  it('come with the head of the raw bytes, cut between characters', () => {
    const line = `${'é'.repeat(10)}x${'é'.repeat(rawHeadBytes)}`;
    const [, range] = scanBytes(Buffer.from(`${good}${line}\n`), lineBytesMax).found;
    expect(range).toMatchObject({
      byteLength: Buffer.byteLength(line),
      raw: line.slice(0, 10 + 1 + (rawHeadBytes - 21 - 1) / 2),
    });
    const [, broken] = scanBytes(
      Buffer.concat([Buffer.from(good), Buffer.from([0x61, 0xff, 0x62, 0x0a])]),
      lineBytesMax,
    ).found;
    expect(broken).toMatchObject({ raw: 'a\ufffdb' });
    const [, mixed] = scanBytes(Buffer.from(`${good}a \0\0 b\0\n`), lineBytesMax).found;
    expect(mixed).toMatchObject({ raw: 'a \0\0 b' });
  });
});

describe('lines over the limit', () => {
  it('are exact: a line of the limit is kept with LF and with CRLF, one byte more is not', () => {
    const at = `{"a":"${'x'.repeat(92)}"}`;
    const over = `{"a":"${'x'.repeat(93)}"}`;
    expect(scan(`${at}\n${at}\r\n${over}\n${over}\r\n${at}`, 100)).toEqual([
      `1 whole: ${at}`,
      `2 whole: ${at}`,
      `3 line-too-long: ${over}`,
      `4 line-too-long: ${over}`,
      `5 whole: ${at}`,
    ]);
  });

  it('are not held in memory, and the next line is read', () => {
    const scanner = new SalvageScanner({ lineBytesMax: 1024 });
    const chunk = Buffer.alloc(64 * 1024, '{"a":[');
    const found = scanner.push(Buffer.from(good));
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < 1000; index += 1) found.push(...scanner.push(chunk));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
    found.push(...scanner.push(Buffer.from(' \r\n{"b":2}\n')), ...scanner.end());
    expect(found.map((one) => [one.kind, one.line, one.byteOffset, one.byteLength])).toEqual([
      ['record', 1, 0, 11],
      ['damaged', 2, 12, 65_536_000],
      ['record', 3, 65_536_015, 7],
    ]);
  });

  it('are blank lines when they hold nothing but white space', () => {
    expect(scan(`${good}${' '.repeat(500)}\n{"b":2}\n`, 100)).toEqual(['1 whole: {"first":1}', '3 whole: {"b":2}']);
  });
});

describe('the end of the file', () => {
  const tailOf = (text: string): unknown => {
    const { found, tail } = scanBytes(Buffer.from(good + text), lineBytesMax);
    const last = found.filter(({ line }) => line === tail.line);
    return [
      tail.state,
      tail.byteOffset - good.length,
      tail.byteLength,
      last.map((one) => (one.kind === 'record' ? one.terminated : one.reason)),
    ];
  };
  it('is a record when the last line is one whole object', () => {
    expect(tailOf('{"a":1}')).toEqual(['record', 0, 7, [false]]);
    expect(tailOf('{"b":2}\n {"a":1} ')).toEqual(['record', 9, 7, [false]]);
  });
  it('is torn when the last line is anything else, and its findings come last', () => {
    expect(tailOf('{"a":')).toEqual(['torn', 0, 5, ['torn']]);
    expect(tailOf('{"a":1}{"b":')).toEqual(['torn', 0, 12, [false, 'torn']]);
    expect(tailOf('{"a":1}{"b":2}')).toEqual(['torn', 0, 14, [false, false]]);
    expect(tailOf('{"a":1}\0\0')).toEqual(['torn', 0, 9, [true, 'nul-bytes']]);
    expect(tailOf('null')).toEqual(['torn', 0, 4, ['not-an-object']]);
  });
  it('is nothing behind a newline, and when only white space follows it', () => {
    expect(tailOf('{"a":1}\n')).toEqual(['none', 8, 0, []]);
    expect(tailOf('{"a":1}\n \t')).toEqual(['none', 10, 0, []]);
  });
});

describe('duplicate keys', () => {
  const kept = (text: string): unknown => {
    const [, one] = scanBytes(Buffer.from(`${good}${text}\n`), lineBytesMax).found;
    return one?.kind === 'record' ? [Buffer.from(one.bytes).toString(), one.duplicateKeys, one.byteLength] : one;
  };
  it('keep the record and its first value; the range is the whole object', () => {
    expect(kept('{"a":false,"a":true}')).toEqual(['{"a":false}', ['a'], 20]);
    expect(kept('{"a":1 , "b" : 2 , "a" : [3,{"b":4}] , "c":5, "b":{}}')).toEqual([
      '{"a":1 , "b" : 2 , "c":5}',
      ['a', 'b'],
      53,
    ]);
  });
  it('are the same key when one is written with escapes', () => {
    expect(kept('{"a":1,"\\u0061":2}')).toEqual(['{"a":1}', ['a'], 18]);
  });
  it('are no matter inside nested objects, and different cases are different keys', () => {
    expect(kept('{"a":{"b":1,"b":2},"A":3}')).toEqual(['{"a":{"b":1,"b":2},"A":3}', [], 25]);
  });
  it('are found beside NaN, too', () => {
    expect(kept('{"a":NaN,"b":-Infinity,"a":1}')).toEqual(['{"a":NaN,"b":-Infinity}', ['a'], 29]);
  });
});

describe('hostile lines', () => {
  // Large enough that a search which grows with the square of it takes half a minute, small enough that it ends.
  const size = 256 * 1024;
  const hostile: [what: string, line: string][] = [
    ['opening braces', '{'.repeat(size)],
    ['opening brackets', '['.repeat(size)],
    ['objects nested and never closed', '{"a":'.repeat(size / 5)],
    ['objects nested, cut, and closed once', `${'{"a":'.repeat(size / 5)}{}`],
    ['strings that read as structure from the other side', `${'[":{",'.repeat(size / 6)}}`],
    ['quotes', '"'.repeat(size)],
    ['an open string full of braces', `{"a":"${'{"b":1}'.repeat(size / 7)}`],
    ['empty objects in a torn list', `[${'{},'.repeat(size / 3)}{}`],
    ['objects glued by the hundred thousand, then torn', `${'{"a":1}'.repeat(size / 14)}{"a"`],
  ];
  for (const [what, line] of hostile)
    it(`are read in time that grows with their length: ${what}`, () => {
      const bytes = Buffer.from(`${good}${line}\n{"last":1}\n`);
      let found: readonly Found[] = [];
      const effort = cpuMs(() => {
        found = scanBytes(bytes, lineBytesMax).found;
      });
      expect(effort).toBeLessThan(4000);
      assertExact(bytes, found);
      expect(found.at(-1)).toMatchObject({ kind: 'record', line: 3, record: { last: 1 } });
      expect(found.some((one) => one.kind === 'damaged')).toBe(true);
    });

  it('do not overflow the stack: an object nested 400,000 deep is kept, also behind a torn part and when it is an endpoint', () => {
    const deep = `{"endpoint":${'['.repeat(400_000)}${']'.repeat(400_000)},"success":1}`;
    const { found } = scanBytes(Buffer.from(`${good}${deep}\n{"torn":"${deep}\n`), lineBytesMax);
    expect(found.slice(1).map((one) => (one.kind === 'record' ? one.origin : one.reason))).toEqual([
      'whole',
      'torn',
      'suffix',
    ]);
  });
});
