import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { families, familyOf } from '../../src/schema/families.ts';
import { type Family, inWireOrder, type JsonObject } from '../../src/schema/family.ts';
import { recognise } from '../../src/schema/recognise.ts';
import { validateRecord } from '../../src/schema/validate.ts';

const family = (name: string): Family => familyOf(name)!;
const now = new Date('2026-03-01T10:00:00.250Z');

const whole: Record<string, JsonObject> = {
  session: {
    schema: 'session.iterate.v1',
    session_id: 's',
    timestamp: '2026-03-01T10:00:00Z',
    daemon: 'd',
    kind: 'fill',
    model: 'm',
    provider: 'p',
    prompt: '',
    iterations: 0,
    max_iterations: 3,
    final_verdict: 'infra_error',
    attempts: [{ iteration: 0, verdict_kind: 'infra_error', error: 'down' }],
    duration_ms: 0,
  },
  observer: { timestamp: '2026-03-01T10:00:00Z', endpoint: '/x', source: 'mcp', success: false },
  journal: { kind: 'log', extensionId: 'e', timestamp: 0, level: 'info', msg: '' },
  replay: { schema: 'replay.run.v1', session_id: 's', timestamp: '2026-03-01T10:00:00Z' },
};

function issuesOf(name: string, record: unknown): readonly string[] {
  const validated = validateRecord(family(name), record, now);
  return validated.ok ? [] : validated.issues;
}

describe('validateRecord', () => {
  test.each(Object.entries(whole))(
    'a whole %s record passes unchanged, and its line is recognised as that family',
    (name, record) => {
      const validated = validateRecord(family(name), record, now);
      expect(validated).toEqual({ ok: true, record });
      expect(recognise(record)).toEqual({ family: name, known: true });
    },
  );

  test('defaults fill what a writer may leave out, never what it gave', () => {
    const { schema: _s, session_id: _i, timestamp: _t, daemon: _d, attempts: _a, ...rest } = whole.session!;
    const filled = validateRecord(family('session'), rest, now);
    expect(filled).toMatchObject({
      ok: true,
      record: { schema: 'session.iterate.v1', timestamp: now.toISOString(), daemon: 'validatord', attempts: [] },
    });
    expect(filled.ok && filled.record.session_id).toMatch(/^[0-9a-f]{32}$/);
    expect(validateRecord(family('observer'), { endpoint: '/x', success: true }, now)).toEqual({
      ok: true,
      record: { timestamp: now.toISOString(), endpoint: '/x', source: 'mcp', success: true },
    });
    expect(
      validateRecord(family('journal'), { kind: 'log', extensionId: 'e', level: 'info', msg: 'm' }, now),
    ).toMatchObject({ ok: true, record: { timestamp: now.getTime() } });
    expect(validateRecord(family('replay'), { session_id: 's' }, now)).toMatchObject({
      ok: true,
      record: { schema: 'replay.run.v1', timestamp: now.toISOString() },
    });
  });

  test('legitimate 0, false and empty text are kept', () => {
    const validated = validateRecord(
      family('session'),
      { ...whole.session, iterations: 0, grounded_in_roster: false, prompt: '' },
      now,
    );
    expect(validated.ok && JSON.stringify(validated.record)).toContain('"iterations":0');
    expect(validated.ok && validated.record.grounded_in_roster).toBe(false);
    expect(validated.ok && validated.record.prompt).toBe('');
  });

  test('unknown fields are kept, behind the known ones, in the order given', () => {
    const validated = validateRecord(
      family('observer'),
      { zeta: 1, endpoint: '/x', alpha: { deep: [null] }, success: true },
      now,
    );
    expect(validated.ok && Object.keys(validated.record)).toEqual([
      'timestamp',
      'endpoint',
      'source',
      'success',
      'zeta',
      'alpha',
    ]);
  });

  test.each<[string, string, JsonObject, RegExp]>([
    ['session', 'a closed enum', { ...whole.session, kind: 'poem' }, /^kind: /],
    [
      'session',
      'an attempt, by its place',
      {
        ...whole.session,
        attempts: [
          { iteration: 0, verdict_kind: 'accepted' },
          { iteration: 1, verdict_kind: 'nope' },
        ],
      },
      /^attempts\[1\]\.verdict_kind: /,
    ],
    ['session', 'attempts null', { ...whole.session, attempts: null }, /^attempts: /],
    ['session', 'a flag that is no boolean', { ...whole.session, grounded_in_roster: 'true' }, /^grounded_in_roster: /],
    ['session', 'half an iteration', { ...whole.session, iterations: 1.5 }, /^iterations: /],
    ['session', 'another version', { ...whole.session, schema: 'session.iterate.v2' }, /^schema: /],
    ['session', 'an empty id', { ...whole.session, session_id: '' }, /^session_id: /],
    ['session', 'a negative duration', { ...whole.session, duration_ms: -1 }, /^duration_ms: /],
    ['observer', 'no endpoint', { success: true }, /^endpoint: /],
    ['observer', 'a success that is text', { endpoint: '/x', success: 'yes' }, /^success: /],
    ['journal', 'a log without words', { kind: 'log', extensionId: 'e', level: 'info' }, /^msg: a log needs msg$/],
    [
      'journal',
      'an open without an id',
      { kind: 'span-open', extensionId: 'e', name: 'n' },
      /^spanId: a span-open needs spanId$/,
    ],
    [
      'journal',
      'a close without a status',
      { kind: 'span-close', extensionId: 'e', spanId: 's', name: 'n', durationMs: 1 },
      /^status: a span-close needs status$/,
    ],
    ['journal', 'a nested attribute', { ...whole.journal, attributes: { a: { b: 1 } } }, /^attributes\.a: /],
    ['replay', 'a list that is none', { session_id: 's', retrieved: 'w' }, /^retrieved: /],
  ])('%s refuses %s and says where', (name, _what, record, complaint) => {
    expect(issuesOf(name, record)).toEqual([expect.stringMatching(complaint)]);
  });

  test('every complaint is named, not the first only', () => {
    expect(issuesOf('observer', { endpoint: '', success: 1, count: 'x' }).map((issue) => issue.split(':')[0])).toEqual([
      'endpoint',
      'success',
      'count',
    ]);
  });

  test.each([[null], [[]], ['text'], [5], [true], [undefined]])('%j is not a JSON object', (input) => {
    for (const one of families) expect(issuesOf(one.name, input)).toEqual(['not a JSON object']);
  });

  test('the input itself is never changed', () => {
    const input = Object.freeze({ success: true, endpoint: '/x' });
    validateRecord(family('observer'), input, now);
    expect(Object.keys(input)).toEqual(['success', 'endpoint']);
  });
});

