// The rules of a baseline, without a disk: what is accepted, what an update makes of it, and laws that hold for any findings and any baseline.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BaselineEntry, matchBaseline, parseExpiry, updateBaseline } from '../../src/gate/baseline.ts';
import { fingerprints } from '../../src/gate/fingerprint.ts';
import { type Judged, judgeCheck, type Outcome } from '../../src/gate/judge.ts';
import { parseQuery } from '../../src/query/header.ts';
import type { Row } from '../../src/result.ts';

const now = new Date('2026-03-10T12:00:00Z');
const hex = (n: number): string => n.toString(16).padStart(64, '0');
const entry = (n: number, fields: Partial<BaselineEntry> = {}): BaselineEntry => ({
  check: 'c',
  fingerprint: hex(n),
  identity: { id: n },
  first_seen: '2026-01-01T00:00:00.000Z',
  expires: null,
  reason: null,
  ...fields,
});
const found = (...numbers: number[]) => new Map(numbers.map((n) => [hex(n), { check: 'c', identity: { id: n } }]));

test.each<[expires: string | null, over: boolean]>([
  [null, false],
  ['2026-03-11', false],
  ['2026-03-10', true],
  ['2026-03-10T12:00:00Z', true],
  ['2026-03-10T12:00:01Z', false],
  ['2020-01-01', true],
])('an entry that expires %s is over: %s', (expires, over) => {
  expect(matchBaseline([], now).isExpired(entry(1, { expires }))).toBe(over);
});

test('a fingerprint under another check’s name accepts nothing', () => {
  const match = matchBaseline([entry(1)], now);
  expect(match.meet('other', hex(1))).toBeUndefined();
  expect(match.meet('c', hex(2))).toBeUndefined();
  expect(match.isMet(entry(1))).toBe(false);
  expect(match.meet('c', hex(1))).toEqual(entry(1));
});

describe('an update', () => {
  const old = [
    entry(1, { reason: 'known', expires: '2027-01-01' }),
    entry(2),
    entry(3, { expires: '2026-01-01', reason: 'was' }),
  ];
  const update = (judged: Judged, met: number[], fields = {}) => {
    const match = matchBaseline(old, now);
    for (const n of met) match.meet('c', hex(n));
    return updateBaseline(old, match, {
      found: found(9),
      judged: () => judged,
      now,
      expires: '2026-06-01',
      reason: 'new',
      ...fields,
    });
  };
  const added = entry(9, { first_seen: now.toISOString(), expires: '2026-06-01', reason: 'new' });

  test('keeps what still occurs as it is, drops what is gone, adds what is new, renews what had expired', () => {
    expect(update('whole', [1, 3])).toEqual({
      entries: [old[0], { ...old[2], expires: '2026-06-01', reason: 'new' }, added],
      change: { added: 1, renewed: 1, dropped: 1 },
    });
  });

  test('drops nothing of a check that was judged in part', () => {
    expect(update('part', [1])).toEqual({ entries: [...old, added], change: { added: 1, renewed: 0, dropped: 0 } });
  });

  test('changes nothing of a check that was not judged', () => {
    expect(update('not', [1, 3])).toEqual({ entries: old, change: { added: 0, renewed: 0, dropped: 0 } });
  });

  test('keeps the reason of a renewed entry when none is given', () => {
    expect(update('whole', [3], { reason: null }).entries[0]).toMatchObject({ reason: 'was', expires: '2026-06-01' });
  });

  test('sorts by check, then fingerprint', () => {
    const mixed = [entry(5, { check: 'z' }), entry(7), entry(6, { check: 'b' })];
    const match = matchBaseline(mixed, now);
    const run = {
      found: found(4),
      judged: (name: string): Judged => (name === 'c' ? 'part' : 'not'),
      now,
      expires: null,
      reason: null,
    };
    const { entries } = updateBaseline(mixed, match, run);
    expect(entries.map(({ check, fingerprint }) => [check, fingerprint])).toEqual([
      ['b', hex(6)],
      ['c', hex(4)],
      ['c', hex(7)],
      ['z', hex(5)],
    ]);
  });
});

