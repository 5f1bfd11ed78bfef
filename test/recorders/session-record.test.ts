import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LakeobsError } from '../../src/errors.ts';
import { buildSessionRecord, createRosterCheck, type SessionInput } from '../../src/recorders/index.ts';
import { session } from '../../src/schema/session.ts';
import { validateRecord } from '../../src/schema/validate.ts';
import { secrets } from '../redact/secrets.ts';

const now = new Date('2025-06-01T08:30:00.250Z');
const request = {
  sessionId: 'a1',
  kind: 'fill',
  model: 'm',
  provider: 'p',
  prompt: 'fill two shifts',
  maxIterations: 3,
} as const;
const base = { request, durationMs: 12.5, now };
const artifact = { fills: [{ candidate_id: 'W-1', name: 'Ann' }] };

describe('byte for byte', () => {
  test('an accepted fill on the first shot', () => {
    const record = buildSessionRecord({
      ...base,
      response: { iterations: 1, history: [{ iteration: 0, verdictKind: 'accepted', spanId: 's1' }], artifact },
      rosterCheck: createRosterCheck(['W-1']),
    });
    expect(JSON.stringify(record)).toBe(
      '{"schema":"session.iterate.v1","session_id":"a1","timestamp":"2025-06-01T08:30:00.250Z","daemon":"validatord","kind":"fill","model":"m","provider":"p",' +
        '"prompt":"fill two shifts","iterations":1,"max_iterations":3,"final_verdict":"accepted","attempts":[{"iteration":0,"verdict_kind":"accepted","span_id":"s1"}],' +
        '"artifact":{"fills":[{"candidate_id":"W-1","name":"Ann"}]},"grounded_in_roster":true,"duration_ms":12.5}',
    );
  });

  test('attempts used up', () => {
    const record = buildSessionRecord({
      ...base,
      daemon: 'second',
      failure: {
        iterations: 2,
        history: [
          { iteration: 0, verdictKind: 'no_json', error: 'no object' },
          { iteration: 1, verdictKind: 'validation_failed', error: 'unknown worker', spanId: 's2' },
        ],
      },
    });
    expect(JSON.stringify(record)).toBe(
      '{"schema":"session.iterate.v1","session_id":"a1","timestamp":"2025-06-01T08:30:00.250Z","daemon":"second","kind":"fill","model":"m","provider":"p",' +
        '"prompt":"fill two shifts","iterations":2,"max_iterations":3,"final_verdict":"max_iter_exhausted","attempts":[{"iteration":0,"verdict_kind":"no_json","error":"no object"},' +
        '{"iteration":1,"verdict_kind":"validation_failed","error":"unknown worker","span_id":"s2"}],"duration_ms":12.5}',
    );
  });

  test('the infrastructure failed before the first attempt', () => {
    const record = buildSessionRecord({ ...base, infraError: new Error('connection refused'), durationMs: 0 });
    expect(JSON.stringify(record)).toBe(
      '{"schema":"session.iterate.v1","session_id":"a1","timestamp":"2025-06-01T08:30:00.250Z","daemon":"validatord","kind":"fill","model":"m","provider":"p",' +
        '"prompt":"fill two shifts","iterations":0,"max_iterations":3,"final_verdict":"infra_error","attempts":[{"iteration":0,"verdict_kind":"infra_error","error":"connection refused"}],' +
        '"duration_ms":0}',
    );
  });
});