describe('inWireOrder', () => {
  const key = fc.oneof(
    fc.constantFrom(...families.flatMap(({ columns }) => columns.map(({ wire }) => wire))),
    fc.string(),
  );
  const record = fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.constant(undefined)), {
    noNullPrototype: true,
  }) as fc.Arbitrary<JsonObject>;

  test('a field named like something every object has is a field like any other', () => {
    const text = '{"zeta":1,"constructor":2,"__proto__":{"a":1},"toString":null,"success":true,"endpoint":"/x"}';
    const ordered = inWireOrder(family('observer'), JSON.parse(text) as JsonObject);
    expect(JSON.stringify(ordered)).toBe(
      '{"endpoint":"/x","success":true,"zeta":1,"constructor":2,"__proto__":{"a":1},"toString":null}',
    );
  });

  test('known fields come first in wire order, the rest as given; undefined is dropped and nothing else is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...families), record, (one, input) => {
        const ordered = inWireOrder(one, input);
        const known = one.columns
          .map(({ wire }) => wire)
          .filter((wire) => Object.hasOwn(input, wire) && input[wire] !== undefined);
        const unknown = Object.keys(input).filter(
          (wire) => input[wire] !== undefined && !one.columns.some((column) => column.wire === wire),
        );
        expect(Object.keys(ordered).filter((wire) => !/^\d+$/.test(wire))).toEqual(
          [...known, ...unknown].filter((wire) => !/^\d+$/.test(wire)),
        );
        for (const wire of [...known, ...unknown]) expect(ordered[wire]).toBe(input[wire]);
        expect(Object.keys(ordered)).toHaveLength(known.length + unknown.length);
      }),
    );
  });
});
