import { describe, expect, test } from 'vitest';
import { redactorOf, redactRecord } from '../../src/redact/index.ts';
import { type JsonObject, recognise } from '../../src/schema/index.ts';
import { journal } from '../../src/schema/journal.ts';
import { session } from '../../src/schema/session.ts';
import { secrets } from './secrets.ts';

const mark = '[REDACTED]';

describe('redactRecord', () => {
  test('names decide over whole values, other text is searched, everything else stays', () => {
    const record = {
      password: 'p',
      nested: { apiKey: { a: [1] }, list: ['x', `see ${secrets.openai}`], n: 1, flag: true, none: null },
      usage: { token: 5, input_tokens: 7 },
      token: 123456,
      has_secret: false,
      secret: null,
      credentials: '',
    };
    const before = structuredClone(record);
    expect(redactRecord(record)).toEqual({
      password: mark,
      nested: { apiKey: mark, list: ['x', `see ${mark}`], n: 1, flag: true, none: null },
      usage: { token: 5, input_tokens: 7 },
      token: mark,
      has_secret: false,
      secret: null,
      credentials: '',
    });
    expect(record).toEqual(before);
  });

  test('a record without a secret comes back as the very object; an untouched part of another is not copied', () => {
    const clean = { a: 'text', b: [{ c: 'd' }] };
    expect(redactRecord(clean)).toBe(clean);
    const mixed = { keep: { deep: ['x'] }, token: 't' };
    expect(redactRecord(mixed).keep).toBe(mixed.keep);
  });

  test('structural fields keep their text, whatever it looks like, but not a nested object in their place', () => {
    const record = { session_id: secrets.github, state: { token: 't' }, note: secrets.github };
    expect(redactRecord(record, { structural: ['session_id', 'state'] })).toEqual({
      session_id: secrets.github,
      state: { token: mark },
      note: mark,
    });
  });

  test('a redacted session row is still recognised, joined and judged', () => {
    const row: JsonObject = {
      schema: 'session.iterate.v1',
      session_id: secrets.aws,
      daemon: secrets.aws,
      prompt: `key ${secrets.aws}`,
      attempts: [{ iteration: 0, verdict_kind: 'validation_failed', error: `no ${secrets.aws}`, span_id: secrets.aws }],
      artifact: { fills: [{ candidate_id: secrets.aws, name: secrets.aws }], model: secrets.aws },
      grounded_in_roster: false,
    };
    expect(redactorOf(session)(row)).toEqual({
      ...row,
      prompt: `key ${mark}`,
      attempts: [{ iteration: 0, verdict_kind: 'validation_failed', error: `no ${mark}`, span_id: secrets.aws }],
      artifact: { fills: [{ candidate_id: secrets.aws, name: mark }], model: mark },
    });
    expect(recognise(redactorOf(session)(row))).toEqual({ family: 'session', known: true });
  });

  test('the name of a span is structural, an attribute that happens to be called name is not', () => {
    const row = {
      kind: 'span-open',
      extensionId: 'x',
      name: secrets.npm,
      attributes: { name: secrets.npm, 'user.token': 't' },
    };
    expect(redactorOf(journal)(row)).toEqual({ ...row, attributes: { name: mark, 'user.token': mark } });
  });

  test('what JSON.stringify would write is what is looked at: toJSON, boxed text, headers objects', () => {
    const record = {
      at: new Date(0),
      own: { toJSON: () => ({ token: 't' }) },
      boxed: new String(secrets.slack),
      headers: { cookie: 'a=b', accept: 'text/html' },
    };
    expect(JSON.parse(JSON.stringify(redactRecord(record as unknown as JsonObject)))).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      own: { token: mark },
      boxed: mark,
      headers: { cookie: mark, accept: 'text/html' },
    });
    class Row {
      toJSON(): object {
        return { password: 'p', n: 1 };
      }
    }
    expect(redactRecord(new Row() as unknown as JsonObject)).toEqual({ password: mark, n: 1 });
  });

  test('keys that are secrets themselves are replaced, and none of their values is lost', () => {
    const record = { usage_by_key: { [secrets.openai]: 1, [secrets.anthropic]: 2, plain: 3 } };
    expect(redactRecord(record)).toEqual({ usage_by_key: { [mark]: 1, [`${mark}_2`]: 2, plain: 3 } });
  });

  test('a field called __proto__ stays a field', () => {
    const record = JSON.parse('{"__proto__":{"token":"t"},"password":"p"}') as JsonObject;
    expect(JSON.stringify(redactRecord(record))).toBe(`{"__proto__":{"token":"${mark}"},"password":"${mark}"}`);
  });

  test('a cycle stays a cycle, for the writer to refuse; a shared object is no cycle', () => {
    const cycle: JsonObject = { password: 'p' };
    cycle.self = cycle;
    expect(() => JSON.stringify(redactRecord(cycle))).toThrow(/circular/i);
    const shared = { token: 't' };
    expect(redactRecord({ a: shared, b: shared })).toEqual({ a: { token: mark }, b: { token: mark } });
  });

  test('too deep to look at is replaced', () => {
    let deep: JsonObject = { password: 'p' };
    for (let level = 0; level < 10_000; level += 1) deep = { deep };
    const text = JSON.stringify(redactRecord(deep));
    expect(text).toContain(mark);
    expect(text).not.toContain('password');
  });

  test('what throws while it is looked at is replaced, and the rest is kept', () => {
    const record = {
      note: `a ${secrets.groq}`,
      get bad(): string {
        throw new Error('no');
      },
      proxy: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    };
    expect(redactRecord(record as unknown as JsonObject)).toEqual({ note: `a ${mark}`, bad: mark, proxy: mark });
  });
});