describe('laws', () => {
  const query = parseQuery(
    '-- title: T\n-- family: session\n-- kind: check\n-- identity: id\nSELECT 1',
    'c',
    'c.sql',
    false,
  );
  const columns = [
    { name: 'other', type: 'VARCHAR' },
    { name: 'id', type: 'VARCHAR' },
  ];
  const fingerprint = fingerprints(query, columns);
  const rows = fc.array(fc.tuple(fc.string(), fc.constantFrom('a', 'b', 'c', 'd', 'e')), { maxLength: 12 });
  /** One run: sorted by the baseline as a run does it. */
  const run = (found: readonly Row[], entries: readonly BaselineEntry[]) => {
    const match = matchBaseline(entries, now);
    const counting = new Map<string, Pick<BaselineEntry, 'check' | 'identity'>>();
    let accepted = 0;
    for (const row of found) {
      const held = match.meet('c', fingerprint(row));
      if (held !== undefined && !match.isExpired(held)) accepted++;
      else if (held === undefined) counting.set(fingerprint(row), { check: 'c', identity: {} });
    }
    const outcome: Outcome = {
      query,
      skipped: null,
      unjudged: null,
      error: null,
      findings: found.length,
      accepted,
      acceptedRows: [],
      expired: 0,
      known: 0,
      resolved: null,
      resolvedFindings: [],
      population: 20,
      columns,
      rows: [],
      damage: [],
    };
    const updated = () =>
      updateBaseline(entries, match, { found: counting, judged: () => 'whole', now, expires: null, reason: null })
        .entries;
    return { status: judgeCheck(outcome, { allowEmpty: false, allowDamage: false }).status, accepted, updated };
  };
  const anyBaseline = fc
    .uniqueArray(
      fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'x'), fc.constantFrom(null, '2020-01-01', '2030-01-01')),
      {
        selector: ([id]) => id,
      },
    )
    .map((list) => list.map(([id, expires]) => entry(0, { fingerprint: fingerprint(['', id]), expires })));

  test('a run fails exactly when a finding has no entry that holds', () => {
    fc.assert(
      fc.property(rows, anyBaseline, (list, entries) => {
        const holding = new Set(
          entries.filter(({ expires }) => expires !== '2020-01-01').map((one) => one.fingerprint),
        );
        const open = list.filter((row) => !holding.has(fingerprint(row)));
        expect(run(list, entries)).toMatchObject({
          status: open.length > 0 ? 'fail' : 'pass',
          accepted: list.length - open.length,
        });
      }),
    );
  });

  test('update then run is a pass; an update of an update changes nothing; it lists exactly what is there', () => {
    fc.assert(
      fc.property(rows, anyBaseline, (list, entries) => {
        const updated = run(list, entries).updated();
        expect(run(list, updated).status).toBe('pass');
        expect(run(list, updated).updated()).toEqual(updated);
        expect(updated.map((one) => one.fingerprint).sort()).toEqual([...new Set(list.map(fingerprint))].sort());
      }),
    );
  });

  test('neither the order of the rows nor their other columns matter', () => {
    fc.assert(
      fc.property(rows, anyBaseline, fc.string(), (list, entries, other) => {
        const changed = list.map(([, id]): Row => [other, id]).reverse();
        const [a, b] = [run(list, entries), run(changed, entries)];
        expect([b.status, b.accepted]).toEqual([a.status, a.accepted]);
        expect(b.updated().map((one) => one.fingerprint)).toEqual(a.updated().map((one) => one.fingerprint));
      }),
    );
  });
});

describe('when a new entry expires', () => {
  test.each<[text: string, expires: string]>([
    ['90d', '2026-06-08'],
    ['2w', '2026-03-24'],
    ['12h', '2026-03-11T00:00:00.000Z'],
    ['2026-12-31', '2026-12-31'],
    ['2026-12-31T06:00:00+02:00', '2026-12-31T04:00:00.000Z'],
  ])('%s is %s', (text, expires) => {
    expect(parseExpiry(text, now)).toBe(expires);
  });

  test.each([
    '',
    'soon',
    'tomorrow',
    'yesterday',
    '0d',
    '2026-03-10',
    '2025-01-01',
    '2026-02-30',
    '90',
    '99999999999999d',
  ])('%j is refused', (text) => {
    expect(() => parseExpiry(text, now)).toThrow(expect.objectContaining({ code: 'usage', hint: expect.any(String) }));
  });
});
