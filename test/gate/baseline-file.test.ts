// The file of a baseline: what was written is read again; everything else is refused with its line.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BaselineEntry } from '../../src/gate/baseline.ts';
import { parseBaseline, readBaseline, writeBaseline } from '../../src/gate/baseline-file.ts';
import { openDraft } from '../../src/gate/draft.ts';
import { putOld, tempFolder } from '../catalog/ask.ts';

const folder = tempFolder();
const hex = (n: number): string => n.toString(16).padStart(64, '0');
const entry = (fields: Partial<Record<keyof BaselineEntry, unknown>> = {}) => ({
  check: 'alarm',
  fingerprint: hex(1),
  identity: { session_id: 's-1', n: 1, ok: true, none: null },
  first_seen: '2026-03-10T12:00:00.000Z',
  expires: '2026-06-01',
  reason: 'known',
  ...fields,
});
const text = (...entries: unknown[]): string =>
  `{\n  "schema": "lakeobs.baseline.v1",\n  "entries": [\n${entries.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]\n}\n`;
const write = (name: string, entries: readonly BaselineEntry[]): string => {
  const path = join(folder, name);
  const draft = openDraft(path, { hint: '' });
  writeBaseline(draft, entries);
  draft.publish();
  return path;
};

test('an entry is a line, in a fixed order of fields; none is a list all the same', () => {
  const path = write('one.json', [entry() as BaselineEntry, entry({ fingerprint: hex(2) }) as BaselineEntry]);
  expect(readFileSync(path, 'utf8')).toBe(text(entry(), entry({ fingerprint: hex(2) })));
  expect(readFileSync(write('none.json', []), 'utf8')).toBe(
    '{\n  "schema": "lakeobs.baseline.v1",\n  "entries": []\n}\n',
  );
});

test('what was written is read again, however it is laid out, and shows no hidden character', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u202e', '\u2028', '\u0000', '\u009b', '"', '\\'),
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
  );
  const any = fc.record({
    check: fc.string({ minLength: 1 }),
    identity: fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      value,
      { noNullPrototype: true },
    ),
    expires: fc.constantFrom(null, '2026-06-01', '2026-06-01T12:00:00.000Z'),
    reason: fc.oneof(fc.string(), fc.constant(null)),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 5 }), (list) => {
      const entries = list.map((one, n) => ({ ...entry({ fingerprint: hex(n) }), ...one }) as BaselineEntry);
      const path = write('any.json', entries);
      const read = readFileSync(path, 'utf8');
      expect(readBaseline(path)).toEqual(JSON.parse(JSON.stringify(entries)));
      expect(parseBaseline(`\n${JSON.stringify(JSON.parse(read), null, 4)}`, 'x')).toEqual(readBaseline(path));
      expect(read).not.toMatch(/[\u0080-\u009f\u2028-\u202e]/);
    }),
    { numRuns: 50 },
  );
});

test('a file that is not there is none; a byte order mark is no damage; a folder is', () => {
  expect(readBaseline(join(folder, 'missing.json'))).toBeNull();
  expect(readBaseline(putOld(join(folder, 'bom.json'), `\uFEFF${text(entry())}`))).toHaveLength(1);
  expect(() => readBaseline(folder)).toThrow(expect.objectContaining({ code: 'input', hint: expect.any(String) }));
});

describe('refused with its line', () => {
  const good = text(entry(), entry({ fingerprint: hex(2) }));
  test.each<[why: string, text: string, line: number, message: RegExp]>([
    ['an empty file', '', 1, /is not JSON/],
    ['a file cut in an entry', good.slice(0, good.indexOf('"reason"')), 4, /is not JSON/],
    ['a file cut behind an entry', good.slice(0, good.indexOf('\n  ]')), 5, /is not JSON/],
    ['marks of a merge', good.replace('    {', '<<<<<<< ours\n    {'), 4, /is not JSON/],
    ['a comma too many', good.replace('\n  ]', ',\n  ]'), 6, /is not JSON/],
    ['a number JSON does not know', text(entry()).replace('"n":1', '"n":NaN'), 4, /is not JSON/],
    ['a list', '[]', 1, /no JSON object/],
    ['another document', '{"schema":"lakeobs.check.v1"}', 1, /is no baseline/],
    ['no schema', '{"entries":[]}', 1, /is no baseline/],
    ['another version', good.replace('.v1', '.v2'), 1, /a version this lakeobs does not know: "lakeobs\.baseline\.v2"/],
    ['no entries', '{"schema":"lakeobs.baseline.v1"}', 1, /no list of "entries"/],
    ['an unknown key', '{"schema":"lakeobs.baseline.v1","entries":[],"entires":[]}', 1, /unknown key "entires"/],
    ['an entry that is none', text(entry(), 7), 5, /an entry that is no object/],
    ['a short fingerprint', text(entry(), entry({ fingerprint: 'ab' })), 5, /"fingerprint" is not 64 hex digits/],
    [
      'an unknown key in an entry',
      text(entry({ fingerprint: hex(3) }), { ...entry(), expire: null }),
      5,
      /unknown key "expire"/,
    ],
    ['no reason', text({ ...entry(), reason: undefined }), 4, /an entry without "reason"/],
    ['a date that is none', text(entry({ expires: '2026-02-30' })), 4, /"expires" is not a date or null/],
    ['a month that is none', text(entry({ expires: '2026-99-01' })), 4, /"expires" is not a date or null/],
    ['a span instead of a date', text(entry({ expires: '90d' })), 4, /"expires" is not a date or null/],
    ['a nested identity', text(entry({ identity: { a: {} } })), 4, /"identity" is not an object of plain values/],
    [
      'a finding listed twice',
      text(entry(), entry({ fingerprint: hex(2) }), entry()),
      6,
      /lists a finding twice: it stands in line 4, too/,
    ],
  ])('%s', (_why, given, line, message) => {
    const refused = expect.objectContaining({
      code: 'input',
      line,
      path: '/b.json',
      hint: expect.any(String),
      message: expect.stringMatching(message),
    });
    expect(() => parseBaseline(given, '/b.json')).toThrow(refused as Error);
    expect(() => parseBaseline(given, '/b.json')).toThrow(`/b.json:${line}: `);
  });

  test('counts lines in a file laid out otherwise, brackets and commas in texts left aside', () => {
    const odd = entry({ reason: '[{",\\"]' });
    const laid = JSON.stringify({ entries: [odd, entry({ fingerprint: 1 })], schema: 'lakeobs.baseline.v1' }, null, 2);
    const line = laid.split('\n').findIndex((one, at) => one === '    {' && at > 3) + 1;
    expect(() => parseBaseline(laid, '/b.json')).toThrow(`/b.json:${line}: `);
  });
});