describe('one row on every path', () => {
  test('an infra failure keeps the attempts already made, and one more follows', () => {
    const record = buildSessionRecord({
      ...base,
      infraError: 'timed out',
      history: [
        { iteration: 0, verdictKind: 'validation_failed', error: 'x' },
        { iteration: 1, verdictKind: 'no_json' },
      ],
    });
    expect(record.iterations).toBe(2);
    expect(record.attempts).toEqual([
      { iteration: 0, verdict_kind: 'validation_failed', error: 'x' },
      { iteration: 1, verdict_kind: 'no_json' },
      { iteration: 2, verdict_kind: 'infra_error', error: 'timed out' },
    ]);
  });

  test('a response outranks a failure, a failure an infra error', () => {
    const response = { iterations: 1, history: [], artifact };
    const failure = { iterations: 3, history: [] };
    expect(buildSessionRecord({ ...base, response, failure, infraError: 'x' }).final_verdict).toBe('accepted');
    expect(buildSessionRecord({ ...base, failure, infraError: 'x' }).final_verdict).toBe('max_iter_exhausted');
    expect(buildSessionRecord(base).final_verdict).toBe('infra_error');
  });

  test('the id comes from the request, else from the response or failure, else it is minted and sorts by time', () => {
    const anonymous = { ...request, sessionId: '' };
    const response = { sessionId: 'r1', iterations: 1, history: null, artifact };
    expect(buildSessionRecord({ ...base, response }).session_id).toBe('a1');
    expect(buildSessionRecord({ ...base, request: anonymous, response }).session_id).toBe('r1');
    expect(
      buildSessionRecord({ ...base, request: anonymous, failure: { sessionId: 'f1', iterations: 1, history: [] } })
        .session_id,
    ).toBe('f1');
    const early = buildSessionRecord({ ...base, request: anonymous }).session_id;
    const late = buildSessionRecord({ ...base, request: anonymous, now: new Date(now.getTime() + 1) }).session_id;
    expect(early).toMatch(/^[0-9a-f]{32}$/);
    expect(early < late).toBe(true);
  });

  test('0 and false are never left out, a history of null is an empty list', () => {
    const record = buildSessionRecord({
      ...base,
      request: { ...request, maxIterations: 0 },
      response: { iterations: 0, history: null, artifact: { fills: [{ candidate_id: 'W-9' }] } },
      rosterCheck: createRosterCheck(['W-1']),
      durationMs: 0,
    });
    expect(record).toMatchObject({
      iterations: 0,
      max_iterations: 0,
      attempts: [],
      grounded_in_roster: false,
      duration_ms: 0,
    });
  });

  test('the flag stands on accepted fills only, and a check that fails gives none', () => {
    const response = { iterations: 1, history: [], artifact };
    const always = (): boolean => true;
    expect(buildSessionRecord({ ...base, response, rosterCheck: always }).grounded_in_roster).toBe(true);
    for (const input of [
      { ...base, response, rosterCheck: () => undefined },
      {
        ...base,
        response,
        rosterCheck: () => {
          throw new Error('no roster');
        },
      },
      { ...base, response },
      { ...base, failure: { iterations: 1, history: [] }, rosterCheck: always },
      { ...base, request: { ...request, kind: 'email' as const }, response, rosterCheck: always },
    ] satisfies SessionInput[])
      expect('grounded_in_roster' in buildSessionRecord(input)).toBe(false);
  });

  test('what a strict reader could not take is made to fit, so that the row is not lost', () => {
    const broken = {
      request: { kind: 'fill', maxIterations: Number.NaN },
      response: { iterations: undefined, history: [{ verdictKind: 'accepted', error: '' }], artifact: ['a'] },
      durationMs: -5,
      now,
    } as unknown as SessionInput;
    const record = buildSessionRecord(broken);
    expect(validateRecord(session, record).ok).toBe(true);
    expect(record).toMatchObject({
      model: '',
      prompt: '',
      iterations: 1,
      max_iterations: 0,
      duration_ms: 0,
      artifact: { value: ['a'] },
    });
    expect(record.attempts).toEqual([{ iteration: 0, verdict_kind: 'accepted' }]);
  });

  test('anything can be thrown: the row says it in words', () => {
    const words = (infraError: unknown): string | undefined =>
      buildSessionRecord({ ...base, infraError }).attempts[0]?.error;
    expect(words({ code: 7 })).toBe('{"code":7}');
    expect(words(null)).toMatch(/without a response/);
    expect(words(7)).toBe('7');
    expect(words(Object.assign(new Error('connect'), { code: 'ENOENT' }))).toBe('no such file or directory (ENOENT)');
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(words(cycle)).toMatch(/cannot be put into words/);
  });

  test('enums are closed on writing', () => {
    const kind = { ...base, request: { ...request, kind: 'poem' } } as unknown as SessionInput;
    expect(() => buildSessionRecord(kind)).toThrow(LakeobsError);
    const verdict = {
      ...base,
      failure: { iterations: 1, history: [{ iteration: 0, verdictKind: 'maybe' }] },
    } as unknown as SessionInput;
    expect(() => buildSessionRecord(verdict)).toThrow(/history\[0\]\.verdictKind: "maybe" is none of/);
  });

  test('whatever is built validates, its fields in wire order', () => {
    const attempt = fc.record({
      iteration: fc.nat(9),
      verdictKind: fc.constantFrom('no_json' as const, 'validation_failed' as const, 'accepted' as const),
      error: fc.option(fc.string(), { nil: undefined }),
      spanId: fc.option(fc.string(), { nil: undefined }),
    });
    const end = fc.record({
      sessionId: fc.string(),
      iterations: fc.nat(9),
      history: fc.option(fc.array(attempt, { maxLength: 4 })),
    });
    const input = fc.record(
      {
        request: fc.record({
          sessionId: fc.option(fc.string(), { nil: undefined }),
          kind: fc.constantFrom('fill' as const, 'email' as const, 'playbook' as const),
          model: fc.string(),
          provider: fc.string(),
          prompt: fc.string({ unit: 'binary' }),
          maxIterations: fc.nat(9),
        }),
        response: fc.option(fc.tuple(end, fc.jsonValue()).map(([rest, value]) => ({ ...rest, artifact: value }))),
        failure: fc.option(end),
        infraError: fc.anything(),
        durationMs: fc.double(),
      },
      { requiredKeys: ['request', 'durationMs'] },
    );
    fc.assert(
      fc.property(input, (one) => {
        const record = buildSessionRecord(one as SessionInput);
        const checked = validateRecord(session, record);
        expect(checked.ok ? [] : checked.issues).toEqual([]);
        const order = Object.keys(session.record.shape);
        const places = Object.keys(record).map((key) => order.indexOf(key));
        expect(places).toEqual([...places].sort((a, b) => a - b));
      }),
    );
  });
});

describe('redaction, then cuts', () => {
  test('a secret at the cut leaves no trace', () => {
    const prompt = `${'é'.repeat(3990)} ${secrets.anthropic} end`;
    const record = buildSessionRecord({ ...base, request: { ...request, prompt } });
    expect(record.prompt).toBe(`${'é'.repeat(3990)} `);
    expect(JSON.stringify(record)).not.toContain('api03');
  });

  test('prompt at 4000 code points, the infra error at 800, other errors at 10,000', () => {
    const record = buildSessionRecord({
      ...base,
      request: { ...request, prompt: '🙂'.repeat(4001) },
      history: [{ iteration: 0, verdictKind: 'validation_failed', error: 'x'.repeat(10_001) }],
      infraError: '🙂'.repeat(801),
    });
    expect([...record.prompt].length).toBe(4000);
    expect(record.attempts.map((attempt) => [...(attempt.error ?? '')].length)).toEqual([10_000, 800]);
  });

  test('redact: false only cuts; a function of your own runs before the cuts', () => {
    const prompt = `${secrets.github} ${'x'.repeat(5000)}`;
    const own = { ...base, request: { ...request, prompt } };
    expect(buildSessionRecord({ ...own, redact: false }).prompt).toBe(prompt.slice(0, 4000));
    expect(
      buildSessionRecord({ ...own, redact: (record) => ({ ...record, prompt: `own ${String(record.prompt).length}` }) })
        .prompt,
    ).toBe(`own ${prompt.length}`);
  });

  test('ids and the artifact’s candidate ids are left alone', () => {
    const record = buildSessionRecord({
      ...base,
      response: { iterations: 1, history: [], artifact: { fills: [{ candidate_id: secrets.aws }], apiKey: 'x' } },
      rosterCheck: createRosterCheck([secrets.aws]),
    });
    expect(record.artifact).toEqual({ fills: [{ candidate_id: secrets.aws }], apiKey: '[REDACTED]' });
    expect(record.grounded_in_roster).toBe(true);
  });
});
